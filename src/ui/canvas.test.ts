import { expect, test } from 'vitest';
import { highest, nudged, ticks } from './canvas.ts';

test('ticks are few, begin at 0 and end with the run', () => {
  expect(ticks(20, 0.19)).toEqual([0, 5, 10, 15, 20]);
  expect(ticks(1, 0.19)).toEqual([0, 1]);
  expect(ticks(40, 0.19)).toEqual([0, 10, 20, 30, 40]);
  expect(ticks(37, 0.19).length).toBeLessThanOrEqual(6);
});

test('an axis of episodes or tokens has as few ticks as one of iterations, up to its end', () => {
  expect(ticks(1280, 0.19)).toEqual([0, 500, 1000, 1280]);
  expect(ticks(722_512, 0.15)).toEqual([0, 200_000, 400_000, 600_000, 722_512]);
  for (let end = 1; end < 1e8; end = Math.ceil(end * 1.07)) {
    const all = ticks(end, 0.15);
    expect(all.length).toBeLessThanOrEqual(6);
    expect(all.at(-1)).toBe(end);
    // Labels keep their distance, and no part of the axis is left without one.
    const gaps = all.slice(1).map((tick, i) => (tick - (all[i] as number)) / end);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.15);
    if (end > 4) expect(Math.max(...gaps)).toBeLessThanOrEqual(0.65);
  }
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
