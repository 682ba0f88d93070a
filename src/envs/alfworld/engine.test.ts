import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AlfworldEnv } from './engine.ts';
import type { Game } from './game.ts';
import { Can } from './game.ts';
import { generateGame } from './generator.ts';

/** A kitchen corner: two burners share a spot with the counter, the pan stands on two burners at once. */
const kitchen: Game = {
  id: 'test/kitchen/1',
  family: 'cool',
  wording: '0.4',
  sentence: 'put a cool pan in cabinet.',
  goal: { family: 'cool', object: 'pan', target: 'cabinet' },
  start: 5,
  receptacles: [
    { name: 'cabinet 1', kind: 'cabinet', location: 1, openable: true },
    { name: 'fridge 1', kind: 'fridge', location: 2, openable: true },
    { name: 'sinkbasin 1', kind: 'sinkbasin', location: 4, openable: false },
    { name: 'stoveburner 2', kind: 'stoveburner', location: 3, openable: false },
    { name: 'stoveburner 1', kind: 'stoveburner', location: 3, openable: false },
  ],
  objects: [
    { name: 'apple 1', kind: 'apple', can: Can.pickUp | Can.clean | Can.heat | Can.cool | Can.slice, is: 0, in: [1], at: [2], inner: [] },
    { name: 'knife 1', kind: 'knife', can: Can.pickUp | Can.clean, is: 0, in: [2], at: [4], inner: [] },
    { name: 'pan 1', kind: 'pan', can: Can.pickUp | Can.clean | Can.cool | Can.containObjects, is: 0, in: [3, 4], at: [3], inner: [0] },
  ],
  canContain: { cabinet: ['pan'], fridge: ['apple', 'pan'], sinkbasin: ['apple', 'knife', 'pan'], stoveburner: ['pan'] },
  walkthrough: null,
};

function play(actions: string[], game = kitchen, wording = game.wording): { env: AlfworldEnv; texts: string[] } {
  const env = new AlfworldEnv(game, wording);
  return { env, texts: actions.map((action) => env.step(action).text) };
}

test('the opening holds banner, room and task; `look` there sees nothing', () => {
  const { env, texts } = play(['look']);
  expect(env.first.text).toBe(
    '-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. Looking quickly around you, you see a cabinet 1, a fridge 1, ' +
      'a sinkbasin 1, a stoveburner 2, and a stoveburner 1.\n\nYour task is to: put a cool pan in cabinet.',
  );
  expect(texts[0]).toBe('You are in the middle of a room. Looking quickly around you, you see nothing.');
});

test('a receptacle that shares the place where one stands cannot be gone to, but examined', () => {
  const { env, texts } = play(['go to stoveburner 1', 'go to stoveburner 2', 'examine stoveburner 2']);
  expect(texts).toEqual([
    'You arrive at stoveburner 1. On the stoveburner 1, you see a pan 1.',
    'Nothing happens.',
    'On the stoveburner 2, you see a pan 1.',
  ]);
  expect(env.step('look').text).toBe('You are facing the stoveburner 2, and stoveburner 1. Next to it, you see nothing.');
});

test('an object that lies in two receptacles stays listed in the other one after it is taken', () => {
  const { texts } = play([
    'go to stoveburner 1',
    'take pan 1 from stoveburner 1',
    'examine stoveburner 2',
    'inventory',
    'move pan 1 to stoveburner 2',
    'look',
  ]);
  expect(texts.slice(2)).toEqual([
    'On the stoveburner 2, you see a pan 1.',
    'You are carrying: a pan 1.',
    'You move the pan 1 to the stoveburner 2.',
    'You are facing the stoveburner 2, and stoveburner 1. Next to it, you see a pan 1.',
  ]);
});

test('only what is held can be examined, and a pan always looks normal', () => {
  const { texts } = play(['go to stoveburner 1', 'examine pan 1', 'take pan 1 from stoveburner 2', 'examine pan 1']);
  expect(texts[1]).toBe('Nothing happens.');
  expect(texts[3]).toBe('This is a normal pan 1. In it, you see a apple 1.');
});

test('cooling works at a closed fridge, and the game is won when the cool pan stands in the cabinet', () => {
  const { env } = play(['go to stoveburner 1', 'take pan 1 from stoveburner 1', 'go to fridge 1']);
  expect(env.step('cool pan 1 with fridge 1').text).toBe('You cool the pan 1 using the fridge 1.');
  env.step('go to cabinet 1');
  expect(env.step('move pan 1 to cabinet 1').text).toBe('Nothing happens.');
  expect(env.step('open cabinet 1').text).toBe('You open the cabinet 1. The cabinet 1 is open. In it, you see nothing.');
  expect(env.step('move pan 1 to cabinet 1')).toMatchObject({ reward: 1, won: true, done: true });
});

test('a knife slices what lies here even behind a door; hot and cool cancel each other', () => {
  const { env, texts } = play(['go to sinkbasin 1', 'take knife 1 from sinkbasin 1', 'go to fridge 1', 'slice apple 1 with knife 1']);
  expect(texts[3]).toBe('You sliced the apple 1 with the knife 1.');
  for (const action of [
    'go to sinkbasin 1',
    'move knife 1 to sinkbasin 1',
    'go to fridge 1',
    'open fridge 1',
    'take apple 1 from fridge 1',
  ])
    env.step(action);
  expect(env.step('examine apple 1').text).toBe('This is a sliced apple 1.');
  env.step('cool apple 1 with fridge 1');
  expect(env.step('examine apple 1').text).toBe('This is a cool sliced apple 1.');
});

test('the older wording says put, loc N, and knows no help', () => {
  const { env, texts } = play(
    ['go to stoveburner 1', 'take pan 1 from stoveburner 1', 'put pan 1 in/on stoveburner 1', 'help'],
    kitchen,
    '0.3',
  );
  expect(texts[0]).toBe('You arrive at loc 3. On the stoveburner 1, you see a pan 1.');
  expect(texts[2]).toBe('You put the pan 1 in/on the stoveburner 1.');
  expect(texts[3]).toBe('Nothing happens.');
  expect(env.first.admissible).not.toContain('help');
});

test('spaces around a command do not matter, letter case does', () => {
  expect(play(['  look  ', 'Look']).texts).toEqual([
    'You are in the middle of a room. Looking quickly around you, you see nothing.',
    'Nothing happens.',
  ]);
});

const verbs = ['go to R', 'open R', 'close R', 'examine R', 'examine O', 'take O from R', 'move O to R', 'put O in/on R', 'use O'];
const more = ['clean O with R', 'heat O with R', 'cool O with R', 'slice O with O', 'look', 'inventory', 'help', 'dance'];

test('an action is accepted iff it is in the admissible list, and a refused one changes nothing', () => {
  fc.assert(
    fc.property(fc.nat(10_000), fc.array(fc.tuple(fc.nat(1e6), fc.nat(1e6), fc.nat(1e6)), { maxLength: 40 }), (number, choices) => {
      const game = generateGame('training', number, { seed: 7, maxReceptacles: 10, wording: number % 2 === 0 ? '0.4' : '0.3' });
      const env = new AlfworldEnv(game);
      let admissible = env.first.admissible;
      for (const [kind, a, b] of choices) {
        const pick = (items: { name: string }[], n: number): string => items[n % items.length]?.name ?? '';
        const template = [...verbs, ...more][kind % (verbs.length + more.length)] as string;
        // Half of the actions are drawn from the list, half are made up.
        const action =
          kind % 2 === 0
            ? (admissible[a % admissible.length] as string)
            : template.replace('R', () => pick(game.receptacles, a)).replace(/O/g, () => pick(game.objects, b));
        const before = JSON.stringify(env.state);
        const result = env.step(action);
        expect(result.text !== 'Nothing happens.').toBe(admissible.includes(action));
        if (result.text === 'Nothing happens.') expect([JSON.stringify(env.state), result.admissible]).toEqual([before, admissible]);
        expect(result.admissible).toEqual([...new Set(result.admissible)].sort());
        admissible = result.admissible;
      }
    }),
    { numRuns: 60 },
  );
});

test('the same task and actions give the same bytes', () => {
  const run = (): string => {
    const env = new AlfworldEnv(generateGame('training', 3, { seed: 1 }));
    let last: { text: string; admissible: string[] } = env.first;
    const log = [last.text];
    for (let i = 0; i < 40; i++) {
      last = env.step(last.admissible[(i * 7919) % last.admissible.length] as string);
      log.push(last.text, ...last.admissible);
    }
    return log.join('\n');
  };
  expect(run()).toBe(run());
});
