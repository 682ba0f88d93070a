import { expect, test } from 'vitest';
import { AlfworldEnv } from '../envs/alfworld/engine.ts';
import { generateGame } from '../envs/alfworld/generator.ts';
import { appHomes } from '../envs/alfworld/homes.ts';
import { openingOf } from '../policy/prompt.ts';
import { exampleAfter, exampleGame, exampleLength } from './example.ts';

test('the example is a real episode: the engine answers its actions word for word, and the last one wins', () => {
  const env = new AlfworldEnv(generateGame('training', exampleGame, appHomes));
  const { opening, turns, task } = exampleAfter(exampleLength);
  expect(openingOf(env.first.text)).toBe(opening);
  expect(env.first.text).toContain(`Your task is to: ${task.goal}.`);
  const results = turns.map(({ action }) => env.step(action));
  expect(results.map(({ text }) => text)).toEqual(turns.map(({ observation }) => observation));
  expect(results.map(({ won }) => won)).toEqual(turns.map((_, i) => i === turns.length - 1));
});
