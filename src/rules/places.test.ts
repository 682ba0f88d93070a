import { expect, test } from 'vitest';
import { placeNamed, placesInWords } from './places.ts';

test('a thing is in what closes or has walls, and on what does not', () => {
  expect(placesInWords(['fridge'])).toBe('in the fridge');
  expect(placesInWords(['desk', 'drawer', 'toilet'])).toBe('on the desk or in the drawer or on the toilet');
});

test('a place is known by its class, in the plural, and by what people call it', () => {
  expect(['drawer', 'drawers', 'sink', 'shelves', 'refrigerator', 'mug', 'bus'].map(placeNamed)).toEqual([
    'drawer',
    'drawer',
    'sinkbasin',
    'shelf',
    'fridge',
    null,
    null,
  ]);
});
