/** The rule pool as an episode met it, and which episodes belong to evaluations. */
import { PoolFold, type Pool } from '../rules/pool.ts';
import type { RuleEvent } from '../types.ts';
import { iterationOf } from './rows.ts';

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
