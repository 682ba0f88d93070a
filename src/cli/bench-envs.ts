/** `npm run bench -- envs`: steps per second of one worker in both environments, loading games, and searching shops. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { AlfworldEnv } from '../envs/alfworld/engine.ts';
import type { Game } from '../envs/alfworld/game.ts';
import { generateGame } from '../envs/alfworld/generator.ts';
import { plan as planGame } from '../envs/alfworld/planner.ts';
import { readGameFile } from '../envs/alfworld/problem.ts';
import { writeGameFile } from '../envs/alfworld/writer.ts';
import { GameFiles } from '../envs/alfworld/world.ts';
import type { Env, World } from '../envs/env.ts';
import { RemoteHost } from '../envs/remote.ts';
import { serve } from '../envs/server.ts';
import { plan as planShopping } from '../envs/webshop/expert.ts';
import { makeCatalogue, makeProducts } from '../envs/webshop/made-shop.ts';
import { nounTable } from '../envs/webshop/nouns.ts';
import { suggestSearches } from '../envs/webshop/searches.ts';
import { stock } from '../envs/webshop/stock.ts';
import { MadeShop } from '../envs/webshop/world.ts';
import { systemClock } from '../lib/clock.ts';
import { sentence, UserError } from '../lib/errors.ts';
import { Rng } from '../lib/rng.ts';
import type { Bench } from './bench.ts';
import { wholeNumber } from './terminal.ts';

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- envs [options]',
    what: `Steps per second of both environments, game loads and searches per second, in this thread.
A step includes the observation, the list of admissible commands and the goal check; starting an episode counts as time, not
as a step. Policies decide beforehand or by one draw, so that only the environment is measured.`,
    options: {
      seconds: { value: 'N', default: '2', help: 'How long each row is measured.' },
      games: { value: 'ZIP', help: 'AlfWorld games to measure on as well, such as the official download.' },
      products: { value: 'N', default: '100000', help: 'Products of the large shop.' },
    },
  },
  run: async (values) => {
    const seconds = wholeNumber('seconds', values.seconds as string);
    const products = wholeNumber('products', values.products as string, 1000);
    const own = values.games === undefined ? null : await filesIn(values.games);
    const [load, cores] = [loadavg()[0] as number, availableParallelism()];
    if (load > cores / 2)
      console.error(`Load ${load.toFixed(1)} on ${cores} cores: others compute here too, so these figures are too low.`);
    const made = Array.from({ length: 200 }, (_, i) => generateGame('training', i, { seed: 1 }));
    await alfworld('generated', made, made.map(writeGameFile), seconds);
    if (own) {
      const games = own.flatMap((text, i) => readGameFile(text, `train/task/trial_${i}`) ?? []);
      await alfworld(basename(values.games as string), games, own, seconds);
    }
    await webshop(seconds, products);
  },
};

const print = (row: Record<string, string | number>): void => console.log(JSON.stringify(row));
const round = (number: number, digits = 0): number => Number(number.toFixed(digits));

/** Repeats a piece of work, after a third of the time to warm up. @returns pieces per second; `work` says how many it did. */
function rate(seconds: number, work: () => number): number {
  for (const warm = systemClock.seconds() + seconds / 3; systemClock.seconds() < warm;) work();
  const started = systemClock.seconds();
  let done = 0;
  let spent = 0;
  while (spent < seconds) {
    done += work();
    spent = systemClock.seconds() - started;
  }
  return done / spent;
}

const mostSteps = 50;

/** One episode of a policy that draws evenly from what is listed. @returns steps. */
function wander(env: Env, rng: Rng): number {
  let { admissible } = env.first;
  for (let t = 0; t < mostSteps; t++) {
    const result = env.step(admissible[rng.below(admissible.length)] as string);
    if (result.done) return t + 1;
    ({ admissible } = result);
  }
  return mostSteps;
}

function follow(env: Env, commands: readonly string[]): number {
  for (const command of commands) env.step(command);
  return commands.length;
}

/** Goes round a list. */
function turns<T>(list: readonly T[]): () => T {
  let at = 0;
  return () => list[at++ % list.length] as T;
}

/** @param files the texts of the games' files. */
async function alfworld(name: string, games: readonly Game[], files: readonly string[], seconds: number): Promise<void> {
  const env = 'alfworld';
  const rng = new Rng(1);
  const next = turns(games);
  const row = { env, games: name };
  print({ ...row, policy: 'random', stepsPerSecond: round(rate(seconds, () => wander(new AlfworldEnv(next()), rng))) });
  const planned = turns(games.map((game) => ({ game, commands: planGame(new AlfworldEnv(game)) ?? [] })));
  const expert = (): number => {
    const { game, commands } = planned();
    return follow(new AlfworldEnv(game), commands);
  };
  print({ ...row, policy: 'expert', stepsPerSecond: round(rate(seconds, expert)) });
  const world = await GameFiles.create(name, games);
  print({ ...row, policy: 'random', episodes: together, stepsPerSecond: round(await batched(world, seconds)) });

  // What a page keeps of a file that was read once: the game as JSON text.
  const texts = turns(games.map((game) => JSON.stringify(game)));
  const fromCache = rate(seconds, () => (new AlfworldEnv(JSON.parse(texts()) as Game), 1));
  print({ ...row, load: 'parsed text cache', loadsPerSecond: round(fromCache) });
  await fromFiles(row, files, seconds);
  if (name !== 'generated') return;
  let number = 0;
  const made = rate(seconds, () => (generateGame('validation', number++, { seed: 1 }), 1));
  print({ ...row, load: 'generator', loadsPerSecond: round(made) });
}

/** Reading each file from disk, parsing it and starting an episode. */
async function fromFiles(row: Record<string, string>, files: readonly string[], seconds: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'jerp-lab-bench-'));
  try {
    const paths = files.map((_, i) => join(folder, `${i}.tw-pddl`));
    for (const [i, text] of files.entries()) await writeFile(paths[i] as string, text);
    const started = systemClock.seconds();
    let loaded = 0;
    let bytes = 0;
    while (systemClock.seconds() - started < seconds) {
      const text = await readFile(paths[loaded % paths.length] as string, 'utf8');
      const game = readGameFile(text, 'bench');
      if (game) new AlfworldEnv(game);
      loaded++;
      bytes += text.length;
    }
    const perSecond = loaded / (systemClock.seconds() - started);
    print({ ...row, load: 'file', loadsPerSecond: round(perSecond), kilobytes: round(bytes / loaded / 1000) });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The game files in a zip. @throws UserError when there are none. */
async function filesIn(path: string): Promise<string[]> {
  try {
    const entries = unzipSync(await readFile(path), { filter: ({ name }) => name.endsWith('.tw-pddl') });
    const files = Object.values(entries).map((data) => strFromU8(data));
    if (files.length > 0) return files;
  } catch (error) {
    throw new UserError(`${path} cannot be read as a zip (${sentence(error)}); give the zip of the official download.`);
  }
  throw new UserError(`${path} holds no game.tw-pddl; give the zip of the official download.`);
}

/** Episodes that one worker plays side by side. */
const together = 256;

/** All episodes take a step with each message, as rollouts do; messages are copied as they are between workers. */
async function batched(world: World, seconds: number): Promise<number> {
  const { port1, port2 } = new MessageChannel();
  serve(port2, world);
  const host = new RemoteHost(port1);
  const rng = new Rng(1);
  const tasks = await host.tasks(
    'training',
    Array.from({ length: together }, (_, i) => i % Math.min(100, world.splits.training as number)),
  );
  const started = systemClock.seconds();
  let steps = 0;
  while (systemClock.seconds() - started < seconds) {
    const opened = await host.open(tasks);
    let playing = opened.map(({ episode, first }) => ({ episode, admissible: first.admissible }));
    for (let t = 0; t < mostSteps && playing.length > 0; t++) {
      const actions = playing.map(({ episode, admissible }) => ({ episode, action: admissible[rng.below(admissible.length)] as string }));
      const results = await host.step(actions);
      steps += results.length;
      playing = playing.flatMap(({ episode }, i) => (results[i]?.done ? [] : [{ episode, admissible: results[i]?.admissible ?? [] }]));
    }
    await host.close(opened.map(({ episode }) => episode));
  }
  const perSecond = steps / (systemClock.seconds() - started);
  port1.close();
  port2.close();
  return perSecond;
}

async function webshop(seconds: number, products: number): Promise<void> {
  const env = 'webshop';
  const world = await MadeShop.create({ seed: 1, products: 1000 });
  const tasks = Array.from({ length: 200 }, (_, i) => world.task('training', i));
  const next = turns(tasks);
  const rng = new Rng(1);
  print({ env, policy: 'random', stepsPerSecond: round(rate(seconds, () => wander(world.open(next()), rng))), products: 1000 });
  const nouns = nounTable({ get: (asin) => world.catalogue.notes.get(asin)?.nouns });
  const planned = tasks.flatMap((task) => {
    const goal = world.goal(task);
    const commands = planShopping(world.shop, goal, nouns, suggestSearches(goal.instruction));
    return commands ? [{ task, commands }] : [];
  });
  const plans = turns(planned);
  const expert = (): number => {
    const { task, commands } = plans();
    return follow(world.open(task), commands);
  };
  print({ env, policy: 'expert', stepsPerSecond: round(rate(seconds, expert)), products: 1000 });
  print({ env, policy: 'random', episodes: together, stepsPerSecond: round(await batched(world, seconds)), products: 1000 });

  for (const size of new Set([1000, 10_000, products])) {
    const started = systemClock.seconds();
    const catalogue = makeCatalogue(makeProducts({ seed: 1, products: size }));
    print({ env, load: 'made-up shop', products: size, seconds: round(systemClock.seconds() - started, 2) });
    const { goals } = stock(catalogue, 'human', 1);
    const requests = Array.from({ length: 1000 }, (_, i) => suggestSearches(goals.goal(i % goals.size).instruction));
    const titles = catalogue.products.slice(0, 1000).map(({ title }) => title);
    const kinds = { requests: requests.map((some) => some[0] ?? ''), things: requests.map((some) => some.at(-1) ?? ''), titles };
    for (const [kind, queries] of Object.entries(kinds)) {
      // Past the shop, which keeps the lists of searches that it has seen.
      const query = turns(queries);
      const searches = rate(seconds, () => (catalogue.index.search(query(), 50), 1));
      print({ env, search: kind, products: size, milliseconds: round(1000 / searches, 3) });
    }
  }
}
