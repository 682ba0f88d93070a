import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as tf from '@tensorflow/tfjs';
import { Rng } from '../lib/rng.ts';
import { mean, populationStd, wilson } from '../lib/stats.ts';
import type { Trajectory } from '../types.ts';
import { groupAdvantages, leaveOneOutAdvantages } from './advantage.ts';
import { clippedSurrogate } from './grpo.ts';
import { remember } from './references.ts';

describe('group advantages', () => {
  test('equal an example computed by hand', () => {
    // mu = 0.5, sigma = sqrt((0.25 + 0.25) / 4)
    const sigma = Math.sqrt((0.25 + 0.25) / 4);
    expect(groupAdvantages([1, 0, 0.5, 0.5])).toEqual([0.5, -0.5, 0, 0].map((a) => expect.closeTo(a / (sigma + 1e-6), 9)));
  });
  test('of equal rewards are zero, whatever the rewards are', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 16 }), (reward, size) => {
        const zeros = new Array<number>(size).fill(0);
        expect(groupAdvantages(new Array<number>(size).fill(reward))).toEqual(zeros);
        expect(leaveOneOutAdvantages(new Array<number>(size).fill(reward))).toEqual(zeros);
      }),
    );
  });
  test('have mean zero and unit deviation unless all rewards are equal, then they are zero', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 2, maxLength: 16 }), (rewards) => {
        const advantages = groupAdvantages(rewards);
        expect(mean(advantages)).toBeCloseTo(0, 6);
        expect(populationStd(advantages)).toBeCloseTo(new Set(rewards).size === 1 ? 0 : 1, 4);
      }),
    );
  });
});

describe('leave-one-out advantages', () => {
  test('equal an example computed by hand', () => {
    expect(leaveOneOutAdvantages([1, 0, 0, 1])).toEqual([1 - 1 / 3, -2 / 3, -2 / 3, 1 - 1 / 3].map((a) => expect.closeTo(a, 12)));
    expect(leaveOneOutAdvantages([1, 1, 1])).toEqual([0, 0, 0]);
    expect(leaveOneOutAdvantages([1])).toEqual([0]);
  });
  test('sum to zero and point the way the group advantages do', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0.25, 1), { minLength: 2, maxLength: 16 }), (rewards) => {
        const advantages = leaveOneOutAdvantages(rewards);
        expect(mean(advantages)).toBeCloseTo(0, 9);
        const grouped = groupAdvantages(rewards);
        for (const [i, advantage] of advantages.entries()) if (Math.abs(advantage) > 1e-9) expect(Math.sign(advantage)).toBe(Math.sign(grouped[i] as number));
      }),
    );
  });
});

describe('the clipped surrogate', () => {
  test('equals an example computed by hand, KL term included', () => {
    const vector = (...values: number[]) => tf.tensor1d(values);
    const inputs = {
      logprobs_N: vector(Math.log(0.6), Math.log(0.2), Math.log(0.5)),
      oldLogprobs_N: vector(Math.log(0.4), Math.log(0.4), Math.log(0.5)),
      refLogprobs_N: vector(Math.log(0.6), Math.log(0.4), Math.log(0.5)),
      advantages_N: vector(1, -1, 2),
      weights_N: vector(0.25, 0.25, 0.5),
    };
    // rho = 1.5, 0.5, 1; min(rho A, clip A) = 1.2, -0.8, 2; k3 = 0, 2 - ln 2 - 1, 0.
    const kl = 2 - Math.log(2) - 1;
    const expected = -(0.25 * 1.2 + 0.25 * (-0.8 - 0.1 * kl) + 0.5 * 2);
    const loss = clippedSurrogate({ clip: 0.2, beta: 0.1 })(inputs).dataSync()[0];
    expect(loss).toBeCloseTo(expected, 5);
  });

  test('pushes nothing where the ratio is already clipped in the direction of the advantage', () => {
    const loss = clippedSurrogate({ clip: 0.2, beta: 0 });
    const one = tf.tensor1d([1]);
    const slope = tf.grad((logprobs_N) =>
      loss({ logprobs_N: logprobs_N as tf.Tensor1D, oldLogprobs_N: tf.tensor1d([0]), refLogprobs_N: tf.tensor1d([0]), advantages_N: one, weights_N: one }),
    );
    expect(slope(tf.tensor1d([Math.log(1.5)])).dataSync()[0]).toBeCloseTo(0, 6);
    expect(slope(tf.tensor1d([0])).dataSync()[0]).toBeCloseTo(-1, 5);
  });
});

describe('reference successes', () => {
  const episode = (id: string, turns: number, won = true): Trajectory => ({
    id: `${id}/${turns}`,
    task: { env: 'alfworld', id, family: 'cool', goal: '' },
    ruleIds: [],
    opening: '',
    turns: Array.from({ length: turns }, () => ({ action: 'look', observation: '', logprob: 0 })),
    reward: won ? 1 : 0,
    won,
    stop: won ? 'won' : 'steps',
    advantage: 0,
    tokenCount: 0,
  });
  test('keep the shortest success of each task, at most the cap, and no losses', () => {
    const kept = remember({}, [episode('a', 9), episode('b', 4), episode('a', 5), episode('c', 7), episode('d', 1, false)], 2, (task) => task.family);
    expect(kept.cool?.map((trajectory) => trajectory.id)).toEqual(['b/4', 'a/5']);
  });
});

describe('Wilson intervals', () => {
  test('contain the proportion and stay within 0 and 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.double({ min: 0, max: 1, noNaN: true }), (n, share) => {
        const won = Math.round(share * n);
        const [low, high] = wilson(won, n);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(won / n).toBeGreaterThanOrEqual(low);
        expect(won / n).toBeLessThanOrEqual(high);
      }),
    );
  });
  test('agree with a published value: 7 of 10 is 0.397 to 0.892', () => {
    const [low, high] = wilson(7, 10);
    expect(low).toBeCloseTo(0.3968, 3);
    expect(high).toBeCloseTo(0.8922, 3);
  });
});

describe('the random generator', () => {
  test('splitting depends on the path only, not on what was drawn before', () => {
    const rng = new Rng(7);
    const first = rng.split('iteration', 3).uint32();
    rng.uint32();
    expect(rng.split('iteration', 3).uint32()).toBe(first);
    expect(rng.split('iteration', 4).uint32()).not.toBe(first);
    expect(rng.split('iteration', '3').uint32()).not.toBe(first);
  });
  test('is uniform enough: mean of 20,000 draws within five standard errors', () => {
    const rng = new Rng(1);
    const draws = Array.from({ length: 20_000 }, () => rng.uniform());
    expect(Math.abs(mean(draws) - 0.5)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(20_000));
  });
});
