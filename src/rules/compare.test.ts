import fc from 'fast-check';
import { expect, test } from 'vitest';
import { comparePools, type Said } from './compare.ts';

const said = (text: string, scope = 'cool', score = 2): Said => ({ scope, text, score });

test('what is word for word the same is no rewording, and other pools do not count', () => {
  const mine = [said('Cool it in the fridge.'), said('Go to the fridge before the table.'), said('Only here.')];
  const theirs = [said('Cool it in the fridge.'), said('Go to the fridge first, before the table.'), said('Only here.', 'heat')];
  const { same, reworded, onlyMine, onlyTheirs } = comparePools(mine, theirs);
  expect(same).toEqual([{ mine: mine[0], theirs: theirs[0] }]);
  expect(reworded).toEqual([{ mine: mine[1], theirs: theirs[1] }]);
  expect(onlyMine).toEqual([mine[2]]);
  expect(onlyTheirs).toEqual([theirs[2]]);
});

test('ten thousand rules of one pattern are compared at once', () => {
  const pool = (from: number) => Array.from({ length: 10_000 }, (_, i) => said(`Look for the thing in place number ${from + i} before all others.`));
  const { same, reworded, onlyTheirs } = comparePools(pool(0), pool(5000));
  expect([same.length, reworded.length, onlyTheirs.length]).toEqual([5000, 0, 5000]);
});

test('every rule of either pool is accounted for exactly once', () => {
  const rule = fc.record({
    scope: fc.constantFrom('a', 'b'),
    text: fc.array(fc.constantFrom('go', 'to', 'the', 'fridge', 'mug'), { maxLength: 5 }).map((w) => w.join(' ')),
    score: fc.constant(2),
  });
  const pool = fc.uniqueArray(rule, { selector: ({ scope, text }) => `${scope} ${text}` });
  fc.assert(
    fc.property(pool, pool, (mine, theirs) => {
      const { same, reworded, onlyMine, onlyTheirs } = comparePools(mine, theirs);
      const pairs = [...same, ...reworded];
      expect(new Set([...pairs.map((pair) => pair.mine), ...onlyMine]).size).toBe(mine.length);
      expect(new Set([...pairs.map((pair) => pair.theirs), ...onlyTheirs]).size).toBe(theirs.length);
      expect(pairs.length + onlyMine.length).toBe(mine.length);
    }),
  );
});
