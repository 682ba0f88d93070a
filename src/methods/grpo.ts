/**
 * GRPO: weights only. Differs from jerp.ts in that no rules stand in the prompt and the rule step (B) is left out.
 * Advantages and policy step are the same, so that the comparison is about the rules.
 */
import { groupAdvantages } from '../algo/advantage.ts';
import { rollOut } from '../algo/rollout.ts';
import { isMixed, summarise } from '../algo/summary.ts';
import { policyStep } from '../jerp.ts';
import type { IterationInput, IterationResult, RulesFor } from './method.ts';

export const noRules: RulesFor = () => [];

export async function grpo(input: IterationInput): Promise<IterationResult> {
  const { iteration, tasks, policy, host, knowledge, config, rng, watch } = input;

  await watch.phase('act', 0, tasks.length * config.group);
  const { groups, tokensFed } = await rollOut({
    policy,
    host,
    tasks,
    copies: config.group,
    rulesFor: () => [],
    steps: config.steps,
    temperature: config.temperature,
    rng: rng.split('rollout'),
    name: String(iteration),
    onStep: watch.episodes,
  });
  const trajectories = groups.flatMap((group) => group.rollouts.map((rollout) => rollout.trajectory));
  await watch.phase('reward', trajectories.filter((trajectory) => trajectory.won).length, trajectories.length);

  for (const group of groups) {
    const advantages_G = groupAdvantages(group.rollouts.map((rollout) => rollout.trajectory.reward));
    group.rollouts.forEach((rollout, i) => (rollout.trajectory.advantage = advantages_G[i] as number));
  }
  await watch.phase('advantage', groups.filter(isMixed).length, groups.length);

  const update = await policyStep(groups, input);

  return {
    knowledge,
    events: [],
    trajectories,
    metrics: summarise({ iteration, groups, rolloutTokens: tokensFed, update, pool: knowledge.pool }),
  };
}
