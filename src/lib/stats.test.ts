import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng } from './rng.ts';
import { bootstrap, mean, pairedTest, quantile } from './stats.ts';

describe('quantiles', () => {
  test('equal values computed by hand', () => {
    expect(quantile([1, 2, 3, 4], 0.5)).toBe(2.5);
    expect(quantile([1, 2, 3, 4], 0)).toBe(1);
    expect(quantile([1, 2, 3, 4], 1)).toBe(4);
    expect(quantile([10], 0.3)).toBe(10);
  });
});

describe('the bootstrap', () => {
  test('of equal values is that value, and of one run of wins and losses it brackets their mean about as Wilson does', () => {
    expect(bootstrap([[1, 1], [1, 1]], new Rng(1))).toEqual([1, 1]);
    const [low, high] = bootstrap([[...Array<number>(70).fill(1), ...Array<number>(30).fill(0)]], new Rng(1));
    // Wilson: 0.604 to 0.781.
    expect(low).toBeGreaterThan(0.58);
    expect(low).toBeLessThan(0.63);
    expect(high).toBeGreaterThan(0.76);
    expect(high).toBeLessThan(0.81);
  });
  test('contains the mean, is the same for the same seed, and is wider when the seeds disagree', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.constantFrom(0, 1), { minLength: 12, maxLength: 12 }), { minLength: 1, maxLength: 4 }), (table) => {
        const interval = bootstrap(table, new Rng(3));
        expect(interval[0]).toBeLessThanOrEqual(mean(table.flat()) + 0.05);
        expect(interval[1]).toBeGreaterThanOrEqual(mean(table.flat()) - 0.05);
        expect(bootstrap(table, new Rng(3))).toEqual(interval);
      }),
      { numRuns: 20 },
    );
    const half = [...Array<number>(20).fill(1), ...Array<number>(20).fill(0)];
    const agree = bootstrap([half, half], new Rng(1));
    const disagree = bootstrap([Array<number>(40).fill(1), Array<number>(40).fill(0)], new Rng(1));
    expect(disagree[1] - disagree[0]).toBeGreaterThan(agree[1] - agree[0]);
  });
});

describe('the paired test', () => {
  test('equals values counted by hand: 5 equal differences 2 of 32; 1, 1, -1 all of 8; nothing 1', () => {
    expect(pairedTest([1, 1, 1, 1, 1], new Rng(1))).toBe(2 / 32);
    expect(pairedTest([1, 1, -1], new Rng(1))).toBe(1);
    expect(pairedTest([3, 1], new Rng(1))).toBe(0.5);
    expect(pairedTest([0, 0], new Rng(1))).toBe(1);
  });
  test('over five seeds, signs counted by hand: all ahead 2/32, the smallest there is; one behind by 1 of 1, 2, 3, 4, 5: 4/32', () => {
    expect(pairedTest([3, 1, 4, 1, 5], new Rng(1), 20)).toBe(2 / 2 ** 5);
    // |sum| is 13: only all five of one sign (15) and the 1 alone turned (13) reach it, each in both directions.
    expect(pairedTest([-1, 2, 3, 4, 5], new Rng(1), 20)).toBe(4 / 32);
  });
  test('is exact for as many differences as asked for: 15 of one sign are 2/2^15, which 10,000 draws cannot tell', () => {
    expect(pairedTest(Array<number>(15).fill(0.1), new Rng(1), 20)).toBe(2 / 2 ** 15);
  });
  test('by sampling agrees with the binomial: 16 of 20 signs up is 0.0118', () => {
    const p = pairedTest([...Array<number>(16).fill(1), ...Array<number>(4).fill(-1)], new Rng(1));
    expect(p).toBeGreaterThan(0.008);
    expect(p).toBeLessThan(0.016);
  });
  test('does not care which side is which', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { maxLength: 10 }), (differences) => {
        expect(pairedTest(differences.map((d) => -d), new Rng(1))).toBe(pairedTest(differences, new Rng(1)));
      }),
    );
  });
});
