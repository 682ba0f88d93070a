/** No run that is not drawn goes unsaid: neither one that makes room, nor one for which there is none. */
import { expect, test } from 'vitest';
import { drawAdded, MOST_LINES } from './drawn.ts';

const names = (n: number, letter: string) => Array.from({ length: n }, (_, i) => `${letter}${i}`);

test('what is added is drawn beside what was drawn, while there is room', () => {
  expect(drawAdded(['a0', 'a1'], ['b0'])).toEqual({ picked: ['b0', 'a0', 'a1'], madeRoom: [], leftOut: [] });
  expect(drawAdded(['a0', 'a1'], ['a1'])).toEqual({ picked: ['a1', 'a0'], madeRoom: [], leftOut: [] });
});

test('those drawn before make room, the last first', () => {
  expect(drawAdded(names(4, 'a'), names(4, 'b'))).toEqual({
    picked: ['b0', 'b1', 'b2', 'b3', 'a0', 'a1'],
    madeRoom: ['a2', 'a3'],
    leftOut: [],
  });
});

test('of more than can be drawn those left out are named, those drawn before too', () => {
  const { picked, madeRoom, leftOut } = drawAdded(['a0'], names(8, 'b'));
  expect(picked).toEqual(names(MOST_LINES, 'b'));
  expect([madeRoom, leftOut]).toEqual([['a0'], ['b6', 'b7']]);
});
