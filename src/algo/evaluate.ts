/** Success on a fixed panel, one episode per task. */
import type { EnvHost } from '../envs/env.ts';
import type { Panel } from '../envs/panel.ts';
import type { Rng } from '../lib/rng.ts';
import { mean, wilson } from '../lib/stats.ts';
import type { Policy } from '../policy/policy.ts';
import type { Evaluation, Rule, Task, Trajectory } from '../types.ts';
import { rollOut } from './rollout.ts';

/** Episodes played side by side: enough to fill the batch, few enough for the memory of a tab. */
const BATCH = 64;

export interface EvaluateOptions {
  policy: Policy;
  host: EnvHost;
  panel: Panel;
  /** The working rules of a task; an empty list for every task measures the policy alone. */
  rulesFor: (task: Task) => Rule[];
  rules: 'pool' | 'none';
  adapter: boolean;
  steps: number;
  decoding?: 'constrained' | 'free';
  rng: Rng;
  iteration: number;
  onStep?: (trajectories: readonly Trajectory[], finished: number) => Promise<void> | void;
}

/** Sampling temperature of evaluation, as in verl-agent's validation. */
const TEMPERATURE = 0.4;

export async function evaluate(options: EvaluateOptions): Promise<{ evaluation: Evaluation; trajectories: Trajectory[] }> {
  const { policy, host, panel, rulesFor, rules, adapter, steps, decoding, rng, iteration, onStep } = options;
  const played: Trajectory[] = [];
  let tokens = 0;
  policy.useAdapter(adapter);
  try {
    for (let start = 0; start < panel.tasks.length; start += BATCH) {
      const { groups, tokensFed } = await rollOut({
        policy,
        host,
        tasks: panel.tasks.slice(start, start + BATCH),
        copies: 1,
        rulesFor,
        steps,
        temperature: TEMPERATURE,
        decoding,
        rng: rng.split('evaluate', start),
        name: `eval${iteration}-${start / BATCH}`,
        onStep: (trajectories, finished) => onStep?.([...played, ...trajectories], played.length + finished),
      });
      played.push(...groups.flatMap((group) => group.rollouts.map((rollout) => rollout.trajectory)));
      tokens += tokensFed;
    }
  } finally {
    policy.useAdapter(true);
  }
  const byType: Evaluation['byType'] = {};
  for (const { task, won } of played) {
    const cell = (byType[task.family] ??= { won: 0, n: 0 });
    cell.n++;
    if (won) cell.won++;
  }
  const won = played.filter((trajectory) => trajectory.won).length;
  const evaluation: Evaluation = {
    iteration,
    panel: panel.name,
    panelHash: panel.hash,
    won,
    n: played.length,
    success: played.length === 0 ? 0 : won / played.length,
    ci95: wilson(won, played.length),
    score: mean(played.map((trajectory) => trajectory.reward)),
    byType,
    rules,
    adapter,
    rewards: played.map((trajectory) => trajectory.reward),
    tokens,
  };
  return { evaluation, trajectories: played };
}
