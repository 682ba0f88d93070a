import fc from 'fast-check';
import { expect, test } from 'vitest';
import { smoothed } from './smooth.ts';

test('a constant curve stays as it is, from its first point on', () => {
  expect(smoothed([3, 3, null, 3], 0.9)).toEqual([3, 3, null, 3].map((v) => (v === null ? null : expect.closeTo(v))));
});

test('no smoothing is the raw curve', () => {
  expect(smoothed([1, 5, 2], 0)).toEqual([1, 5, 2]);
});

test('a smoothed curve never leaves the range of what was measured', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }),
      fc.double({ min: 0, max: 0.99, noNaN: true }),
      (raw, keep) => {
        const [low, high] = [Math.min(...raw) - 1e-6, Math.max(...raw) + 1e-6];
        for (const value of smoothed(raw, keep)) expect(value !== null && value >= low && value <= high).toBe(true);
      },
    ),
  );
});
