import { expect, test } from 'vitest';
import { Rng } from '../../lib/rng.ts';
import { AlfworldEnv } from './engine.ts';
import type { ExpertOptions } from './expert.ts';
import { knowsEverything, namesIn, SearchingExpert } from './expert.ts';
import type { Family, Game, Wording } from './game.ts';
import { goalSentence } from './game.ts';
import { generateGame } from './generator.ts';
import { list } from './texts.ts';

interface Played {
  won: boolean;
  commands: string[];
  /** Commands that were not on offer. */
  strange: string[];
}

function play(game: Game, options: Partial<ExpertOptions> = {}): Played {
  const env = new AlfworldEnv(game);
  const expert = new SearchingExpert(goalSentence(game), env.first.text, {
    knows: knowsEverything,
    hints: [],
    rng: new Rng(1).split(game.id),
    ...options,
  });
  const played: Played = { won: false, commands: [], strange: [] };
  let observation = env.first;
  while (!played.won && played.commands.length < 50) {
    const command = expert.next(observation);
    if (expert.finished) break;
    if (!observation.admissible.includes(command)) played.strange.push(command);
    played.commands.push(command);
    const result = env.step(command);
    played.won = result.won;
    observation = result;
  }
  return played;
}

const homes = (count: number, families?: Family[], wording?: Wording): Game[] =>
  Array.from({ length: count }, (_, i) => generateGame('training', i, { seed: 11, families, wording }));
const share = (played: Played[]): number => played.filter((p) => p.won).length / played.length;

test('the expert that knows everything wins at least 95 % of generated homes, in both wordings', () => {
  for (const wording of ['0.3', '0.4'] as const)
    expect(share(homes(150, undefined, wording).map((game) => play(game)))).toBeGreaterThanOrEqual(0.95);
});

test('it only sends commands that are on offer, and never the same one twice in a row', () => {
  for (const { commands, strange } of homes(150).map((game) => play(game))) {
    expect(strange).toEqual([]);
    commands.forEach((command, i) => expect(command).not.toBe(commands[i - 1]));
  }
});

test('without the procedure it puts things down as they are and does not win', () => {
  const nothing = { clean: false, heat: false, cool: false, two: false, look: false };
  for (const game of homes(60, ['clean', 'heat'])) {
    const { won, commands } = play(game, { knows: nothing });
    expect(won).toBe(false);
    expect(commands.filter((c) => /^(clean|heat) /.test(c))).toEqual([]);
    expect(commands.filter((c) => c.startsWith('move ')).length).toBeLessThanOrEqual(1);
  }
  expect(share(homes(60, ['look']).map((game) => play(game, { knows: nothing })))).toBe(0);
  expect(share(homes(100, ['two']).map((game) => play(game, { knows: nothing })))).toBeLessThan(0.4);
});

test('a true hint shortens the search', () => {
  const games = homes(150, ['pick', 'heat']);
  const steps = (played: Played[]): number => played.reduce((sum, p) => sum + p.commands.length, 0);
  const hinted = games.map((game) => {
    const object = game.objects.find((o) => o.kind === game.goal.object);
    const receptacle = game.receptacles[object?.in[0] ?? 0]?.kind ?? '';
    return play(game, { hints: [{ object: game.goal.object, receptacle }] });
  });
  expect(steps(hinted)).toBeLessThan(0.95 * steps(games.map((game) => play(game))));
});

test('lists are read as they are written', () => {
  for (const names of [[], ['apple 1'], ['apple 2', 'apple 1'], ['a 3', 'b 2', 'c 1']]) expect(namesIn(list(names))).toEqual(names);
});

test('a task in other words is refused with a sentence that shows it', () => {
  const make = (): SearchingExpert => new SearchingExpert('tidy up', '', { knows: knowsEverything, hints: [], rng: new Rng(1) });
  expect(make).toThrow('The expert cannot read the task "tidy up"');
});
