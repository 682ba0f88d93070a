import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canShareAPrompt } from './keys.ts';
import { misleadingWordings, procedureFamilies, say, wordings } from './language.ts';
import { opposed, opposition, read } from './opposed.ts';
import { shoppingSteps } from './shop-language.ts';

const clean = say({ kind: 'procedure', family: 'clean' });
const heat = say({ kind: 'procedure', family: 'heat' });
const cool = say({ kind: 'procedure', family: 'cool' });

describe('rules are opposed', () => {
  test.each([
    [
      'two places for one thing',
      'The mug is often on the shelf.',
      'Look for the mug on the desk first.',
      'One looks for the mug on the shelf, the other on the desk.',
    ],
    [
      "in a person's words",
      'the mug is on the shelf',
      'the mug is in the cabinet',
      'One looks for the mug on the shelf, the other in the cabinet.',
    ],
    [
      'in the plural, and by everyday names',
      'Look for the mug on the desk first.',
      'Mugs are usually in the sinks.',
      'One looks for the mug on the desk, the other in the sinkbasin.',
    ],
    [
      'with the preposition of the place',
      'Look for the egg on the fridge first.',
      'The egg is often on the desk.',
      'One looks for the egg in the fridge, the other on the desk.',
    ],
    [
      'a place, and that it is not there',
      'The mug is often on the shelf',
      'Do not look for the mug on the shelf',
      'One looks for the mug on the shelf, the other says not to.',
    ],
    [
      'a place, and that it is never there',
      "Don't check the shelf for the mug.",
      'The mug is often on the shelf.',
      'One looks for the mug on the shelf, the other says not to.',
    ],
    [
      'two instruments for one purpose',
      'Use the microwave to heat things',
      'Use the fridge to heat things',
      'One says to heat in the microwave, the other in the fridge.',
    ],
    [
      'two instruments in other words',
      heat,
      'Warm the mug on the stove.',
      'One says to heat in the microwave, the other on the stoveburner.',
    ],
    [
      'an instrument that things are put into',
      heat,
      'To heat it, put it in the fridge.',
      'One says to heat in the microwave, the other in the fridge.',
    ],
    [
      'an instrument, and that it is not to be used',
      clean,
      'Do not clean things in the sink.',
      'One says to clean in the sinkbasin, the other not to.',
    ],
    [
      'a purpose, and that it is not to be followed',
      'Never clean an object, just place it.',
      clean,
      'One says to clean, the other not to.',
    ],
    [
      'an instrument and a ban on it',
      'To heat an object, take it to the microwave and heat it there before you put it down.',
      'Never use the microwave.',
      'One needs the microwave, the other says to keep away from it.',
    ],
    [
      'an instrument and a ban on going there',
      'To cool an object, take it to the fridge and cool it there before you put it down.',
      'Do not take it to the fridge.',
      'One needs the fridge, the other says to keep away from it.',
    ],
    ['a deed and its ban', 'Open every drawer.', 'Do not open every drawer.', 'One says to do what the other says not to do.'],
    [
      'a deed and its ban, with other fillers',
      'Always open all drawers',
      'Never open drawers',
      'One says to do what the other says not to do.',
    ],
    [
      'a deed and its ban, in another form',
      'Avoid opening drawers.',
      'Open every drawer.',
      'One says to do what the other says not to do.',
    ],
    [
      'a deed, and a ban that holds always',
      'Always avoid opening drawers.',
      'Open every drawer.',
      'One says to do what the other says not to do.',
    ],
    [
      'a deed, and a ban on more than it',
      'Click all the options before you buy.',
      'Do not click the options.',
      'One says to do what the other says not to do.',
    ],
  ])('%s', (_, a, b, why) => {
    expect(opposed(a, b)).toBe(why);
    expect(opposed(b, a)).not.toBeNull();
  });

  test.each(['clean', 'heat', 'cool'] as const)(
    'every misleading wording of "%s" and every right one, where both are in the pool of that kind',
    (family) => {
      const right = [...wordings({ kind: 'procedure', family }), ...wordings({ kind: 'procedure', family }, 'heldOut')];
      const places = { clean: ['microwave', 'fridge'], heat: ['sinkbasin', 'fridge'], cool: ['sinkbasin', 'microwave'] }[family];
      for (const wrong of places.flatMap((place) => misleadingWordings(family, place)))
        for (const text of right) expect(opposition(read(wrong, family), read(text, family)), `${wrong} / ${text}`).not.toBeNull();
    },
  );
});

describe('rules are not opposed', () => {
  test.each([
    ['places that overlap', 'The mug is often on the shelf.', 'Look for the mug on the desk or the shelf first.'],
    ['a table and a dining table', 'The mug is on the table.', 'The mug is on the diningtable.'],
    ['places of different things', 'The mug is often on the shelf.', 'The pen is often on the desk.'],
    ['places of nothing in particular', 'Look for things on the shelf first.', 'Look for things in the drawer first.'],
    ['what a place is like', 'The shelf is empty.', 'The drawer is empty.'],
    ['where a thing is, and where it goes', 'Put the mug on the shelf.', 'The mug is in the cabinet.'],
    ['a place, and that it is not at another', 'The mug is often on the shelf.', 'The mug is not in the cabinet.'],
    ['a place, and that it is not the only one', 'The mug is often on the shelf.', 'The mug is not only on the shelf.'],
    ['a place, and what to do otherwise', 'The mug is often on the shelf.', 'If the mug is not on the shelf, look on the desk.'],
    ['an instrument, and where the thing is found', heat, 'Look for the egg to heat in the fridge.'],
    ['an instrument, and where the thing comes from', heat, 'Take the egg to heat from the fridge.'],
    ['an instrument, and what is opened on the way', heat, 'Open the fridge to take the egg you have to heat.'],
    ['an instrument, and where the thing goes then', heat, 'Heat it, then put it in the fridge.'],
    ['an instrument, and where the thing goes after', heat, 'Put it in the fridge after you heat it.'],
    ['an instrument, and what comes before the thing goes there', heat, 'Before putting it in the fridge, heat it.'],
    ['an instrument, and where a thing of that kind goes', clean, 'Put the clean plate in the fridge.'],
    ['an instrument, and that another will not do', heat, 'Do not heat it in the fridge.'],
    ['an instrument, and that it is no place to put things', heat, 'Do not put the hot object back in the microwave.'],
    ['an instrument, and that it is not to be forgotten', clean, 'Never forget to clean it in the sinkbasin.'],
    ['an instrument, and that nothing goes without it', cool, 'You cannot cool it without the fridge.'],
    ['a purpose, and that it is reached once', clean, 'Never clean it twice.'],
    ['a purpose, and that it is not yet reached', clean, "It isn't clean yet."],
    ['two bans', 'Never open the drawer.', 'Do not open a drawer.'],
    ['deeds on different things', 'Open every drawer.', 'Open every cabinet.'],
    ['a deed, and an exception from it', 'Open the drawer.', 'Do not open the top drawer.'],
    ['a deed, and a limit to it', 'Open closed drawers.', 'Do not open a drawer twice.'],
    ['a deed, and the other side of its condition', 'Open the drawer if it is closed.', 'Do not open the drawer if it is already open.'],
    ['a deed instead of another, and a ban on that', 'Open cabinets instead of drawers.', 'Do not open drawers.'],
    [
      'a deed, and when it is too early for it',
      'Buy the product when all options are set.',
      'Do not buy the product until all options are set.',
    ],
    ['a deed, and what not to do alone', 'Open the first result whose title fits.', 'Do not simply open the first result.'],
    ['the same words in another order', 'Place the first object, then find the second.', 'Do not place the second object first.'],
    ['emphasis', 'Use the microwave, no exceptions.', 'Use the microwave.'],
  ])('%s', (_, a, b) => {
    expect(opposed(a, b)).toBeNull();
    expect(opposed(b, a)).toBeNull();
  });

  test("when both are right: rules of the pools that are kept, of all of them together, and of the project's own language", () => {
    interface Kept {
      scope: string;
      text: string;
    }
    const folder = new URL('../../public/pools/', import.meta.url);
    const files = [
      'alfworld-right',
      'alfworld-paraphrased',
      'alfworld-paraphrased-2',
      'alfworld-paraphrased-3',
      'alfworld-everyday',
      'webshop-right',
    ].map((name) => `${name}.rules.json`);
    files.push(...readdirSync(new URL('typed/', folder)).map((name) => `typed/${name}`));
    const right = files.flatMap((name) => (JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { rules: Kept[] }).rules);
    expect(right.length).toBeGreaterThan(100);
    for (const family of procedureFamilies)
      for (const set of ['train', 'heldOut'] as const)
        right.push(...wordings({ kind: 'procedure', family }, set).map((text) => ({ scope: family, text })));
    for (const step of shoppingSteps)
      for (const set of ['train', 'heldOut'] as const)
        right.push(...wordings({ kind: 'shopping', step }, set).map((text) => ({ scope: 'webshop', text })));
    const told = right.map(({ scope, text }) => ({ scope, text, there: read(text, scope), anywhere: read(text) }));
    const alarms: string[] = [];
    told.forEach((a, i) => {
      for (const b of told.slice(i + 1)) {
        // As they stand in one prompt, or else as they would in one list of rules for all tasks.
        const why = canShareAPrompt(a.scope, b.scope) ? opposition(a.there, b.there) : opposition(a.anywhere, b.anywhere);
        if (why) alarms.push(`${a.text} / ${b.text}: ${why}`);
      }
    });
    expect(alarms).toEqual([]);
  });
});

test('any two texts can be compared, and which is first does not matter', () => {
  const word = fc.constantFrom(
    'never',
    'open',
    'clean',
    'it',
    'in',
    'the',
    'sink',
    'fridge',
    'mug',
    'is',
    'on',
    'shelf',
    'then',
    'put',
    'to',
    'until',
    'but',
    ',',
    '.',
    "don't",
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word, { maxLength: 10 }).map((words) => words.join(' ')),
  );
  fc.assert(
    fc.property(text, text, fc.constantFrom('', 'clean', 'constructor'), (a, b, scope) => {
      expect(opposition(read(a, scope), read(b, scope)) === null).toBe(opposition(read(b, scope), read(a, scope)) === null);
      expect(opposition(read(a, scope), read(a, scope))).toBeNull();
    }),
    { numRuns: 200 },
  );
});
