/** A person's changes of rules that were stored in the middle of an iteration: each is made once, after it. */
import { personalChanges } from '../rules/personal.ts';
import type { Pool } from '../rules/pool.ts';
import type { RunStore, WaitingEdit } from '../storage/store.ts';
import type { PoolAction, RuleEvent } from '../types.ts';

/** Hears what could not be made, in a sentence, and what had been written. */
export type OnDropped = (message: string, written: string[]) => void;

/**
 * Makes all changes that wait for a run, in order; each leaves the queue in the transaction that stores its events, so
 * that a crash between two of them neither loses one nor makes one twice.
 * @param iteration the last finished one. @param made hears the pool after each.
 * @returns the keys of those that waited.
 */
export async function makeWaiting(
  store: RunStore,
  runId: string,
  pool: Pool,
  iteration: number,
  made: (pool: Pool) => void,
  dropped: OnDropped = () => {},
): Promise<string[]> {
  const edits = await store.waiting(runId);
  let now = pool;
  for (const { key, actions } of edits) {
    const change = personalChanges(now, actions, iteration, true);
    await store.settleWaiting(runId, key, change.events);
    made((now = change.pool));
    if (change.problem) dropped(change.problem.message, writtenIn(actions));
  }
  return edits.map(({ key }) => key);
}

/**
 * What the pool becomes by all that waits, and by which events, while the run itself goes on: for what is taken out of
 * it in the middle of an iteration.
 */
export function afterWaiting(pool: Pool, edits: readonly WaitingEdit[], iteration: number): { pool: Pool; events: RuleEvent[] } {
  const events: RuleEvent[] = [];
  let now = pool;
  for (const { actions } of edits) {
    const change = personalChanges(now, actions, iteration, true);
    events.push(...change.events);
    now = change.pool;
  }
  return { pool: now, events };
}

/** The text of a single change: of many, what was written is elsewhere (a file, another pool). */
function writtenIn([first, ...more]: readonly PoolAction[]): string[] {
  return first && 'text' in first && more.length === 0 ? [first.text] : [];
}
