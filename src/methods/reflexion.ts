/**
 * Reflexion (Shinn et al. 2023, as in its code): one game is tried again and again, with plans from its own failures in
 * the prompt. Nothing carries over to other games. Differs from jerp.ts in:
 *
 *  - no policy step, no scores, no votes;
 *  - an iteration is a trial of the evaluated games themselves, one episode each; solved ones are skipped;
 *  - after a failure one sentence is written for this game; the last three stand in its prompt.
 *
 * So "share won in training" is the share of games solved so far, Reflexion's own measure. Departure: the reflector also sees
 * successes on other games of the same kind. The original's language model knows household chores beforehand; ours has
 * to have seen one.
 */
import { remember } from '../algo/references.ts';
import { rollOut } from '../algo/rollout.ts';
import { summarise } from '../algo/summary.ts';
import { shortHash } from '../lib/hash.ts';
import { admitEdits, PoolLog, rulesUnder } from '../rules/pool.ts';
import type { Task } from '../types.ts';
import type { IterationInput, IterationResult, RulesFor } from './method.ts';

const PLANS = 3;
/** Key of a game's own plans. */
const gameKey = (task: Task): string => `game ${shortHash(task.id)}`;

export const ownPlans: RulesFor = (pool, task) => rulesUnder(pool, [gameKey(task)]);

export async function reflexion(input: IterationInput): Promise<IterationResult> {
  const { iteration, tasks, policy, host, reflector, knowledge, config, rng, watch } = input;
  const solved = new Set(Object.values(knowledge.references).flatMap((kept) => kept.map((trajectory) => trajectory.task.id)));
  const open = tasks.filter((task) => !solved.has(task.id));

  await watch.phase('retrieve', 0, open.length);
  await watch.phase('act', 0, open.length);
  const { groups, tokensFed } =
    open.length === 0
      ? { groups: [], tokensFed: 0 }
      : await rollOut({
          policy,
          host,
          tasks: open,
          copies: 1,
          rulesFor: (task) => ownPlans(knowledge.pool, task, config),
          steps: config.steps,
          temperature: config.temperature,
          rng: rng.split('rollout'),
          name: String(iteration),
          onStep: watch.episodes,
        });
  const trajectories = groups.flatMap((group) => group.rollouts.map((rollout) => rollout.trajectory));
  // Every solved game is kept, however many: that is what is skipped.
  const references = remember(knowledge.references, trajectories, Infinity, (task) => task.family);
  const solvedNow = solved.size + trajectories.filter((trajectory) => trajectory.won).length;
  await watch.phase('reward', solvedNow, tasks.length);

  const fed = reflector.tokensFed;
  const log = new PoolLog(knowledge.pool, iteration);
  let dropped = 0;
  const failures = trajectories.filter((trajectory) => !trajectory.won);
  for (const [f, failure] of failures.entries()) {
    await watch.phase('edit', f, failures.length, failure.task.goal);
    const key = gameKey(failure.task);
    const examples = (references[failure.task.family] ?? []).slice(0, config.references);
    const proposed = await reflector.reflect({ keys: [key], pool: log.pool, group: [failure], references: examples });
    const plan = proposed.find(({ edit }) => edit.op === 'ADD');
    dropped += proposed.length - (plan ? 1 : 0);
    if (!plan || admitEdits(log.pool, [plan.edit]).kept.length === 0) continue;
    log.record('reflector', plan.edit, plan.why, plan.trajectories);
    const plans = rulesUnder(log.pool, [key]).sort((a, b) => a.born - b.born);
    for (const { id } of plans.slice(0, -PLANS)) log.record('pool', { op: 'PRUNE', id, reason: 'capacity' }, `Only the last ${PLANS} plans are kept.`);
  }

  return {
    knowledge: { pool: log.pool, references },
    events: log.events,
    trajectories,
    metrics: {
      ...summarise({ iteration, groups, rolloutTokens: tokensFed, reflectionTokens: reflector.tokensFed - fed, pool: log.pool, events: log.events, dropped }),
      trainSuccess: solvedNow / tasks.length,
    },
  };
}
