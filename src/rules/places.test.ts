import { expect, test } from 'vitest';
import { placesInWords } from './places.ts';

test('a thing is in what closes or has walls, and on what does not', () => {
  expect(placesInWords(['fridge'])).toBe('in the fridge');
  expect(placesInWords(['desk', 'drawer', 'toilet'])).toBe('on the desk or in the drawer or on the toilet');
});
