/** Two rollouts of one group side by side. */
import { isEvaluation, poolBefore } from '../storage/pool-before.ts';
import { iterationOf } from '../storage/rows.ts';
import type { Trajectory } from '../types.ts';
import { contradictions, episodeLog } from './text.ts';

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

/** An episode's id in words. */
export function episodeName(id: string): string {
  const place = id.split('.').map((part) => Number(part) + 1);
  const [, group = 0, one = 0] = place;
  return isEvaluation(id)
    ? contradictions.validation(iterationOf(id), Number(/-(\d+)\./.exec(id)?.[1] ?? 0) + 1, group)
    : contradictions.training(iterationOf(id), group, one);
}

/** An episode as one text, to be copied. */
export function logOf({ task, opening, turns, stop, reward }: Trajectory): string {
  const lines = turns.flatMap(({ action, observation }) => [`> ${action}`, observation]);
  return [episodeLog.task(task.goal), opening, ...lines, episodeLog.ended(stop, reward)].join('\n');
}
