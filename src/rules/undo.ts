/** Taking back: history is append-only, so undoing one event or going back to an iteration is another event (RESTORE). */
import type { PoolAction, RestoredRule, Rule, RuleEvent } from '../types.ts';
import { foldPool, sameContent, touchedBy, whyInvalid, type Pool } from './pool.ts';

/** The earlier event that this one took back; null when it did something else. */
export function undoneBy({ seq, action }: RuleEvent): number | null {
  if (action.op !== 'RESTORE') return null;
  // Histories stored before events had the field say it in these words only.
  const target = action.undoes ?? Number(/^Undoes event (\d+)\.$/.exec(action.why)?.[1] ?? NaN);
  return target >= 0 && target < seq ? target : null;
}

/**
 * What a person can take back next, and what of that can be made again: the places of events, for `undoAction`.
 * Taking back goes further back each time; a new change of a person's ends what can be made again.
 */
export function ownSteps(history: readonly RuleEvent[]): { undo: number | undefined; redo: number | undefined } {
  const isOwn = ({ by }: RuleEvent): boolean => by === 'person' || by === 'import';
  const done: number[] = [];
  const undone: number[] = [];
  for (const event of history) {
    if (!isOwn(event)) continue;
    const target = undoneBy(event);
    const change = target === null ? undefined : history[target];
    if (target !== null && done.includes(target)) {
      done.splice(done.indexOf(target), 1);
      undone.push(event.seq);
    } else if (target !== null && undone.includes(target)) {
      undone.splice(undone.indexOf(target), 1);
      done.push(event.seq);
    } else if (!change || !isOwn(change)) {
      done.push(event.seq);
      undone.length = 0;
    }
    // Else it was taken back already, by a click that came before the page knew.
  }
  return { undo: done.at(-1), redo: undone.at(-1) };
}

const restored = ({ id, text, score, status }: Rule): RestoredRule => ({ id, text, score, status });

/**
 * The action that takes back event `seq` and nothing after it: a later vote on the same rule stays.
 * @returns the action, or a sentence why it cannot be undone.
 */
export function undoAction(history: readonly RuleEvent[], seq: number): { action: PoolAction } | { reason: string } {
  const event = history[seq];
  if (!event) return { reason: `There is no event ${seq} in a history of ${history.length}.` };
  const before = foldPool(history.slice(0, seq));
  const after = foldPool(history.slice(0, seq + 1));
  const now = foldPool(history);
  const rules: RestoredRule[] = [];
  const touched = new Set(touchedBy(event.action));
  for (const [id, made] of after.rules) {
    const was = before.rules.get(id);
    if (was && !touched.has(id)) continue;
    const is = now.rules.get(id) as Rule;
    if (!was) {
      if (is.status === 'removed') return { reason: `Rule ${id} is gone already.` };
      rules.push({ ...restored(is), status: 'removed' });
      continue;
    }
    if (made.text !== was.text && is.text !== made.text) return { reason: `Rule ${id} has been reworded since; undo that first.` };
    if (made.status !== was.status && is.status !== made.status) return { reason: `Rule ${id} has been ${is.status === 'removed' ? 'removed' : 'switched'} since; undo that first.` };
    rules.push({
      id,
      text: made.text === was.text ? is.text : was.text,
      score: is.score - made.score + was.score,
      status: made.status === was.status ? is.status : was.status,
    });
  }
  return checked(now, { op: 'RESTORE', rules, why: `Undoes event ${seq}.`, undoes: seq });
}

/** The action that puts all rules back to what they were at the end of an iteration; younger rules are removed. */
export function rollBackAction(history: readonly RuleEvent[], iteration: number): { action: PoolAction } | { reason: string } {
  const then = foldPool(history.slice(0, history.findLastIndex((event) => event.iteration <= iteration) + 1));
  const now = foldPool(history);
  const rules = [...now.rules.values()].flatMap((is): RestoredRule[] => {
    const was = then.rules.get(is.id);
    if (!was) return is.status === 'removed' ? [] : [{ ...restored(is), status: 'removed' }];
    return sameContent(is, was) ? [] : [restored(was)];
  });
  if (rules.length === 0) return { reason: `The rules are already as they were after iteration ${iteration}.` };
  return checked(now, { op: 'RESTORE', rules, why: `Goes back to iteration ${iteration}.` });
}

function checked(pool: Pool, action: PoolAction): { action: PoolAction } | { reason: string } {
  const reason = whyInvalid(pool, action);
  return reason === null ? { action } : { reason };
}
