/** What one rule is worth: the same games played with the pool and with the pool that lacks it, the same draws in both. */
import type { EnvHost } from '../envs/env.ts';
import { Rng } from '../lib/rng.ts';
import { mean } from '../lib/stats.ts';
import type { Policy } from '../policy/policy.ts';
import type { Pool } from '../rules/pool.ts';
import type { Rule, Task, Trajectory } from '../types.ts';
import { rollOut } from './rollout.ts';

/** Sampling temperature of evaluation, as in `evaluate.ts`. */
const TEMPERATURE = 0.4;

export interface WithoutRuleOptions {
  policy: Policy;
  host: EnvHost;
  pool: Pool;
  rule: string;
  /** Games whose prompt holds the rule; in any other nothing would change. */
  tasks: Task[];
  rulesFor: (pool: Pool, task: Task) => Rule[];
  steps: number;
  rng: Rng;
  /** Episodes over, of twice the number of tasks; throwing from it cancels. */
  onStep?: (finished: number, trajectories: readonly Trajectory[]) => void | Promise<void>;
}

/** Paired results of n games. */
export interface WithoutRule {
  n: number;
  /** Mean reward with the rule, and without it. */
  withRule: number;
  without: number;
  /** Games that only one of the two won. */
  onlyWith: number;
  onlyWithout: number;
  /** 95 % interval of the difference of the means: percentiles of 2,000 paired bootstrap samples. */
  ci95: [number, number];
}

/** The pool as if a person had switched the rule off: the next one moves up into the prompt. */
export function poolWithout(pool: Pool, id: string): Pool {
  const rule = pool.rules.get(id);
  if (!rule) throw new Error(`There is no rule ${id} in this pool.`);
  return { ...pool, rules: new Map(pool.rules).set(id, { ...rule, status: 'disabled' }) };
}

export async function playWithout({
  policy,
  host,
  pool,
  rule,
  tasks,
  rulesFor,
  steps,
  rng,
  onStep,
}: WithoutRuleOptions): Promise<WithoutRule> {
  const lacking = poolWithout(pool, rule);
  const play = async (used: Pool, name: string, before: number) => {
    const { groups } = await rollOut({
      policy,
      host,
      tasks,
      copies: 1,
      rulesFor: (task) => rulesFor(used, task),
      steps,
      temperature: TEMPERATURE,
      // Split anew for each: the two ways of a game differ by the rule alone.
      rng: rng.split('play'),
      name,
      onStep: (trajectories, finished) => onStep?.(before + finished, trajectories),
    });
    const played = groups.map(({ rollouts }) => (rollouts[0] as (typeof rollouts)[number]).trajectory);
    // Those that reached the step limit are over too.
    await onStep?.(before + tasks.length, played);
    return played;
  };
  const told = await play(pool, 'with', 0);
  const untold = await play(lacking, 'without', tasks.length);
  const differences = told.map(({ reward }, i) => reward - (untold[i] as Trajectory).reward);
  return {
    n: tasks.length,
    withRule: mean(told.map(({ reward }) => reward)),
    without: mean(untold.map(({ reward }) => reward)),
    onlyWith: told.filter(({ won }, i) => won && !untold[i]?.won).length,
    onlyWithout: untold.filter(({ won }, i) => won && !told[i]?.won).length,
    ci95: bootstrap(differences, rng.split('bootstrap')),
  };
}

/** 2.5 and 97.5 percentiles of the mean over resampled values. */
function bootstrap(values: readonly number[], rng: Rng): [number, number] {
  if (values.length === 0) return [0, 0];
  const samples = 2000;
  const means = Array.from({ length: samples }, () => mean(values.map(() => values[rng.below(values.length)] as number))).sort(
    (a, b) => a - b,
  );
  return [means[Math.floor(samples * 0.025)] as number, means[Math.ceil(samples * 0.975) - 1] as number];
}
