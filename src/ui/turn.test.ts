import fc from 'fast-check';
import { expect, test } from 'vitest';
import { chance, piecesOf } from './turn.ts';

test('an action is cut where choosing begins and ends, and loses nothing, whatever spans a file holds', () => {
  expect(piecesOf({ action: 'go to fridge 1', chosen: [[6, 12]] })).toEqual([
    { text: 'go to ', chosen: false },
    { text: 'fridge', chosen: true },
    { text: ' 1', chosen: false },
  ]);
  fc.assert(
    fc.property(fc.string(), fc.array(fc.tuple(fc.nat(30), fc.nat(30))), (action, chosen) => {
      expect(
        piecesOf({ action, chosen })
          .map(({ text }) => text)
          .join(''),
      ).toBe(action);
    }),
  );
});

test('chances are whole percents, and neither end is claimed', () => {
  expect([0, Math.log(0.994), Math.log(0.64), Math.log(0.004)].map(chance)).toEqual(['100 %', '99 %', '64 %', '<1 %']);
});
