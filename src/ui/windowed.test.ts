import fc from 'fast-check';
import { expect, test } from 'vitest';
import { offsetsOf, sliceAt } from './windowed.ts';

test('every row that touches the window is in the slice, whatever the heights', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 200 }),
      fc.integer({ min: -500, max: 20_000 }),
      fc.nat(800),
      (heights, from, room) => {
        const offsets = offsetsOf(heights);
        const { first, last } = sliceAt(offsets, from, from + room);
        heights.forEach((height, i) => {
          const top = offsets[i] as number;
          if (top < from + room && top + height > from) {
            expect(i).toBeGreaterThanOrEqual(first);
            expect(i).toBeLessThan(last);
          }
        });
        expect(last - first).toBeLessThanOrEqual(room + 2);
      },
    ),
  );
});

test('an empty list has no rows in sight', () => {
  expect(sliceAt(offsetsOf([]), 0, 500)).toEqual({ first: 0, last: 0 });
});
