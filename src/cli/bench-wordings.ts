/** `npm run bench -- wordings`: how far the embedded policy follows rules in words that it never read in pre-training. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { evaluate } from '../algo/evaluate.ts';
import { LocalHost } from '../envs/host.ts';
import { makePanel } from '../envs/panel.ts';
import { UserError } from '../lib/errors.ts';
import { Rng } from '../lib/rng.ts';
import { bootstrap, mean } from '../lib/stats.ts';
import { keyFunction } from '../rules/keys.ts';
import { emptyPool, workingRules, type Pool } from '../rules/pool.ts';
import { defaultConfig } from '../trainer/config.ts';
import type { Bench } from './bench.ts';
import { openPolicy, workersOf, workersOption } from './policy.ts';
import { openPool } from './pool.ts';
import { ProgressLine, wholeNumber } from './terminal.ts';
import { openWorld, worldOptions } from './worlds.ts';

/** Task types that are won by going round by a workplace or twice, which only a rule says. */
const NEEDING = /clean|heat|cool|two/;

const ready = 'none,public/pools,public/pools/typed';

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- wordings --games games.zip [options]',
    what: `Plays the games of a split with each of several pools that say the same in other words. A row per pool: share of games won and of those that need
a procedure (in the shop: the score), with bootstrap intervals (95 %, seeds and games resampled); a last row for the pools of a folder "typed" together.`,
    options: {
      env: { value: 'NAME', default: 'alfworld', help: 'alfworld or webshop.' },
      policy: { value: 'NAME', default: 'tiny', help: 'A folder of public/models, or the path of one.' },
      ...worldOptions,
      split: { value: 'NAME', default: 'valid_seen', help: 'A folder of the games, or validation or test of what is generated.' },
      pools: { value: 'LIST', default: ready, help: 'Pools, folders of pools (of which those of the environment are taken), or none.' },
      limit: { value: 'N', default: '140', help: 'Most games.' },
      seeds: { value: 'N', default: '1', help: 'How often each game is played.' },
      steps: { value: 'N', default: '50', help: 'Most actions in an episode.' },
      workers: workersOption,
    },
  },
  run: async (values) => {
    const env = values.env as string;
    const seeds = wholeNumber('seeds', values.seeds as string);
    const steps = wholeNumber('steps', values.steps as string);
    const files = (values.pools as string).split(',').flatMap((path) => (path === 'none' ? [path] : poolsAt(path, env)));
    if (files.length === 0) throw new UserError(`There is no pool for ${env} in "${values.pools}"; write files, folders or none.`);
    const pools = await Promise.all(files.map(async (file): Promise<Pool> => (file === 'none' ? emptyPool : openPool(file))));
    const host = new LocalHost(await openWorld(env, values));
    const panel = await makePanel(host, values.split as string, wholeNumber('limit', values.limit as string));
    const policy = await openPolicy(values.policy as string, 'wasm', workersOf(values.workers));
    const keysOf = keyFunction(defaultConfig.keys);
    const line = new ProgressLine();
    const total = files.length * seeds * panel.tasks.length;
    const needing = panel.tasks.map((task) => NEEDING.test(task.family));
    const typed: Rows[] = [];
    for (const [p, file] of files.entries()) {
      const rows: Rows = { won: [], score: [] };
      for (let seed = 1; seed <= seeds; seed++) {
        const { trajectories } = await evaluate({
          policy,
          host,
          panel,
          rulesFor: (task) => workingRules(pools[p] as Pool, keysOf(task), defaultConfig.k),
          rules: file === 'none' ? 'none' : 'pool',
          adapter: false,
          steps,
          rng: new Rng(seed).split('evaluation'),
          iteration: 0,
          onStep: (_trajectories, finished) =>
            line.show(
              (p * seeds + seed - 1) * panel.tasks.length + finished,
              total,
              `${basename(file, '.rules.json')}, seed ${seed} of ${seeds}`,
            ),
        });
        rows.won.push(trajectories.map(({ won }) => (won ? 1 : 0)));
        rows.score.push(trajectories.map(({ reward }) => reward));
      }
      console.log(JSON.stringify({ bench: 'wordings', pool: file, ...summary(rows, needing, env), games: panel.tasks.length, seeds }));
      if (file.includes('typed')) typed.push(rows);
    }
    if (typed.length > 1) {
      const all: Rows = { won: typed.flatMap(({ won }) => won), score: typed.flatMap(({ score }) => score) };
      const each = typed.map(({ won, score }) => percent(mean((env === 'webshop' ? score : won).flat())));
      const row = {
        pool: `all ${typed.length} typed pools`,
        ...summary(all, needing, env),
        least: Math.min(...each),
        most: Math.max(...each),
      };
      console.log(JSON.stringify({ bench: 'wordings', ...row }));
    }
    line.end();
    policy.dispose();
  },
};

/** Of each seed (and, together, of each pool) the games' outcomes: won or not, and reward. */
interface Rows {
  won: number[][];
  score: number[][];
}

/** A pool, or those of the environment in a folder, in the order of their numbers. */
function poolsAt(path: string, env: string): string[] {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) throw new UserError(`There is no pool and no folder "${path}".`);
  if (!found.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.startsWith(env) && name.endsWith('.rules.json'));
  return names.sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).map((name) => join(path, name));
}

const percent = (share: number): number => Number((100 * share).toFixed(1));

function summary(rows: Rows, needing: readonly boolean[], env: string): object {
  const measure = (values: number[][]) => ({
    mean: percent(mean(values.flat())),
    ci95: bootstrap(values, new Rng(1).split('wordings')).map(percent),
  });
  const won = measure(rows.won);
  if (env === 'webshop') return { won, score: measure(rows.score) };
  return { won, needingProcedure: measure(rows.won.map((row) => row.filter((_, game) => needing[game]))) };
}
