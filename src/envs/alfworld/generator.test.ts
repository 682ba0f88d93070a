import { expect, test } from 'vitest';
import { Rng } from '../../lib/rng.ts';
import { searchHomeFiles } from './archive.ts';
import { AlfworldEnv } from './engine.ts';
import { loadFiles } from './files.ts';
import type { Game } from './game.ts';
import { families, goalSentence } from './game.ts';
import type { GeneratedSplit, GeneratorOptions } from './generator.ts';
import { generateGame, generatedSplits, searchGame } from './generator.ts';
import { parseSentence, sentences } from './goal.ts';
import { plan } from './planner.ts';
import { readGameFile } from './problem.ts';
import { walk } from './replay.ts';
import { GameFiles } from './world.ts';
import { writeGameFile } from './writer.ts';

function homeFiles(split: GeneratedSplit, number: number, options: GeneratorOptions): [path: string, text: string][] {
  const search = searchHomeFiles(split, number, options);
  for (;;) {
    const { value, done } = search.next();
    if (done) return value;
  }
}

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

const perFamily = 1000;

test.each(families)(
  `the expert wins every one of ${perFamily} generated homes of kind %s, from the start and from the middle of play`,
  (family) => {
    for (let i = 0; i < perFamily; i++) {
      const game = generateGame('training', i, { seed: 31, families: [family], wording: i % 2 === 0 ? '0.4' : '0.3' });
      const env = new AlfworldEnv(game);
      expect((plan(env) as string[]).map((command) => env.step(command).won).at(-1)).toBe(true);
      // Whatever has been opened, taken and put down, the rest can still be planned, unless the hands hold for ever what no
      // receptacle takes: a teddy bear or a roll of paper, in the released games too.
      const [rng, later] = [new Rng(i), new AlfworldEnv(game)];
      let { admissible } = later.first;
      for (let t = 0; t < 30 && !later.won(); t++) ({ admissible } = later.step(rng.pick(admissible)));
      if (later.won()) continue;
      const rest = plan(later);
      const held = game.objects[later.state.held]?.kind;
      const stuck = held !== undefined && !Object.values(game.canContain).some((kinds) => kinds.includes(held));
      if (stuck) expect(['teddybear', 'papertowelroll']).toContain(held);
      else expect(rest?.map((command) => later.step(command).won).at(-1)).toBe(true);
    }
  },
);

test('homes are as hard as asked for: kinds of room, things in the way, doors, and how far it is', () => {
  const make = (options: Omit<GeneratorOptions, 'seed'>): Game[] =>
    Array.from({ length: 25 }, (_, i) => generateGame('training', i, { seed: 4, ...options }));
  for (const game of make({ rooms: ['bathroom'] })) expect(game.receptacles.map((r) => r.kind)).toContain('toilet');
  const [all, half, none] = [1, 0.5, 0].map((distractors) => make({ distractors, rooms: ['kitchen'] }));
  const things = (games: Game[] = []): number => games.reduce((sum, game) => sum + game.objects.length, 0);
  expect(things(half)).toBeLessThan(0.7 * things(all));
  for (const game of none ?? []) for (const { kind } of game.objects) expect([game.goal.object, game.goal.target]).toContain(kind);
  for (const game of half ?? []) expect(readGameFile(writeGameFile(game), game.id)?.objects).toEqual(game.objects);
  for (const hidden of [true, false]) {
    for (const game of make({ hidden })) {
      const wanted = game.objects.filter((o) => o.kind === game.goal.object);
      for (const o of wanted) expect(o.in.every((r) => game.receptacles[r]?.openable)).toBe(hidden);
    }
  }
  for (const game of make({ distance: [8, 9] })) expect([8, 9]).toContain(plan(new AlfworldEnv(game))?.length);
});

test('senseless difficulties, and such as no home has, are refused with a sentence', () => {
  const make = (options: Omit<GeneratorOptions, 'seed'>) => (): Game => generateGame('training', 0, { seed: 1, ...options });
  expect(make({ distractors: 2 })).toThrow('The share of distractors lies between 0 and 1; it cannot be 2.');
  expect(make({ distance: [9, 3] })).toThrow('cannot be at least 9 and at most 3 commands long');
  expect(make({ maxReceptacles: 0 })).toThrow('A home needs at least 1 receptacle, not 0.');
  expect(make({ families: ['heat'], rooms: ['bathroom'] })).toThrow(
    'No home of 5000 tried is as asked for (families heat, rooms bathroom)',
  );
});

test('rare homes are searched for until they are found, and what cannot be is told with what there is', () => {
  for (let i = 0; i < 3; i++) {
    const options = { seed: 1, hidden: true, distance: [9, 14], distractors: 1 } as const;
    const game = generateGame('training', i, options);
    expect(plan(new AlfworldEnv(game))?.length).toBeGreaterThanOrEqual(9);
    for (const o of game.objects.filter(({ kind }) => kind === game.goal.object))
      expect(o.in.every((r) => game.receptacles[r]?.openable)).toBe(true);
  }
});

test('a search tells how many it tried, and what there is where nothing is as asked for', () => {
  const search = searchGame('training', 0, { seed: 1, rooms: ['bathroom'], families: ['pick'], maxReceptacles: 3, distance: [40, 50] });
  const tried: number[] = [];
  const all = (): void => {
    for (const tries of search) tried.push(tries);
  };
  expect(all).toThrow(
    /^No home of 50000 tried is as asked for .* the shortest way takes \d to \d commands\. Ask for another distance, or more kinds of task, or more kinds of room, or more receptacles\.$/,
  );
  expect([tried[0], tried.at(-1)]).toEqual([500, 49_500]);
});

test('homes written as a download are found, read and split by this loader as the original would', async () => {
  const options = { seed: 8, rooms: ['bedroom', 'kitchen'] as const };
  const files = (['training', 'validation'] as const).flatMap((split) => [0, 1, 2, 3].flatMap((n) => homeFiles(split, n, options)));
  const { games, droppedCount } = await loadFiles(
    files.map(([path, text]) => ({ path, blob: new Blob([text]) })),
    'made',
  );
  expect([games.length, droppedCount]).toEqual([8, 0]);
  for (const game of games) expect(walk(game)).toBeNull();
  expect((await GameFiles.create('made', games)).splits).toMatchObject({ training: 4, validation: 4, train: 4, valid_seen: 4 });
  for (const [path, text] of files) {
    if (!path.endsWith('traj_data.json')) continue;
    const { task_type: type } = JSON.parse(text) as { task_type: string };
    expect(path).toContain(`/${type}-`);
  }
});

test('no home belongs to two splits, whatever the seeds', () => {
  const content = (game: Game): string => JSON.stringify([game.goal, game.start, game.receptacles, game.objects]);
  // So small and bare that the same one is often drawn again.
  const options = { rooms: ['bathroom'] as const, families: ['pick'] as const, maxReceptacles: 2, distractors: 0 };
  const bare = (split: GeneratedSplit, seed: number): Game[] =>
    Array.from({ length: 60 }, (_, i) => generateGame(split, i, { ...options, seed }));
  const bySplit = generatedSplits.map(
    (split) => new Set([1, 2].flatMap((seed) => [...many(split, 40, seed), ...bare(split, seed)].map(content))),
  );
  expect(Math.max(...bySplit.map((homes) => homes.size))).toBeLessThan(200);
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

test('every action of a written domain is told by the grammar beside it, in both wordings: the original engine needs it so', () => {
  for (const wording of ['0.4', '0.3'] as const) {
    const file = JSON.parse(writeGameFile(generateGame('training', 0, { seed: 1, wording }))) as Record<'pddl_domain' | 'grammar', string>;
    const names = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name]) => name as string).sort();
    const told = names(file.grammar, /^action (\w+)/gm);
    expect(names(file.pddl_domain, /\(:action (\w+)/g)).toEqual(told);
    expect(told.includes('help')).toBe(wording === '0.4');
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
    'No home of 5000 tried is as asked for (maxReceptacles 1, families cool)',
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
