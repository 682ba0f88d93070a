import { expect, test } from 'vitest';
import { nudged, ticks } from './canvas.ts';

test('ticks are few, begin at 0 and end with the run', () => {
  expect(ticks(20)).toEqual([0, 5, 10, 15, 20]);
  expect(ticks(1)).toEqual([0, 1]);
  expect(ticks(40)).toEqual([0, 10, 20, 30, 40]);
  expect(ticks(37).length).toBeLessThanOrEqual(6);
});

test('labels keep their distance and their order', () => {
  expect(nudged([10, 12, 50], 18)).toEqual([10, 28, 50]);
  expect(nudged([12, 10], 18)).toEqual([28, 10]);
});
