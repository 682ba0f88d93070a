/**
 * Training-free GRPO (arXiv 2510.08191): the group's contrast goes into a library of experiences instead of a gradient.
 * Differs from jerp.ts in:
 *
 *  - no policy step, no scores: an experience is there or not;
 *  - one library for all tasks, all of it in the prompt;
 *  - only groups with both wins and losses (0 < mean reward < 1) are reflected on, all of them on the library as it was
 *    before the iteration; their operations ADD, UPDATE, DELETE are then reconciled: DELETE beats UPDATE, the first UPDATE of an
 *    experience stands, equal ADDs become one;
 *  - an experience has at most 32 words.
 *
 * Departures: (1) one call a group, where the original first summarises every rollout and has a model reconcile;
 * (2) the run's reflector speaks JERP's operations: EDIT is UPDATE, DOWNVOTE is DELETE, a MERGE updates the first and
 * deletes the others, UPVOTE changes nothing; (3) experiences keep their ids, so that their history can be read;
 * (4) a library at capacity takes no more ADDs, since the prompt has to fit the context.
 */
import { rollOut } from '../algo/rollout.ts';
import { summarise } from '../algo/summary.ts';
import { PoolLog, rulesUnder, whyInvalid } from '../rules/pool.ts';
import type { ProposedEdit } from '../rules/reflector.ts';
import type { PoolAction } from '../types.ts';
import { wholeList } from './expel.ts';
import type { IterationInput, IterationResult } from './method.ts';

const LIBRARY = 'all';
const MOST_WORDS = 32;

export async function trainingFreeGrpo(input: IterationInput): Promise<IterationResult> {
  const { iteration, tasks, policy, host, reflector, knowledge, config, rng, watch } = input;
  const { pool } = knowledge;

  await watch.phase('retrieve', 0, tasks.length);
  await watch.phase('act', 0, tasks.length * config.group);
  const { groups, tokensFed } = await rollOut({
    policy,
    host,
    tasks,
    copies: config.group,
    rulesFor: (task) => wholeList(pool, task, config),
    steps: config.steps,
    temperature: config.temperature,
    rng: rng.split('rollout'),
    name: String(iteration),
    onStep: watch.episodes,
  });
  const trajectories = groups.flatMap((group) => group.rollouts.map((rollout) => rollout.trajectory));
  await watch.phase('reward', trajectories.filter((trajectory) => trajectory.won).length, trajectories.length);

  const fed = reflector.tokensFed;
  const proposed: ProposedEdit[] = [];
  for (const [d, { task, rollouts }] of groups.entries()) {
    await watch.phase('edit', d, groups.length, task.goal);
    const group = rollouts.map((rollout) => rollout.trajectory);
    const rewards = new Set(group.map((trajectory) => trajectory.reward));
    if (rewards.size < 2) continue;
    proposed.push(...(await reflector.reflect({ keys: [LIBRARY], pool, group, references: [] })));
  }
  const log = new PoolLog(pool, iteration);
  const room = config.capacity - rulesUnder(pool, [LIBRARY]).length;
  const operations = reconcile(proposed, room);
  let done = 0;
  for (const { action, why, trajectories: seen } of operations) {
    // An UPDATE may now say what another experience says.
    if (whyInvalid(log.pool, action)) continue;
    log.record('reflector', action, why, seen);
    done++;
  }

  return {
    knowledge: { ...knowledge, pool: log.pool },
    events: log.events,
    trajectories,
    metrics: summarise({
      iteration,
      groups,
      rolloutTokens: tokensFed,
      reflectionTokens: reflector.tokensFed - fed,
      pool: log.pool,
      events: log.events,
      dropped: proposed.filter(({ edit }) => edit.op !== 'UPVOTE').length - done,
    }),
  };
}

interface Operation {
  action: PoolAction;
  why: string;
  trajectories: string[];
}

/** The batch's operations without contradictions: deletions, then updates of what is left, then at most `room` additions. */
export function reconcile(proposed: readonly ProposedEdit[], room: number): Operation[] {
  const deleted = new Map<string, Operation>();
  const updated = new Map<string, Operation>();
  const added = new Map<string, Operation>();
  const first = (map: Map<string, Operation>, key: string, operation: Operation) => map.has(key) || map.set(key, operation);
  for (const { edit, why, trajectories } of proposed) {
    if ('text' in edit && edit.text.split(/\s+/).length > MOST_WORDS) continue;
    const remove = (id: string) => first(deleted, id, { action: { op: 'PRUNE', id, reason: 'deleted' }, why, trajectories });
    const update = (id: string, text: string) => first(updated, id, { action: { op: 'EDIT', id, text }, why, trajectories });
    if (edit.op === 'ADD') first(added, edit.text, { action: edit, why, trajectories });
    else if (edit.op === 'EDIT') update(edit.id, edit.text);
    else if (edit.op === 'DOWNVOTE') remove(edit.id);
    else if (edit.op === 'MERGE') {
      update(edit.ids[0] as string, edit.text);
      for (const id of edit.ids.slice(1)) remove(id);
    }
  }
  return [...deleted.values(), ...[...updated].filter(([id]) => !deleted.has(id)).map(([, operation]) => operation), ...[...added.values()].slice(0, Math.max(0, room))];
}
