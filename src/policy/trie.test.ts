import { describe, expect, test } from 'vitest';
import { Rng } from '../lib/rng.ts';
import { choose, logSoftmax } from './choose.ts';
import { allowedIds, buildTrie, forcedRun } from './trie.ts';

describe('the trie of answers', () => {
  test('forces what all answers share and branches where they differ', () => {
    const { root, depth } = buildTrie([
      [5, 7, 1],
      [5, 6, 1],
      [5, 6, 2, 3],
    ]);
    expect(depth).toBe(4);
    const shared = forcedRun(root);
    expect(shared.ids).toEqual([5]);
    expect(allowedIds(shared.node)).toEqual([6, 7]);
    expect(forcedRun(shared.node.children.get(7) as never)).toMatchObject({ ids: [1], node: { end: 0 } });
    expect(forcedRun(shared.node.children.get(6) as never).ids).toEqual([]);
  });

  test('a single answer is forced to its end, equal answers count once', () => {
    expect(forcedRun(buildTrie([[1, 2]]).root)).toMatchObject({ ids: [1, 2], node: { end: 0 } });
    expect(
      forcedRun(
        buildTrie([
          [1, 2],
          [1, 2],
        ]).root,
      ).node.end,
    ).toBe(0);
  });

  test('an answer that begins another is refused', () => {
    expect(() => buildTrie([[1, 2], [1]])).toThrow(/newline/);
    expect(() => buildTrie([[1], [1, 2]])).toThrow(/newline/);
    expect(() => buildTrie([[]])).toThrow(/empty/);
  });
});

describe('softmax over the allowed', () => {
  test('spreads all probability, also over far apart logits', () => {
    const logprobs = logSoftmax([1, 3, -4]);
    expect(logprobs.reduce((sum, x) => sum + Math.exp(x), 0)).toBeCloseTo(1, 12);
    expect((logprobs[1] as number) - (logprobs[0] as number)).toBeCloseTo(2, 12);
    expect(logSoftmax([1000, -1000])[0]).toBe(0);
  });

  test('draws in proportion, and reports the log-probability at temperature 1', () => {
    const rng = new Rng(1);
    const counts = [0, 0];
    for (let i = 0; i < 4000; i++) {
      const { index, logprob } = choose([2, 3], 2, rng);
      counts[index] = (counts[index] as number) + 1;
      expect(logprob).toBe(logSoftmax([2, 3])[index]);
    }
    expect((counts[1] as number) / 4000).toBeCloseTo(1 / (1 + Math.exp(-0.5)), 1);
  });

  test('temperature 0 takes the first of the likeliest, and uses one draw all the same', () => {
    const [a, b] = [new Rng(3), new Rng(3)];
    expect(choose([2, 5, 5], 0, a).index).toBe(1);
    b.uniform();
    expect(a.uniform()).toBe(b.uniform());
  });
});
