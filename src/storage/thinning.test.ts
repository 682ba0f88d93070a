/** What is given up leaves the rest spread over the run. */
import { expect, test } from 'vitest';
import { thinned } from './thinning.ts';

/** Iterations that are kept of a run that stores one after the other. */
function keptOf(length: number, most: number): number[] {
  let kept: number[] = [];
  for (let i = 0; i < length; i++) {
    const gone = thinned([...kept, i], most);
    kept = [...kept, i].filter((one) => !gone.includes(one));
  }
  return kept;
}

test('nothing goes while there is room', () => {
  expect(thinned([0, 1, 2, 3], 4)).toEqual([]);
});

test('a long run keeps as many as fit, the first and the newest among them, and no stretch without any', () => {
  for (const length of [10, 33, 100, 257]) {
    const kept = keptOf(length, 8);
    expect(kept).toHaveLength(8);
    expect([kept[0], kept.at(-1)]).toEqual([0, length - 1]);
    const gaps = kept.slice(1).map((one, i) => one - (kept[i] as number));
    expect(Math.max(...gaps), `${length}: ${kept.join(' ')}`).toBeLessThanOrEqual(Math.ceil((3 * length) / 8));
  }
});
