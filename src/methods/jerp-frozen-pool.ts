/**
 * JERP with a frozen pool, the paper's ablation (fig. 3). Differs from jerp.ts in one line: after the first
 * `poolIterations` iterations the rule step (B) is left out and the pool stays as it is, everything else equal. The
 * paper says "the initial stage" without a number.
 */
import { measureAbsorption } from '../algo/absorption.ts';
import { groupAdvantages } from '../algo/advantage.ts';
import { remember } from '../algo/references.ts';
import { rollOut } from '../algo/rollout.ts';
import { isMixed, summarise } from '../algo/summary.ts';
import { editRules, policyStep, topRules } from '../jerp.ts';
import { keyFunction } from '../rules/keys.ts';
import type { Group } from '../types.ts';
import type { IterationInput, IterationResult } from './method.ts';

export async function jerpFrozenPool(input: IterationInput): Promise<IterationResult> {
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

  for (const group of groups) {
    const advantages_G = groupAdvantages(group.rollouts.map((rollout) => rollout.trajectory.reward));
    group.rollouts.forEach((rollout, i) => (rollout.trajectory.advantage = advantages_G[i] as number));
  }
  await watch.phase('advantage', groups.filter(isMixed).length, groups.length);
  const absorption = await measureAbsorption(policy, rollouts, pool, config.absorption);

  const update = await policyStep(groups, input);

  // The difference: the pool is frozen after the initial stage.
  const frozen = { pool, events: [], dropped: 0, reflectionTokens: 0 };
  const edited = iteration <= config.poolIterations ? await editRules(groups, input) : frozen;

  const keyOf = (task: Group['task']) => keyFunction(config.keys)(task)[0] as string;
  return {
    knowledge: { pool: edited.pool, references: remember(references, trajectories, config.references, keyOf) },
    events: edited.events,
    trajectories,
    metrics: summarise({ iteration, groups, rolloutTokens: tokensFed, update, absorption, ...edited }),
  };
}
