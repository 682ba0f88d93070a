/** Taking back: history is append-only, so undoing one event or going back to an iteration is another event (RESTORE). */
import type { PoolAction, RestoredRule, Rule, RuleEvent } from '../types.ts';
import { foldPool, sameContent, touchedBy, whyInvalid, type Pool } from './pool.ts';

/** The earlier events that this one took back; none when it did something else. */
export function undoneBy({ seq, action }: RuleEvent): readonly number[] {
  if (action.op !== 'RESTORE' || action.undoes === undefined) return [];
  const targets = [action.undoes].flat();
  return targets.every((target) => target >= 0 && target < seq) ? targets : [];
}

/**
 * What a person can take back next, and what of that can be made again: the places of events, for `undoAction`.
 * Changes made in one go are taken back in one go. Taking back goes further back each time; a new change of a person's
 * ends what can be made again.
 */
export function ownSteps(history: readonly RuleEvent[]): { undo: readonly number[]; redo: number | undefined } {
  const isOwn = (event: RuleEvent | undefined): boolean => event?.by === 'person' || event?.by === 'import';
  /** Steps that hold, each with its events that hold. */
  const done: Set<number>[] = [];
  const stepOf = new Map<number, Set<number>>();
  const undone: number[] = [];
  const join = (step: Set<number>, seq: number) => stepOf.set(seq, step.add(seq));
  const begin = (seq: number) => join((done[done.length] = new Set<number>()), seq);
  for (const event of history) {
    if (!isOwn(event)) continue;
    const targets = undoneBy(event);
    const held = targets.filter((target) => stepOf.has(target));
    const again = targets.length === 1 ? undone.indexOf(targets[0] as number) : -1;
    if (held.length) {
      for (const target of held) {
        const step = stepOf.get(target) as Set<number>;
        stepOf.delete(target);
        step.delete(target);
        if (step.size === 0) done.splice(done.indexOf(step), 1);
      }
      undone.push(event.seq);
    } else if (again >= 0) {
      undone.splice(again, 1);
      begin(event.seq);
    } else if (targets.every((target) => !isOwn(history[target]))) {
      const last = done.at(-1);
      if (event.batch !== undefined && last?.has(event.batch) && last.has(event.seq - 1)) join(last, event.seq);
      else begin(event.seq);
      undone.length = 0;
    }
    // Else it was taken back already, by a click that came before the page knew.
  }
  return { undo: [...(done.at(-1) ?? [])], redo: undone.at(-1) };
}

const restored = ({ id, text, score, status }: Rule): RestoredRule => ({ id, text, score, status });

/** The action, or why there is none; `left`: of several changes, why some stay as they are. */
export type Found = { action: PoolAction; left: string[] } | { reason: string };

/**
 * The action that takes back one event, or several that were made in one go, and nothing after: a later vote on the same
 * rule stays. Of several, those that something newer stands on are left as they are.
 * @returns the action, or a sentence why nothing can be undone.
 */
export function undoAction(history: readonly RuleEvent[], which: number | readonly number[]): Found {
  const seqs = [which].flat();
  const [first = -1, last = -1] = [seqs[0], seqs.at(-1)];
  const events = seqs.flatMap((seq) => history[seq] ?? []);
  if (events.length === 0 || events.length < seqs.length) return { reason: `There is no event ${last} in a history of ${history.length}.` };
  const before = foldPool(history.slice(0, first));
  const after = foldPool(history.slice(0, last + 1));
  const now = foldPool(history);
  const touched = new Set(events.flatMap(({ action }) => touchedBy(action)));
  const several = seqs.length > 1 || events.some((event) => undoneBy(event).length > 1);
  const rules: RestoredRule[] = [];
  const left: string[] = [];
  for (const [id, made] of after.rules) {
    const was = before.rules.get(id);
    if (was && !touched.has(id)) continue;
    const is = now.rules.get(id) as Rule;
    if (!was) {
      if (is.status !== 'removed') rules.push({ ...restored(is), status: 'removed' });
      else if (!several) left.push(`Rule ${id} is gone already.`);
      continue;
    }
    // One of several that was taken back by itself needs nothing more.
    if (several && sameContent(is, was)) continue;
    if (made.text !== was.text && is.text !== made.text) left.push(`Rule ${id} has been reworded since; undo that first.`);
    else if (made.status !== was.status && is.status !== made.status) left.push(`Rule ${id} has been ${is.status === 'removed' ? 'removed' : 'switched'} since; undo that first.`);
    else
      rules.push({
        id,
        text: made.text === was.text ? is.text : was.text,
        score: is.score - made.score + was.score,
        status: made.status === was.status ? is.status : was.status,
      });
  }
  if (rules.length === 0 || (!several && left.length)) return { reason: left[0] ?? 'nothing of it is left.' };
  const what = seqs.length > 1 ? `events ${first} to ${last}` : `event ${first}`;
  return checked(now, { op: 'RESTORE', rules, why: `Undoes ${what}.`, undoes: seqs.length > 1 ? seqs : first }, left);
}

/** The action that puts all rules back to what they were at the end of an iteration; younger rules are removed. */
export function rollBackAction(history: readonly RuleEvent[], iteration: number): Found {
  const then = foldPool(history.slice(0, history.findLastIndex((event) => event.iteration <= iteration) + 1));
  const now = foldPool(history);
  const rules = [...now.rules.values()].flatMap((is): RestoredRule[] => {
    const was = then.rules.get(is.id);
    if (!was) return is.status === 'removed' ? [] : [{ ...restored(is), status: 'removed' }];
    return sameContent(is, was) ? [] : [restored(was)];
  });
  if (rules.length === 0) return { reason: `The rules are already as they were after iteration ${iteration}.` };
  return checked(now, { op: 'RESTORE', rules, why: `Goes back to iteration ${iteration}.`, backTo: iteration }, []);
}

function checked(pool: Pool, action: PoolAction, left: string[]): Found {
  const reason = whyInvalid(pool, action);
  return reason === null ? { action, left } : { reason };
}
