/** Measures one rule of a stored run in the worker: its policy plays the same games with the rule and without it. */
import { playWithout } from '../algo/without-rule.ts';
import type { EnvHost } from '../envs/env.ts';
import { UserError } from '../lib/errors.ts';
import { Rng } from '../lib/rng.ts';
import { methods } from '../methods/all.ts';
import type { Policy } from '../policy/policy.ts';
import { foldPool } from '../rules/pool.ts';
import type { RuleTrial, RunStore } from '../storage/store.ts';
import type { Task } from '../types.ts';

/** Validation games are looked through for those whose prompt holds the rule: this many at most. */
const LOOKED_AT = 1000;

/** Thrown out of the middle when a person stops it. */
export class Stopped extends Error {
  override name = 'Stopped';
}

export interface TrialDeps {
  policy: Policy;
  host: EnvHost;
  store: RunStore;
  stopAsked: () => boolean;
  progress: (done: number, total: number) => void;
}

/**
 * @param games most games to play (each twice); fewer when the rule stands in fewer prompts.
 * @throws UserError when the rule stands in no prompt, or the run cannot be played here; Stopped when it was stopped.
 */
export async function tryWithout(
  { policy, host, store, stopAsked, progress }: TrialDeps,
  runId: string,
  rule: string,
  games: number,
): Promise<RuleTrial> {
  const run = await store.run(runId);
  const checkpoint = await store.checkpoint(runId);
  if (!run || !checkpoint)
    throw new UserError(`${runId} has no stored iteration yet, so there is no policy to measure the rule with; train one first.`);
  const world = await host.info();
  if (world.hash !== run.world.hash)
    throw new UserError(`${runId} was trained on "${run.world.name}", but "${world.name}" is loaded; load those games again.`);
  const { config } = run;
  const method = methods[config.method];
  if (!method) throw new UserError(`There is no method named ${config.method}, so its prompts are not known.`);
  const pool = foldPool(await store.events(runId));
  const size = Math.min(LOOKED_AT, world.splits.validation ?? 0);
  const tasks: Task[] = [];
  for (let start = 0; start < size && tasks.length < games; start += 50) {
    const some = await host.tasks(
      'validation',
      Array.from({ length: Math.min(50, size - start) }, (_, i) => start + i),
    );
    tasks.push(...some.filter((task) => method.rulesFor(pool, task, config).some(({ id }) => id === rule)));
  }
  tasks.splice(games);
  if (tasks.length === 0)
    throw new UserError(
      `In none of ${size} validation games does rule ${rule.slice(1)} stand in the prompt, so nothing would change without it.`,
    );
  await policy.importAdapter(checkpoint.adapter);
  progress(0, 2 * tasks.length);
  const result = await playWithout({
    policy,
    host,
    pool,
    rule,
    tasks,
    rulesFor: (used, task) => method.rulesFor(used, task, config),
    steps: config.evalSteps,
    rng: new Rng(config.seed).split('without', rule),
    onStep: async (finished) => {
      // A stop is heard between two messages only.
      await new Promise((done) => setTimeout(done));
      if (stopAsked()) throw new Stopped('The measurement was stopped.');
      progress(finished, 2 * tasks.length);
    },
  });
  return { rule, text: pool.rules.get(rule)?.text ?? '', iteration: checkpoint.iteration, result };
}
