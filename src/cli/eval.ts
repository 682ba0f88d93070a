/** `npm run eval`: success by task type on a split, with or without rules and adapter. */
import { evaluate } from '../algo/evaluate.ts';
import { LocalHost } from '../envs/host.ts';
import { systemClock } from '../lib/clock.ts';
import { UserError } from '../lib/errors.ts';
import { wilson } from '../lib/stats.ts';
import { Rng } from '../lib/rng.ts';
import { keyFunction } from '../rules/keys.ts';
import { emptyPool, foldPool, workingRules, type Pool } from '../rules/pool.ts';
import { defaultConfig } from '../trainer/config.ts';
import { openAdapter } from './adapter.ts';
import { checkWeights, openRun, panelOf } from './eval-inputs.ts';
import { openPool } from './pool.ts';
import { openPolicy, policyOption, workersOf, workersOption } from './policy.ts';
import { ProgressLine, readArguments, runCommand, wholeNumber } from './terminal.ts';
import { openWorld, worldOptions } from './worlds.ts';

const help = {
  usage: 'npm run eval -- --env alfworld --games games.zip --split valid_seen [options]',
  what: `Plays every task of a split once and prints one JSON line: success with Wilson intervals, in all and by task type.
Ready pools lie in public/pools. With --run, rules and adapter of that run are used.`,
  options: {
    env: { value: 'NAME', default: 'alfworld', help: 'alfworld or webshop.' },
    ...worldOptions,
    split: { value: 'NAME', default: 'validation', help: 'training, validation, test, or a folder of the games.' },
    policy: policyOption,
    run: { value: 'FILE', help: 'A run written by npm run train or exported from the page, of this environment and policy.' },
    rules: { value: 'FILE', help: "none, or a rules JSON; by default the run's own pool, else none." },
    adapter: {
      value: 'on|off|PATH',
      default: 'on',
      help: "Whether the run's adapter is used; or another one: a file of jerp-lab's, or PEFT's folder.",
    },
    limit: { value: 'N', default: '200', help: 'Most tasks.' },
    decoding: { value: 'NAME', default: 'constrained', help: 'constrained to the admissible commands, or free.' },
    steps: { value: 'N', default: '50', help: 'Most actions in an episode.' },
    k: { value: 'N', default: String(defaultConfig.k), help: 'Working rules in the prompt.' },
    seed: { value: 'N', default: '1', help: 'Fixes the sampling.' },
    backend: { value: 'NAME', default: 'wasm', help: 'wasm, cpu, or webgpu: a graphics card with a Vulkan driver.' },
    workers: workersOption,
  },
};

await runCommand(async () => {
  const { values, positionals } = readArguments(help);
  if (positionals.length > 0) throw new UserError(`"${positionals[0]}" is not an option; write --name value. See --help.`);
  const { decoding } = values;
  if (decoding !== 'constrained' && decoding !== 'free') throw new UserError(`--decoding must be constrained or free, not "${decoding}".`);
  const number = (name: string, least?: number) => wholeNumber(name, values[name] as string, least);
  const [limit, steps, k, seed] = [number('limit'), number('steps'), number('k', 0), number('seed', 0)];
  const workers = workersOf(values.workers);
  const run = values.run === undefined ? null : await openRun(values.run, values.env as string);
  const host = new LocalHost(await openWorld(values.env, values));
  const split = values.split as string;
  const { splits } = await host.info();
  const there = Object.entries(splits).flatMap(([name, size]) => (size > 0 ? [Number.isFinite(size) ? `${name} (${size})` : name] : []));
  if (!Object.hasOwn(splits, split) || splits[split] === 0) {
    const what = Object.hasOwn(splits, split) ? `Nothing is in the split "${split}"` : `There is no split "${split}"`;
    throw new UserError(`${what} here; there are ${there.join(', ')}.`);
  }
  const panel = await panelOf(host, split, limit);
  const policy = await openPolicy(values.policy as string, values.backend as string, workers);

  const named = values.adapter === 'on' || values.adapter === 'off' ? null : (values.adapter as string);
  if (named !== null && policy.info.adapterParameters === 0)
    throw new UserError(`The policy ${policy.info.name} takes no adapter; leave out --adapter, or give another --policy.`);
  if (run && values.adapter === 'on') checkWeights(run, policy.info);
  const weights = named !== null ? await openAdapter(named, policy.info) : values.adapter === 'on' ? run?.checkpoint?.adapter : undefined;
  if (weights) await policy.importAdapter(weights);
  let pool: Pool = run ? foldPool(run.events) : emptyPool;
  if (values.rules === 'none') pool = emptyPool;
  else if (values.rules !== undefined) pool = await openPool(values.rules);

  const line = new ProgressLine();
  const keysOf = keyFunction(run?.manifest.config.keys ?? defaultConfig.keys);
  const started = systemClock.seconds();
  const { evaluation } = await evaluate({
    policy,
    host,
    panel,
    rulesFor: (task) => workingRules(pool, keysOf(task), k),
    rules: pool === emptyPool ? 'none' : 'pool',
    adapter: weights !== undefined && policy.info.adapterParameters > 0,
    steps,
    decoding,
    rng: new Rng(seed).split('evaluation'),
    iteration: run?.checkpoint?.iteration ?? 0,
    onStep: (_trajectories, finished) => line.show(finished, panel.tasks.length, `${finished} of ${panel.tasks.length} episodes over`),
  });
  line.end();
  const { success, n, ci95, byType, score, adapter, panelHash } = evaluation;
  const rules = values.rules ?? (run ? 'run' : 'none');
  console.log(
    JSON.stringify({
      success,
      n,
      ci95,
      byType: Object.fromEntries(Object.entries(byType).map(([type, { won, n }]) => [type, { won, n, ci95: wilson(won, n) }])),
      score,
      split,
      panelHash,
      policy: policy.info.name,
      policyHash: policy.info.hash,
      backend: policy.info.backend,
      rules,
      k,
      adapter,
      decoding,
      steps,
      seed,
      seconds: Number((systemClock.seconds() - started).toFixed(1)),
    }),
  );
});
