/** `npm run train`: a whole run without a browser, on the same core. */
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { LocalHost } from '../envs/host.ts';
import { systemClock } from '../lib/clock.ts';
import { sentence, UserError } from '../lib/errors.ts';
import { runName } from '../lib/names.ts';
import { Rng } from '../lib/rng.ts';
import { foldPool, rulesOf } from '../rules/pool.ts';
import { MemoryStore } from '../storage/memory.ts';
import { readRules, runToText } from '../storage/transfer.ts';
import { reflectorFor } from '../trainer/reflectors.ts';
import { readConfig, type RunConfig } from '../trainer/config.ts';
import { TrainingRun } from '../trainer/session.ts';
import type { Evaluation, Metrics } from '../types.ts';
import { openAdapter } from './adapter.ts';
import { openPolicy, policyOption, workersOf, workersOption } from './policy.ts';
import { settingOptions } from './setting-options.ts';
import { ProgressLine, readArguments, readText, runCommand, type Option } from './terminal.ts';
import { openWorld, worldOptions } from './worlds.ts';

const help = {
  usage: 'npm run train -- --env alfworld --games games.zip --method jerp --seed 1 --iterations 10 --out run.json',
  what: `Trains without a browser and prints success before and after on a fixed panel of validation tasks. The file
written by --out holds everything but wall-clock times: the same seed on wasm gives the same bytes.`,
  options: {
    ...worldOptions,
    out: { value: 'FILE', help: 'Where the run is written as JSON (rules, metrics, episodes, adapter); gzipped when the name ends in .gz.' },
    rules: { value: 'FILE', help: 'A rules JSON whose rules stand in the pool from the start (ready ones lie in public/pools).' },
    adapter: { value: 'PATH', help: 'An adapter to begin with: a file that jerp-lab exported, or the folder of a PEFT adapter.' },
    policy: policyOption,
    backend: { value: 'NAME', default: 'wasm', help: 'wasm, cpu, or webgpu: a graphics card with a Vulkan driver.' },
    workers: workersOption,
    ...settingOptions,
  } as Record<string, Option>,
};

await runCommand(async () => {
  const { values, positionals } = readArguments(help);
  if (positionals.length > 0) throw new UserError(`"${positionals[0]}" is not an option; write --name value. See --help.`);
  const { config, problems } = readConfig(values);
  if (problems.length > 0) throw new UserError(problems.join('\n'));

  if (values.out) {
    // Before an hour of training, not after it.
    const out = values.out;
    await writeFile(out, '', { flag: 'a' }).catch((error: unknown) => {
      throw new UserError(`The file ${out} cannot be written (${sentence(error)}); give another path to --out.`);
    });
  }
  const host = new LocalHost(await openWorld(config.env, values));
  const policy = await openPolicy(values.policy as string, values.backend as string, workersOf(values.workers));
  const adapter = values.adapter === undefined ? undefined : await openAdapter(values.adapter, policy.info);
  const store = new MemoryStore();
  const id = runName(new Rng(config.seed).split('name', JSON.stringify(config)));
  const line = new ProgressLine();
  /** Episodes or parts of the phase under way, in all. */
  let of = 0;
  const show = (metrics: Metrics) => {
    line.end();
    console.error(describe(metrics, config));
  };
  const run = await TrainingRun.create(
    {
      policy,
      host,
      store,
      reflector: reflectorFor(config.reflector, policy),
      clock: systemClock,
      pauseAsked: () => false,
      progress: {
        phase: (iteration, phase, done, total) => {
          of = total;
          line.show(iteration, config.iterations + 1, `iteration ${iteration} of ${config.iterations}: ${phase} ${done}/${total}`);
        },
        episodes: (iteration, phase, _trajectories, finished) =>
          line.show(iteration, config.iterations + 1, `iteration ${iteration} of ${config.iterations}: ${phase} ${finished}/${of}`),
        iteration: show,
      },
    },
    { id, config, gameSet: null, ...(adapter ? { adapter } : {}) },
  );
  if (values.rules !== undefined) {
    const shared = readRules(await readText(values.rules), values.rules);
    console.error(shared.report);
    await run.startWith(shared.rules, shared.name);
  }
  const rows: Metrics[] = [];
  while (!run.done) rows.push(await run.iterate());

  const events = await store.events(id);
  if (values.out) {
    const checkpoint = await store.checkpoint(id);
    if (!checkpoint) throw new Error('The finished run has no checkpoint.');
    const text = runToText({
      format: 'jerp-lab run',
      version: 1,
      // Times differ from run to run; they are printed, not kept, so that equal runs are equal files.
      manifest: { ...run.manifest, createdAt: 0 },
      metrics: rows.map((row) => ({ ...row, seconds: {} })),
      events,
      trajectories: await store.trajectories(id),
      checkpoint,
    });
    await writeFile(values.out, values.out.endsWith('.gz') ? gzipSync(text, { level: 9 }) : text);
  }
  const pool = foldPool(events);
  for (const scope of new Set([...pool.rules.values()].map((rule) => rule.scope))) {
    for (const rule of rulesOf(pool, scope).slice(0, config.k)) console.error(`${scope.padEnd(6)} ${String(rule.score).padStart(3)}  ${rule.text}`);
  }
  console.log(JSON.stringify(summary(rows, run)));
});

function describe(metrics: Metrics, config: RunConfig): string {
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  const won = metrics.episodes === 0 ? 'before training' : `${percent(metrics.trainSuccess)} of ${metrics.episodes} won, ${metrics.mixedGroups} of ${config.tasks} groups mixed`;
  const step = metrics.update ? `, KL ${metrics.update.kl.toFixed(4)}, entropy ${metrics.update.entropy.toFixed(2)}` : '';
  const edits = Object.entries(metrics.edits).map(([op, n]) => `${n} ${op}`);
  const panel = metrics.evaluation ? `; panel ${percent(metrics.evaluation.success)} of ${metrics.evaluation.n}` : '';
  return `${metrics.iteration}: ${won}${step}, ${metrics.activeRules} rules${edits.length ? ` (${edits.join(', ')})` : ''}${panel}`;
}

function summary(rows: readonly Metrics[], run: TrainingRun) {
  const evaluations = rows.flatMap((row) => (row.evaluation ? [row.evaluation] : []));
  const short = (evaluation: Evaluation | undefined) => evaluation && { success: evaluation.success, ci95: evaluation.ci95, n: evaluation.n, byType: evaluation.byType };
  const seconds: Record<string, number> = {};
  for (const row of rows) for (const [phase, spent] of Object.entries(row.seconds)) seconds[phase] = Number(((seconds[phase] ?? 0) + spent).toFixed(2));
  const sum = (pick: (row: Metrics) => number) => rows.reduce((total, row) => total + pick(row), 0);
  return {
    run: run.manifest.id,
    method: run.manifest.config.method,
    seed: run.manifest.config.seed,
    iterations: run.iteration,
    episodes: sum((row) => row.episodes),
    panel: run.manifest.panel,
    before: short(evaluations[0]),
    after: short(evaluations.at(-1)),
    rules: rows.at(-1)?.activeRules,
    tokens: { rollouts: sum((row) => row.rolloutTokens), updates: sum((row) => row.updateTokens), evaluation: sum((row) => row.evaluation?.tokens ?? 0) },
    seconds,
  };
}
