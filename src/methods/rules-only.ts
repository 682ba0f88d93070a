/**
 * JERP's rules without its weights: one cell of the 2 x 2. Differs from jerp.ts in that the policy step (A) is left out;
 * the weights stay those of the base policy.
 */
import { measureAbsorption } from '../algo/absorption.ts';
import { groupAdvantages } from '../algo/advantage.ts';
import { remember } from '../algo/references.ts';
import { rollOut } from '../algo/rollout.ts';
import { isMixed, summarise } from '../algo/summary.ts';
import { editRules, topRules } from '../jerp.ts';
import { keyFunction } from '../rules/keys.ts';
import type { Group } from '../types.ts';
import type { IterationInput, IterationResult } from './method.ts';

export async function rulesOnly(input: IterationInput): Promise<IterationResult> {
  const { iteration, tasks, policy, host, config, rng, watch } = input;
  const { pool, references } = input.knowledge;

  await watch.phase('retrieve', 0, tasks.length);
  await watch.phase('act', 0, tasks.length * config.group);
  const { groups, tokensFed } = await rollOut({
    policy,
    host,
    tasks,
    copies: config.group,
    rulesFor: (task) => topRules(pool, task, config),
    steps: config.steps,
    temperature: config.temperature,
    rng: rng.split('rollout'),
    name: String(iteration),
    onStep: watch.episodes,
  });
  const rollouts = groups.flatMap((group) => group.rollouts);
  const trajectories = rollouts.map((rollout) => rollout.trajectory);
  await watch.phase('reward', trajectories.filter((trajectory) => trajectory.won).length, trajectories.length);

  // Nothing is learnt from advantages here; they are still shown beside the episodes.
  for (const group of groups) {
    const advantages_G = groupAdvantages(group.rollouts.map((rollout) => rollout.trajectory.reward));
    group.rollouts.forEach((rollout, i) => (rollout.trajectory.advantage = advantages_G[i] as number));
  }
  await watch.phase('advantage', groups.filter(isMixed).length, groups.length);
  const absorption = await measureAbsorption(policy, rollouts, pool, config.absorption);

  const edited = await editRules(groups, input);

  const keyOf = (task: Group['task']) => keyFunction(config.keys)(task)[0] as string;
  return {
    knowledge: { pool: edited.pool, references: remember(references, trajectories, config.references, keyOf) },
    events: edited.events,
    trajectories,
    metrics: summarise({ iteration, groups, rolloutTokens: tokensFed, absorption, ...edited }),
  };
}
