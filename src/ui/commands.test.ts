import fc from 'fast-check';
import { expect, test } from 'vitest';
import { generateGame } from '../envs/alfworld/generator.ts';
import { AlfworldEnv } from '../envs/alfworld/engine.ts';
import { Rng } from '../lib/rng.ts';
import { chosenBy, grouped } from './commands.ts';

test('every admissible command has one button, and the headings are verbs', () => {
  fc.assert(
    fc.property(fc.nat({ max: 500 }), (number) => {
      const env = new AlfworldEnv(generateGame('training', number, { seed: 3, wording: number % 2 ? '0.3' : '0.4' }));
      const rng = new Rng(number);
      let { admissible } = env.first;
      for (let t = 0; t < 15; t++) {
        const groups = grouped(admissible);
        expect(groups.flatMap(({ commands }) => commands.map(({ command }) => command)).sort()).toEqual([...admissible].sort());
        for (const { verb, commands } of groups)
          for (const { command, label } of commands) expect(command).toBe(verb ? `${verb} ${label}` : label);
        expect(new Set(groups.map(({ verb }) => verb)).size).toBe(groups.length);
        ({ admissible } = env.step(rng.pick(admissible)));
      }
    }),
    { numRuns: 30 },
  );
});

test('things are counted as people count, and letters narrow the choice', () => {
  const commands = ['go to drawer 10', 'go to drawer 2', 'look', 'open drawer 2'];
  expect(grouped(commands).map(({ verb }) => verb)).toEqual(['open', 'go to', '']);
  expect(grouped(commands)[1]?.commands.map(({ label }) => label)).toEqual(['drawer 2', 'drawer 10']);
  expect(grouped(commands, 'DRAWER 2').flatMap((group) => group.commands.map(({ command }) => command))).toEqual([
    'open drawer 2',
    'go to drawer 2',
  ]);
  expect(grouped(commands, 'sing')).toEqual([]);
});

test('Enter sends the only match, an exact command, or what was typed', () => {
  const commands = ['go to drawer 1', 'go to drawer 10', 'look'];
  expect(chosenBy('go to drawer 1', commands)).toBe('go to drawer 1');
  expect(chosenBy(' LOO ', commands)).toBe('look');
  expect(chosenBy('drawer', commands)).toBe('drawer');
  expect(chosenBy('dance', commands)).toBe('dance');
});
