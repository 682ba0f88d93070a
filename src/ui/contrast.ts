/** Two rollouts of one group side by side. */
import { isEvaluation, poolBefore } from '../storage/pool-before.ts';
import { iterationOf } from '../storage/rows.ts';
import type { Trajectory } from '../types.ts';
import { episodeLog, episodeNames } from './text.ts';

export { isEvaluation, poolBefore };

/** Number of turns that both begin with; the first divergence is the turn after them. */
export function sharedTurns(a: Trajectory, b: Trajectory): number {
  let i = 0;
  while (i < a.turns.length && i < b.turns.length && a.turns[i]?.action === b.turns[i]?.action) i++;
  return i;
}

/** Episodes of one task under one policy share a group: `3.1`, or `eval3` for a whole validation panel. */
export function groupOf(id: string): string {
  return isEvaluation(id) ? `eval${iterationOf(id)}` : id.split('.').slice(0, 2).join('.');
}

/** Its number among its group, counted from 1. */
export function nth(id: string): number {
  return Number(id.split('.').at(-1)) + 1;
}

/** The number of its group among those of its iteration, counted from 1. */
export function nthGroup(id: string): number {
  return Number(id.split('.')[1]) + 1;
}

/**
 * An episode's id in words. Ids count groups and rollouts from 0; whatever a person reads counts from 1.
 * @param within the iteration that stands beside the name already: it is not said again.
 */
export function episodeName(id: string, within?: number): string {
  const iteration = iterationOf(id);
  if (isEvaluation(id)) return episodeNames.validation(iteration, Number(/-(\d+)\./.exec(id)?.[1] ?? 0) + 1, nthGroup(id));
  const name = episodeNames.training(nthGroup(id), nth(id));
  return iteration === within ? name : episodeNames.ofIteration(iteration, name);
}

/** What an address asks for, in words; what is no id stays as it was written. */
export function nameAsked(id: string): string {
  return /^(eval\d+-\d+|\d+)\.\d+\.\d+$/.test(id) ? episodeName(id) : id;
}

/** An episode as one text, to be copied. */
export function logOf({ task, opening, turns, stop, reward }: Trajectory): string {
  const lines = turns.flatMap(({ action, observation }) => [`> ${action}`, observation]);
  return [episodeLog.task(task.goal), opening, ...lines, episodeLog.ended(stop, reward)].join('\n');
}
