/** Two rollouts of one group side by side, and the pool as an episode met it. */
import { PoolFold, type Pool } from '../rules/pool.ts';
import { iterationOf } from '../storage/rows.ts';
import type { RuleEvent, Trajectory } from '../types.ts';

/** Number of turns that both begin with; the first divergence is the turn after them. */
export function sharedTurns(a: Trajectory, b: Trajectory): number {
  let i = 0;
  while (i < a.turns.length && i < b.turns.length && a.turns[i]?.action === b.turns[i]?.action) i++;
  return i;
}

export function isEvaluation(id: string): boolean {
  return id.startsWith('eval');
}

/**
 * The pool whose best rules stood in the prompt of an episode: what was there when its iteration began; for an
 * evaluation, which is played at the end of its iteration, with that iteration's own edits. People change rules between
 * iterations, so that theirs count from the next one on.
 */
export function poolBefore(events: readonly RuleEvent[], id: string): Pool {
  const iteration = iterationOf(id);
  const evaluation = isEvaluation(id);
  const fold = new PoolFold();
  for (const event of events) {
    const person = event.by === 'person' || event.by === 'import';
    if (event.iteration > iteration || (event.iteration === iteration && (!evaluation || person))) break;
    try {
      fold.add(event);
    } catch {
      break;
    }
  }
  return fold.pool;
}

/** Episodes of one task under one policy share a group: `3.1`, or `eval3` for a whole validation panel. */
export function groupOf(id: string): string {
  return isEvaluation(id) ? `eval${iterationOf(id)}` : id.split('.').slice(0, 2).join('.');
}

/** Its number among its group, counted from 1. */
export function nth(id: string): number {
  return Number(id.split('.').at(-1)) + 1;
}

/** An episode as one text, to be copied. */
export function logOf({ task, opening, turns, stop, reward }: Trajectory): string {
  const lines = turns.flatMap(({ action, observation }) => [`> ${action}`, observation]);
  return [`Task: ${task.goal}.`, opening, ...lines, `Ended: ${stop}, reward ${reward}.`].join('\n');
}
