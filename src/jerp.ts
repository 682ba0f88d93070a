/**
 * JERP: joint learning of experiential rules and policies (arXiv 2606.27136, Algorithm 1). START HERE.
 *
 * One iteration learns two things from the same rollouts: the adapter's weights, by a clipped group-relative policy
 * step, and the rule pool, by contrasting the rollouts with earlier successes. Departures from the paper:
 *
 *  1. "Task d", the key of K(d) and T+(d), is the task's family (AlfWorld's six kinds, or the shop): pools per single
 *     game could not help a game that was never seen. What a rule says about a thing is kept in a pool of that thing,
 *     and K(d) is the union of the two (`rules/keys.ts`; the setting `keys` takes this back): ranked by score in one
 *     pool, places of other objects crowd the k working rules.
 *  2. Several tasks make one iteration (the paper samples one; its code base batches 16), and their rollouts share
 *     one policy update. Edits of one group are seen by the reflection on the next.
 *  3. The KL term is on, with beta 0.2, where the LoRA recipe that the paper builds on leaves it out: without it the small
 *     policy unlearns in twenty iterations what it did well from the start.
 *  4. Only tokens at which the decoder had a choice carry loss: actions are decoded along a trie of the admissible
 *     commands, in sampling and in training alike, and a forced token has probability one under both policies. Where a first
 *     token is weighed by how much of what would follow is admissible (`policy/llama/session.ts`), the weight found in sampling is
 *     a constant of the ratio and of the KL term, without a gradient.
 *  5. Where the paper is silent: scores and deltas from ExpeL (`rules/pool.ts`), at most four edits a call and one
 *     per rule, groups won throughout may only upvote and merge, and groups lost throughout are reflected on only
 *     when there is a reference success.
 *  6. The edits are written by the `Reflector` of the run; its name stands in the manifest. It is the policy itself with
 *     its adapter off (`rules/policy-reflector.ts`), as the paper has a frozen language model, or a program that compares
 *     episodes (`rules/contrast.ts`).
 *  7. T+(d) keeps the shortest success of each task, a few per family; the paper keeps the union of all.
 *  8. The loss is the mean over trajectories of each one's mean over its chosen tokens (GRPO's own 1/|o_i|); that recipe takes
 *     the mean over all tokens, so that long failures outweigh short successes. The paper's discount of 0.95, which plain GRPO
 *     has no use for, is left out. The defaults (rank 8, learning rate 1e-3) are for the small policy; the paper's are 64 and 3e-6.
 *  9. The adapter's alpha is twice its rank (the setting `alphaFactor`); the paper's equals it, 64 and 64.
 * 10. The shop's reward is the score of the purchase, between 0 and 1; that recipe pays for a full score only.
 * 11. A training episode has 30 steps at most; the paper's have 50, and 15 in the shop. Evaluation takes 50 in both.
 * 12. The prompt holds the whole episode so far; that recipe shows the last two pairs of observation and action.
 */
import { measureAbsorption } from './algo/absorption.ts';
import { groupAdvantages } from './algo/advantage.ts';
import { clippedSurrogate } from './algo/grpo.ts';
import { remember } from './algo/references.ts';
import { rollOut } from './algo/rollout.ts';
import { isMixed, summarise } from './algo/summary.ts';
import type { IterationInput, IterationResult, RulesFor } from './methods/method.ts';
import { keyFunction } from './rules/keys.ts';
import { admitEdits, PoolLog, pruneActions, workingRules, type Pool } from './rules/pool.ts';
import type { ProposedEdit } from './rules/reflector.ts';
import type { Group, RuleEvent, UpdateStats } from './types.ts';

/** K~(d): the k best rules of the task's pools. */
export const topRules: RulesFor = (pool, task, { keys, k }) => workingRules(pool, keyFunction(keys)(task), k);

export async function jerp(input: IterationInput): Promise<IterationResult> {
  const { iteration, tasks, policy, host, config, rng, watch } = input;
  const { pool, references } = input.knowledge;

  // T_d: N rollouts of each task under theta_old and K~(d), which is fixed for the whole episode.
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

  // A_i, relative to the other rollouts of the same task (eq. 17-19).
  for (const group of groups) {
    const advantages_G = groupAdvantages(group.rollouts.map((rollout) => rollout.trajectory.reward));
    group.rollouts.forEach((rollout, i) => (rollout.trajectory.advantage = advantages_G[i] as number));
  }
  await watch.phase('advantage', groups.filter(isMixed).length, groups.length);
  // How much the policy that played still needed its rules; measured before it changes.
  const absorption = await measureAbsorption(policy, rollouts, pool, config.absorption);

  // (A) Policy step: theta <- theta + grad of the clipped surrogate.
  const update = await policyStep(groups, input);

  // (B) Rule step, from the same rollouts: contrast with T+(d), edit, prune.
  const edited = await editRules(groups, input);

  // T+(d) grows only now: a group is never contrasted with itself.
  const keyOf = (task: Group['task']) => keyFunction(config.keys)(task)[0] as string;
  return {
    knowledge: { pool: edited.pool, references: remember(references, trajectories, config.references, keyOf) },
    events: edited.events,
    trajectories,
    metrics: summarise({ iteration, groups, rolloutTokens: tokensFed, update, absorption, ...edited }),
  };
}

/**
 * The loss is -1/M sum_i 1/|tau_i| sum_t l_{i,t} over all M trajectories of the iteration. Only those of mixed groups are computed:
 * any other has advantage zero and adds nothing but its number (its KL term is left out), so that the fewer groups are mixed, the
 * smaller the step.
 * @returns null when no group is mixed: the weights stay as they are.
 */
export async function policyStep(groups: Group[], { policy, config, rng, watch }: IterationInput): Promise<UpdateStats | null> {
  const played = groups.reduce((sum, { rollouts }) => sum + rollouts.length, 0);
  const mixed = groups.filter(isMixed).flatMap(({ rollouts }) => rollouts.filter(({ tokens }) => tokens.choices.length > 0));
  if (mixed.length === 0) return null;
  await watch.phase('step', 0, 1);
  const reference = config.kl > 0 ? await policy.logprobs(mixed.map(({ tokens }) => tokens), { adapter: false }) : [];
  // An update takes the mean over choices; with these weights one over everything is the mean over trajectories of each one's mean.
  // With more minibatches each step is that of its own trajectories, times the mean number of choices over its own: a scale that AdamW evens out.
  const choices = mixed.reduce((sum, { tokens }) => sum + tokens.choices.length, 0);
  return policy.update(
    mixed.map(({ tokens, trajectory }, i) => ({
      tokens,
      advantage: trajectory.advantage,
      weight: choices / (played * tokens.choices.length),
      refLogprobs: reference[i],
    })),
    {
      loss: clippedSurrogate({ clip: config.clip, beta: config.kl }),
      clip: config.clip,
      learningRate: config.lr,
      weightDecay: config.weightDecay,
      maxGradNorm: config.maxGradNorm || Infinity,
      minibatches: config.minibatches,
      epochs: config.epochs,
      rng: rng.split('update'),
      onProgress: (done, total) => watch.phase('step', done, total),
    },
  );
}

interface Edited {
  pool: Pool;
  events: RuleEvent[];
  dropped: number;
  reflectionTokens: number;
}

/** O(d) <- ReflectAndEdit(K(d), T_d, T+(d)); K(d) <- Apply(K(d), O(d)); prune by threshold and capacity. */
export async function editRules(groups: Group[], input: IterationInput): Promise<Edited> {
  const { iteration, reflector, knowledge, config, watch } = input;
  const fed = reflector.tokensFed;
  const log = new PoolLog(knowledge.pool, iteration);
  let dropped = 0;

  for (const [d, { task, rollouts }] of groups.entries()) {
    await watch.phase('edit', d, groups.length, task.goal);
    const group = rollouts.map((rollout) => rollout.trajectory);
    const keys = keyFunction(config.keys)(task);
    const references = knowledge.references[keys[0] as string] ?? [];
    const anyWon = group.some((trajectory) => trajectory.won);
    const allWon = group.every((trajectory) => trajectory.won);
    if (!anyWon && references.length === 0) continue;

    const proposed = await reflector.reflect({ keys, pool: log.pool, group, references });
    const allowed = allWon ? proposed.filter(({ edit }) => edit.op === 'UPVOTE' || edit.op === 'MERGE') : proposed;
    const { kept } = admitEdits(log.pool, allowed.map(({ edit }) => edit));
    dropped += proposed.length - kept.length;
    for (const edit of kept) {
      const { why, trajectories } = allowed.find((proposal) => proposal.edit === edit) as ProposedEdit;
      log.record('reflector', edit, why, trajectories);
    }
    for (const action of keys.flatMap((key) => pruneActions(log.pool, key, config.capacity))) {
      const limit = action.op === 'PRUNE' && action.reason === 'capacity';
      log.record('pool', action, limit ? `More than ${config.capacity} rules in one pool.` : 'Its score fell to zero.');
    }
  }
  return { pool: log.pool, events: log.events, dropped, reflectionTokens: reflector.tokensFed - fed };
}
