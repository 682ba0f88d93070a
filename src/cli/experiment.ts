/** `npm run experiment -- NAME`: a whole table of methods and seeds, from runs that are kept and resumed. */
import { mkdir, readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { UserError } from '../lib/errors.ts';
import { readRules } from '../storage/transfer.ts';
import { readConfig, settings } from '../trainer/config.ts';
import { digest, envsOf, experimentNamed, keptTable, tableName, type Kept } from './experiment/asked.ts';
import { experiments, type Done, type Request } from './experiment/definitions.ts';
import { describeJob, keyOf, sizeOf, type Job, type PlainRule, type Result, type Setup } from './experiment/jobs.ts';
import { markdown } from './experiment/report.ts';
import { doJobs, keptResult, keptSeconds, resultsFolder, writeWhole } from './experiment/workers.ts';
import { settingOptions } from './setting-options.ts';
import { duration, ProgressLine, readArguments, runCommand, wholeNumber, type Option } from './terminal.ts';

/** Options on which no table depends. */
const beside = ['workers', 'fresh'];

/** Settings that the experiment itself chooses. */
const chosen = ['method', 'env', 'seed'];

const help = {
  usage: `npm run experiment -- ${Object.keys(experiments).join('|')} [options]`,
  what: `${Object.entries(experiments)
    .map(([name, { what }]) => `${name.padEnd(17)} ${what}`)
    .join('\n')}

Finished runs are kept in public/results/runs and used by every experiment that needs them; a run that was killed goes on
where its last iteration ended. The table is written to public/results/NAME.json and NAME.md, or NAME-ENV where one environment of two is asked for.`,
  options: {
    summary: { help: 'Prints the kept result and runs nothing.' },
    plan: { help: 'Prints what would be run and how long it would take, and runs nothing.' },
    fresh: { help: 'Computes everything anew: reads no kept or unfinished run, and overwrites the kept ones.' },
    env: { value: 'NAME', help: "alfworld, webshop or both; each experiment has its own default." },
    games: { value: 'PATH', help: 'AlfWorld: a zip or folder with game.tw-pddl files; without it, generated homes.' },
    shop: { value: 'PATH', help: 'WebShop: a folder with items_*.json files; without it, the made-up shop.' },
    seeds: { value: 'N', help: 'Runs of each method, with the seeds 1 to N; each experiment has its own default.' },
    workers: { value: 'N', default: String(availableParallelism()), help: 'Runs at the same time.' },
    pairs: { value: 'N', default: '300', help: 'Contrast pairs of the reflector experiment.' },
    policy: { value: 'NAME', default: 'tiny', help: 'Folder of weights below public/models.' },
    backend: { value: 'NAME', default: 'wasm', help: 'wasm or cpu.' },
    ...Object.fromEntries(Object.entries(settingOptions).filter(([name]) => !chosen.includes(name))),
  } as Record<string, Option>,
};

await runCommand(async () => {
  const { values, positionals } = readArguments(help);
  const { name, experiment } = experimentNamed(positionals);
  const envs = envsOf(values.env, experiment.envs);
  const table = tableName(name, values.env, experiment.envs);
  if (values.summary === 'true') return print(await keptTable(resultsFolder, name, table));

  const workers = wholeNumber('workers', values.workers as string);
  const fresh = values.fresh === 'true';
  const request = await requestOf(values, experiment.seeds, envs);
  const line = new ProgressLine();
  const results = new Map<string, Result>();
  const done: Done = (job) => {
    const result = results.get(keyOf(job));
    if (!result) throw new Error(`The result of "${describeJob(job)}" is missing.`);
    return result;
  };
  if (values.plan === 'true') return plan(experiment.stages[0]?.(request, done) ?? [], experiment.stages.length, workers, fresh);
  for (const stage of experiment.stages) {
    for (const [key, result] of await doJobs(stage(request, done), workers, line, { fresh })) results.set(key, result);
  }
  const report = experiment.report(request, done);
  const command = commandOf(name, values);
  await mkdir(resultsFolder, { recursive: true });
  await writeWhole(join(resultsFolder, `${table}.json`), `${JSON.stringify({ experiment: table, command, ...report } satisfies Kept)}\n`);
  await writeWhole(join(resultsFolder, `${table}.md`), markdown(table, experiment.what, command, report));
  print({ experiment: table, command, ...report });
});

async function requestOf(values: Record<string, string | undefined>, seeds: number, envs: string[]): Promise<Request> {
  const { config, problems } = readConfig(Object.fromEntries(Object.entries(values).filter(([option]) => option in settings && !chosen.includes(option))));
  if (problems.length > 0) throw new UserError(problems.join('\n'));
  if (values.backend !== 'wasm' && values.backend !== 'cpu') throw new UserError(`--backend must be wasm or cpu, not "${values.backend ?? ''}".`);
  const count = values.seeds === undefined ? seeds : wholeNumber('seeds', values.seeds);
  const root = resolve(resultsFolder, '..');
  const setup: Setup = {
    policy: values.policy as string,
    backend: values.backend,
    games: values.games === undefined ? null : resolve(values.games),
    shop: values.shop === undefined ? null : resolve(values.shop),
    digests: {
      policy: values.policy === 'uniform' ? 'uniform' : await digest(join(root, 'models', values.policy as string, 'tensor-cache.json'), `There is no policy named "${values.policy ?? ''}"; see public/models.`),
      alfworld: values.games === undefined ? 'made' : await digest(values.games, `There is no file or folder ${values.games}; give a zip or folder with game.tw-pddl files.`),
      webshop: values.shop === undefined ? 'made' : await digest(values.shop, `There is no folder ${values.shop}; give a folder with items_*.json files.`),
    },
  };
  const pools = new Map<string, PlainRule[]>();
  for (const env of envs) {
    const file = join(root, 'pools', `${env}-right.rules.json`);
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) console.error(`There is no ready pool ${basename(file)}, so prompting alone is left out on ${env}.`);
    else pools.set(env, readRules(text, basename(file)).rules);
  }
  return {
    setup,
    config,
    envs,
    seeds: Array.from({ length: count }, (_, i) => i + 1),
    pairs: wholeNumber('pairs', values.pairs as string),
    rightPool: (env) => pools.get(env) ?? null,
  };
}

/** The command that makes the same file again; a path is only named, since it differs between machines. */
function commandOf(name: string, values: Record<string, string | undefined>): string {
  const given = Object.entries(values).filter(([option, value]) => value !== undefined && value !== 'false' && value !== help.options[option]?.default && !beside.includes(option));
  return ['npm run experiment --', name, ...given.map(([option, value]) => `--${option} ${option === 'games' || option === 'shop' ? basename(value as string) : value}`)].join(' ');
}

function print({ experiment, command, ...report }: Kept): void {
  const what = Object.entries(experiments).find(([name]) => experiment === name || experiment.startsWith(`${name}-`))?.[1].what;
  console.log(markdown(experiment, what ?? '', command, report));
  console.log(JSON.stringify({ rows: report.rows.map(({ method, env, success, ci95, score, seeds, episodes, tokens }) => ({ method, env, success, ci95, score, seeds, episodes, tokens })) }));
}

/** Runs x iterations x seconds, from what finished runs took. */
async function plan(jobs: Job[], stages: number, workers: number, fresh: boolean): Promise<void> {
  const timings = Object.values(await keptSeconds());
  const kinds = new Map<string, { runs: number; kept: number; units: number; seconds: number | null }>();
  for (const job of new Map(jobs.map((one) => [keyOf(one), one])).values()) {
    const kind = describeJob(job).replace(/, seed \d+$/, '');
    const timed = timings.filter(({ what }) => what.startsWith(`${kind},`) || what === kind);
    const perUnit = timed.length === 0 ? null : timed.reduce((sum, one) => sum + (one.all ?? one.edit ?? one.evaluate ?? 0) / one.size, 0) / timed.length;
    const row = kinds.get(kind) ?? { runs: 0, kept: 0, units: 0, seconds: perUnit };
    row.runs++;
    if (!fresh && (await keptResult(job))) row.kept++;
    else row.units += sizeOf(job);
    kinds.set(kind, row);
  }
  const known = [...kinds.values()].flatMap(({ seconds }) => seconds ?? []);
  const typical = known.length === 0 ? null : known.reduce((a, b) => a + b, 0) / known.length;
  let all = 0;
  for (const [kind, { runs, kept: finished, units, seconds }] of kinds) {
    const each = seconds ?? typical;
    all += (each ?? 0) * units;
    console.log(`${kind.padEnd(40)} ${runs} runs, ${finished} kept; ${units} iterations left x ${each === null ? '? s' : `${each.toFixed(1)} s${seconds === null ? ' (as the others)' : ''}`}`);
  }
  const later = stages > 1 ? ' What follows from the results (panels of pools) comes on top.' : '';
  console.log(typical === null ? 'Nothing has been timed yet: run one method with --seeds 1 --iterations 1 to have an estimate.' : `About ${duration(all / workers)} with ${workers} at a time.${later}`);
  console.log(JSON.stringify({ plan: [...kinds].map(([kind, row]) => ({ kind, ...row })), seconds: typical === null ? null : Math.round(all / workers) }));
}
