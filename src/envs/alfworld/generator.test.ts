import { expect, test } from 'vitest';
import { AlfworldEnv } from './engine.ts';
import type { Game } from './game.ts';
import { families, goalSentence } from './game.ts';
import type { GeneratedSplit } from './generator.ts';
import { generateGame, generatedSplits } from './generator.ts';
import { parseSentence, sentences } from './goal.ts';
import { plan } from './planner.ts';
import { readGameFile } from './problem.ts';
import { writeGameFile } from './writer.ts';

const many = (split: GeneratedSplit, count: number, seed = 1): Game[] =>
  Array.from({ length: count }, (_, i) => generateGame(split, i, { seed }));

test('the same seed, split and number give the same home; another seed gives another', () => {
  expect(generateGame('training', 5, { seed: 1 })).toEqual(generateGame('training', 5, { seed: 1 }));
  expect(generateGame('training', 5, { seed: 1 })).not.toEqual(generateGame('training', 5, { seed: 2 }));
});

test('every generated home can be won, is not won at the start, and all six kinds of task occur', () => {
  const games = many('training', 300);
  expect(new Set(games.map((game) => game.family))).toEqual(new Set(families));
  for (const game of games) {
    const env = new AlfworldEnv(game);
    expect(env.won()).toBe(false);
    const results = (plan(env) as string[]).map((command) => env.step(command));
    expect(results.map((r) => r.won)).toEqual(results.map((_, i) => i === results.length - 1));
  }
});

test('no home belongs to two splits, whatever the seeds', () => {
  const content = (game: Game): string => JSON.stringify([game.goal, game.start, game.receptacles, game.objects]);
  const bySplit = generatedSplits.map((split) => new Set([1, 2].flatMap((seed) => many(split, 60, seed).map(content))));
  for (const [i, a] of bySplit.entries()) {
    for (const b of bySplit.slice(i + 1)) expect([...a].filter((home) => b.has(home))).toEqual([]);
  }
});

test('a home written as a game file is read back equal, in both wordings', () => {
  for (const [i, wording] of (['0.4', '0.3'] as const).entries()) {
    for (let n = 0; n < 40; n++) {
      const game = generateGame('validation', n, { seed: i, wording });
      expect(readGameFile(writeGameFile(game), game.id)).toEqual({ ...game, walkthrough: plan(new AlfworldEnv(game)) });
    }
  }
});

test('small homes stay within the number of receptacles asked for, and chosen kinds of task are kept to', () => {
  for (let i = 0; i < 60; i++) {
    const game = generateGame('training', i, { seed: 3, maxReceptacles: 5, families: ['heat', 'two'] });
    expect(game.receptacles.length).toBeLessThanOrEqual(5);
    expect(['heat', 'two']).toContain(game.family);
  }
});

test('a home too small for its task is refused with a sentence', () => {
  expect(() => generateGame('training', 0, { seed: 1, maxReceptacles: 1, families: ['cool'] })).toThrow(
    'No home with at most 1 receptacles',
  );
});

test('a task sentence states its goal: both sentences of every goal are read back', () => {
  for (const { goal, sentence } of many('training', 100)) {
    for (const text of sentences(goal)) expect(parseSentence(text)).toEqual(goal);
    expect(sentences(goal)).toContain(sentence);
  }
  expect(goalSentence(generateGame('training', 0, { seed: 1 }))).not.toMatch(/\.$/);
  expect(parseSentence('Move the chilled pan')).toBeNull();
});
