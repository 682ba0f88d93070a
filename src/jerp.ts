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
 *  3. beta is 0 by default: no KL term to the base policy, as in the LoRA recipe that the paper builds on.
 *  4. Only tokens at which the decoder had a choice carry loss: actions are decoded along a trie of the admissible
 *     commands, in sampling and in training alike, and a forced token has probability one under both policies.
 *  5. Where the paper is silent: scores and deltas from ExpeL (`rules/pool.ts`), at most four edits a call and one
 *     per rule, groups won throughout may only upvote and merge, and groups lost throughout are reflected on only
 *     when there is a reference success.
 *  6. The edits are written by the `Reflector` of the run; its name stands in the manifest. So far that is a program that
 *     compares episodes (`rules/contrast.ts`), where the paper has a frozen language model.
 *  7. T+(d) keeps the shortest success of each task, a few per family; the paper keeps the union of all.
 *  8. The loss is the mean over all chosen tokens of a minibatch; the paper's discount of 0.95, which plain GRPO has no
 *     use for, is left out. The defaults (rank 8, learning rate 2e-3) are for the small policy; the paper's are 64 and 3e-6.
 */
import { groupAdvantages } from './algo/advantage.ts';
import { clippedSurrogate } from './algo/grpo.ts';
import { remember } from './algo/references.ts';
import { rollOut } from './algo/rollout.ts';
import { mean } from './lib/stats.ts';
import type { IterationInput, IterationResult } from './methods/method.ts';
import { keyFunction } from './rules/keys.ts';
import { admitEdits, applyEvent, pruneActions, workingRules, type Pool } from './rules/pool.ts';
import type { ProposedEdit } from './rules/reflector.ts';
import type { Group, PoolAction, RuleEvent, Task, UpdateStats } from './types.ts';

export async function jerp(input: IterationInput): Promise<IterationResult> {
  const { iteration, tasks, policy, host, config, rng, watch } = input;
  const { pool, references } = input.knowledge;

  // K~(d): the k best rules of each family, fixed for the whole episode.
  await watch.phase('retrieve', 0, tasks.length);
  const keysOf = keyFunction(config.keys);
  const rulesFor = (task: Task) => workingRules(pool, keysOf(task), config.k);

  // T_d: N rollouts of each task under theta_old and K~(d).
  await watch.phase('act', 0, tasks.length * config.group);
  const { groups, tokensFed } = await rollOut({
    policy,
    host,
    tasks,
    copies: config.group,
    rulesFor,
    steps: config.steps,
    temperature: config.temperature,
    rng: rng.split('rollout'),
    name: String(iteration),
    onStep: watch.episodes,
  });
  const trajectories = groups.flatMap((group) => group.rollouts.map((rollout) => rollout.trajectory));
  const won = trajectories.filter((trajectory) => trajectory.won).length;
  await watch.phase('reward', won, trajectories.length);

  // A_i, relative to the other rollouts of the same task (eq. 17-19).
  for (const group of groups) {
    const advantages_G = groupAdvantages(group.rollouts.map((rollout) => rollout.trajectory.reward));
    group.rollouts.forEach((rollout, i) => (rollout.trajectory.advantage = advantages_G[i] as number));
  }
  const mixed = groups.filter(isMixed);
  await watch.phase('advantage', mixed.length, groups.length);

  // (A) Policy step: theta <- theta + grad of the clipped surrogate.
  const update = mixed.length === 0 ? null : await policyStep(mixed, input);

  // (B) Rule step, from the same rollouts: contrast with T+(d), edit, prune.
  const rules = await editRules(groups, input);

  // T+(d) grows only now: a group is never contrasted with itself.
  return {
    knowledge: { pool: rules.pool, references: remember(references, trajectories, config.references, (task) => keysOf(task)[0] as string) },
    events: rules.events,
    trajectories,
    metrics: {
      iteration,
      trainSuccess: won / trajectories.length,
      episodes: trajectories.length,
      mixedGroups: mixed.length,
      meanTurns: mean(trajectories.map((trajectory) => trajectory.turns.length)),
      rolloutTokens: tokensFed,
      updateTokens: update?.tokens ?? 0,
      update,
      edits: countByOperation(rules.events),
      droppedEdits: rules.dropped,
      activeRules: [...rules.pool.rules.values()].filter((rule) => rule.status === 'active').length,
    },
  };
}

/** A group whose rewards differ; any other has only zero advantages. */
function isMixed(group: Group): boolean {
  return group.rollouts.some((rollout) => rollout.trajectory.advantage !== 0);
}

async function policyStep(groups: Group[], { policy, config, rng, watch }: IterationInput): Promise<UpdateStats> {
  await watch.phase('step', 0, 1);
  const rollouts = groups.flatMap((group) => group.rollouts).filter((rollout) => rollout.tokens.choices.length > 0);
  const sequences = rollouts.map(({ tokens, trajectory }) => ({ tokens, advantage: trajectory.advantage }));
  const reference = config.kl > 0 ? await policy.logprobs(sequences.map((sequence) => sequence.tokens), { adapter: false }) : [];
  return policy.update(
    sequences.map((sequence, i) => ({ ...sequence, refLogprobs: reference[i] })),
    {
      loss: clippedSurrogate({ clip: config.clip, beta: config.kl }),
      clip: config.clip,
      learningRate: config.lr,
      weightDecay: 0,
      maxGradNorm: 1,
      minibatches: config.minibatches,
      epochs: 1,
      rng: rng.split('update'),
      onProgress: (done, total) => watch.phase('step', done, total),
    },
  );
}

/** O(d) <- ReflectAndEdit(K(d), T_d, T+(d)); K(d) <- Apply(K(d), O(d)); prune by threshold and capacity. */
async function editRules(groups: Group[], input: IterationInput): Promise<{ pool: Pool; events: RuleEvent[]; dropped: number }> {
  const { iteration, reflector, knowledge, config, watch } = input;
  let pool = knowledge.pool;
  const events: RuleEvent[] = [];
  let dropped = 0;
  const record = (by: RuleEvent['by'], action: PoolAction, why: string, trajectories: string[]) => {
    const event: RuleEvent = { seq: pool.length, iteration, by, action, why, trajectories };
    pool = applyEvent(pool, event);
    events.push(event);
  };

  for (const [d, { task, rollouts }] of groups.entries()) {
    await watch.phase('edit', d, groups.length, task.goal);
    const group = rollouts.map((rollout) => rollout.trajectory);
    const keys = keyFunction(config.keys)(task);
    const references = knowledge.references[keys[0] as string] ?? [];
    const anyWon = group.some((trajectory) => trajectory.won);
    const allWon = group.every((trajectory) => trajectory.won);
    if (!anyWon && references.length === 0) continue;

    const proposed = await reflector.reflect({ keys, pool, group, references });
    const allowed = allWon ? proposed.filter(({ edit }) => edit.op === 'UPVOTE' || edit.op === 'MERGE') : proposed;
    const { kept } = admitEdits(pool, allowed.map(({ edit }) => edit));
    dropped += proposed.length - kept.length;
    for (const edit of kept) {
      const { why, trajectories } = allowed.find((proposal) => proposal.edit === edit) as ProposedEdit;
      record('reflector', edit, why, trajectories);
    }
    for (const action of keys.flatMap((key) => pruneActions(pool, key, config.capacity))) {
      const limit = action.op === 'PRUNE' && action.reason === 'capacity';
      record('pool', action, limit ? `More than ${config.capacity} rules in one pool.` : 'Its score fell to zero.', []);
    }
  }
  return { pool, events, dropped };
}

function countByOperation(events: readonly RuleEvent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { action } of events) counts[action.op] = (counts[action.op] ?? 0) + 1;
  return counts;
}
