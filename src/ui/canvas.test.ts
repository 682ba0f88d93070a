import { expect, test } from 'vitest';
import { highest, nudged, ticks } from './canvas.ts';

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

test('a label finds the highest place of a line over its own width, and only there', () => {
  const line = [
    { x: 0, y: 10 },
    { x: 100, y: 90 },
    { x: 200, y: 50 },
  ];
  expect(highest(line, 150, 200)).toBe(50);
  expect(highest(line, 50, 150)).toBe(50);
  expect(highest(line, 0, 200)).toBe(10);
  expect(highest(line, 210, 250)).toBe(Infinity);
});
