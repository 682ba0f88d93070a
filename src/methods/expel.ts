/**
 * ExpeL: rules only, with its own operations and counters (Zhao et al. 2023, as in its code). Differs from jerp.ts in:
 *
 *  - no policy step;
 *  - one list of rules for all tasks; all that survive stand in the prompt, most important first, not the k best;
 *  - operations AGREE, REMOVE, EDIT, ADD, applied in the order REMOVE, AGREE, EDIT, ADD: a new rule counts 2, AGREE and
 *    EDIT +1, REMOVE -1, or -3 when the list is longer than its limit by 5; a rule at 0 is deleted. An ADD that contains an existing rule is dropped, an
 *    EDIT to the words of an existing rule becomes an AGREE with that rule;
 *  - the reflector sees one success and one failure of a task at a time, then up to eight successes of different tasks.
 *
 * Departures from ExpeL: (1) the N rollouts of a task stand for its retries with Reflexion, and its shortest success is
 * contrasted with three failures at most; (2) no successful episodes are shown as examples, the context has no room for
 * them; (3) the run's reflector speaks JERP's operations: UPVOTE is AGREE, DOWNVOTE is REMOVE, MERGE does not exist and
 * is dropped; (4) ExpeL asks its language model not to add to a full list, here the ADD is dropped.
 */
import { rollOut } from '../algo/rollout.ts';
import { summarise } from '../algo/summary.ts';
import { admitEdits, PoolLog, rulesUnder } from '../rules/pool.ts';
import type { ProposedEdit } from '../rules/reflector.ts';
import type { RuleEdit, Trajectory } from '../types.ts';
import type { IterationInput, IterationResult, RulesFor } from './method.ts';

/** Key of the one list. */
const LIST = 'all';
const MOST_FAILURES = 3;
const SUCCESSES_A_CALL = 8;

/** Everything that survives; rules that a person wrote for a kind of task are shown with that kind. */
export const wholeList: RulesFor = (pool, task) => rulesUnder(pool, [LIST, task.family]).filter((rule) => rule.status === 'active');

export async function expel(input: IterationInput): Promise<IterationResult> {
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
  const log = new PoolLog(pool, iteration);
  let dropped = 0;
  const calls = callsFor(groups.map(({ rollouts }) => rollouts.map(({ trajectory }) => trajectory)));
  for (const [c, group] of calls.entries()) {
    await watch.phase('edit', c, calls.length);
    const proposed = await reflector.reflect({ keys: [LIST], pool: log.pool, group, references: [] });
    dropped += proposed.length - applyOperations(log, proposed, config.capacity);
  }

  return {
    knowledge: { ...knowledge, pool: log.pool },
    events: log.events,
    trajectories,
    metrics: summarise({ iteration, groups, rolloutTokens: tokensFed, reflectionTokens: reflector.tokensFed - fed, pool: log.pool, events: log.events, dropped }),
  };
}

/** What the reflector is shown, call by call. */
export function callsFor(groups: readonly Trajectory[][]): Trajectory[][] {
  const shortest = (group: Trajectory[]) => group.filter((t) => t.won).sort((a, b) => a.turns.length - b.turns.length)[0];
  const successes = groups.flatMap((group) => shortest(group) ?? []);
  const pairs = groups.flatMap((group) => {
    const success = shortest(group);
    return success ? group.filter((t) => !t.won).slice(0, MOST_FAILURES).map((failure) => [success, failure]) : [];
  });
  for (let i = 0; i < successes.length; i += SUCCESSES_A_CALL) pairs.push(successes.slice(i, i + SUCCESSES_A_CALL));
  return pairs;
}

/** One call's operations on the list, by ExpeL's counters. @returns how many of them were carried out. */
export function applyOperations(log: PoolLog, proposed: readonly ProposedEdit[], limit: number): number {
  const list = () => rulesUnder(log.pool, [LIST]).filter((rule) => rule.status === 'active');
  const rules = list();
  const meant = proposed.flatMap((proposal): ProposedEdit[] => {
    const { edit } = proposal;
    if (edit.op === 'MERGE') return [];
    if (edit.op === 'ADD') return rules.length >= limit || rules.some((rule) => edit.text.includes(rule.text)) ? [] : [proposal];
    const twin = edit.op === 'EDIT' ? rules.find((rule) => rule.text === edit.text) : undefined;
    return [twin ? { ...proposal, edit: { op: 'UPVOTE', id: twin.id } } : proposal];
  });
  const { kept } = admitEdits(log.pool, meant.map(({ edit }) => edit));
  const order: RuleEdit['op'][] = ['DOWNVOTE', 'UPVOTE', 'EDIT', 'ADD'];
  for (const edit of [...kept].sort((a, b) => order.indexOf(a.op) - order.indexOf(b.op))) {
    const { why, trajectories } = meant.find((proposal) => proposal.edit === edit) as ProposedEdit;
    const times = edit.op === 'DOWNVOTE' && rules.length >= limit + 5 ? 3 : 1;
    for (let i = 0; i < times; i++) log.record('reflector', edit, why, trajectories);
  }
  for (const { id } of list().filter((rule) => rule.score <= 0)) log.record('pool', { op: 'PRUNE', id, reason: 'score' }, 'Its count fell to zero.');
  return kept.length;
}
