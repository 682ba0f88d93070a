/**
 * Prompting only: a fixed pool in the prompt and nothing learnt. Differs from jerp.ts in that both steps, (A) and (B),
 * are left out. The pool is what was put there before the run: `--rules FILE`, or imported and switched on on the page.
 */
import { rollOut } from '../algo/rollout.ts';
import { summarise } from '../algo/summary.ts';
import { topRules } from '../jerp.ts';
import type { IterationInput, IterationResult } from './method.ts';

export async function promptOnly({ iteration, tasks, policy, host, knowledge, config, rng, watch }: IterationInput): Promise<IterationResult> {
  await watch.phase('retrieve', 0, tasks.length);
  await watch.phase('act', 0, tasks.length * config.group);
  const { groups, tokensFed } = await rollOut({
    policy,
    host,
    tasks,
    copies: config.group,
    rulesFor: (task) => topRules(knowledge.pool, task, config),
    steps: config.steps,
    temperature: config.temperature,
    rng: rng.split('rollout'),
    name: String(iteration),
    onStep: watch.episodes,
  });
  const trajectories = groups.flatMap((group) => group.rollouts.map((rollout) => rollout.trajectory));
  await watch.phase('reward', trajectories.filter((trajectory) => trajectory.won).length, trajectories.length);

  return {
    knowledge,
    events: [],
    trajectories,
    metrics: summarise({ iteration, groups, rolloutTokens: tokensFed, pool: knowledge.pool }),
  };
}
