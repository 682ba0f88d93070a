import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Evaluation } from '../../types.ts';
import { compare, markdown, pNote, rowOf, wins } from './report.ts';

function evaluation(rewards: number[], panelHash = 'panel'): Evaluation {
  const won = rewards.filter((reward) => reward === 1).length;
  const n = rewards.length;
  return { iteration: 1, panel: 'p', panelHash, won, n, success: won / n, ci95: [0, 1], score: rewards.reduce((a, b) => a + b, 0) / n, byType: { pick: { won, n } }, rules: 'pool', adapter: true, rewards, tokens: 0 };
}

describe('rows', () => {
  test('average over seeds, count gain per episode and per token, and sum types over seeds', () => {
    const row = rowOf('jerp', 'alfworld', [evaluation([1, 1, 0, 0]), evaluation([1, 1, 1, 1])], [
      { episodes: 500, tokens: 1e6, before: 0.25 },
      { episodes: 500, tokens: 3e6, before: 0.25 },
    ]);
    expect(row).toMatchObject({ success: 0.75, seeds: 2, episodes: 500, tokens: 2e6, byType: { pick: 0.75 }, gain: { perThousandEpisodes: 1, perMillionTokens: 0.25 } });
    expect(row.ci95[0]).toBeLessThan(0.75);
    expect(row.ci95[1]).toBeGreaterThan(0.75);
  });

  test('a shopping score below 1 is no win', () => {
    expect(wins(evaluation([1, 0.99, 0.5, 0]))).toEqual([1, 0, 0, 0]);
    expect(rowOf('grpo', 'webshop', [evaluation([1, 0.5])], []).score).toBe(0.75);
  });
});

describe('comparisons', () => {
  test('pair games: 6 of 8 games won instead of none is a difference of 75 points with p = 2/64', () => {
    const found = compare('a', 'b', 'alfworld', [[evaluation([1, 1, 1, 1, 1, 1, 0, 0]), evaluation([0, 0, 0, 0, 0, 0, 0, 0])]]);
    expect(found.difference).toBe(0.75);
    expect(found.p).toBeCloseTo(2 / 64, 3);
    expect(found.ci95[0]).toBeGreaterThan(0.3);
  });

  test('have a second p over seeds: three seeds of the same sign are 2/8 however many games say so, and one against three can be 6/8', () => {
    const ahead = [evaluation([1, 1, 1, 1, 1, 1, 1, 1]), evaluation([0, 0, 0, 0, 0, 0, 0, 0])] as const;
    const three = compare('a', 'b', 'alfworld', [ahead, ahead, ahead]);
    expect([three.p, three.pSeeds, three.seeds]).toEqual([0.0078, 0.25, 3]);
    // Differences by seed 1/4, 1/4 and -1/4: every sum of signs but +-3/4 has size 1/4, so all 8 are at least as large.
    const [up, down] = [[evaluation([1, 0, 0, 0]), evaluation([0, 0, 0, 0])] as const, [evaluation([0, 0, 0, 0]), evaluation([0, 1, 0, 0])] as const];
    expect(compare('a', 'b', 'alfworld', [up, up, down]).pSeeds).toBe(1);
    // 1, 1/4 and -1/4: |sum| is 1; of the signs 1 + 1/4 + 1/4, 1 + 0 (twice), in both directions, and not 1 - 1/2: 6 of 8.
    expect(compare('a', 'b', 'alfworld', [[evaluation([1, 1, 1, 1]), evaluation([0, 0, 0, 0])], up, down]).pSeeds).toBe(0.75);
  });

  test('say below the table which p is which, and the smallest that few seeds can reach', () => {
    const one = compare('a', 'b', 'alfworld', [[evaluation([1, 0]), evaluation([0, 0])]]);
    const text = markdown('x', 'What.', 'npm run experiment -- x', { rows: [], comparisons: [{ ...one, seeds: 3, pSeeds: 0.25 }], curves: [], tables: [] });
    expect(text).toContain('| p, over games | p, over seeds |');
    expect(text).toContain('with 3 seeds it cannot be below 2/2^3 = 0.25.');
    expect(pNote([6, 10])).not.toContain('cannot be below');
    expect(pNote([5])).toContain('2/2^5 = 0.0625');
  });

  test('are the other way round when the methods are', () => {
    const bits = fc.array(fc.constantFrom(0, 1), { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(bits, bits, (one, two) => {
        const there = compare('a', 'b', 'alfworld', [[evaluation(one), evaluation(two)]]);
        const back = compare('b', 'a', 'alfworld', [[evaluation(two), evaluation(one)]]);
        expect(back.difference + there.difference).toBeCloseTo(0, 9);
        expect(back.p).toBe(there.p);
      }),
      { numRuns: 20 },
    );
  });

  test('of different panels are refused', () => {
    expect(() => compare('a', 'b', 'alfworld', [[evaluation([1]), evaluation([1], 'other')]])).toThrow('different panels');
  });
});

test('the Markdown has every method, and text cannot break its tables', () => {
  const rows = [rowOf('base', 'alfworld', [evaluation([0, 1])], []), rowOf('jerp', 'alfworld', [evaluation([1, 1])], [])];
  const text = markdown('x', 'What.', 'npm run experiment -- x', { rows, comparisons: [], curves: [], tables: [{ title: 'T', columns: ['rule'], rows: [['a | b']], note: 'Below it.' }] });
  expect(text).toContain('| jerp | 100.0 | 100.0 |');
  expect(text).toContain('a \\| b');
  expect(text).toMatch(/a \\\| b \|\n\nBelow it\.\n/);
});
