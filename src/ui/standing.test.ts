import { expect, test } from 'vitest';
import { foldPool } from '../rules/pool.ts';
import { rollBackAction, undoAction } from '../rules/undo.ts';
import type { PoolAction, RuleEvent } from '../types.ts';
import { storiesOf, trace } from './history.ts';
import { tallyOf } from './standing.ts';

type Found = ReturnType<typeof undoAction>;

/** A history one event longer. */
function after(history: readonly RuleEvent[], iteration: number, found: PoolAction | Found): RuleEvent[] {
  if ('reason' in found && !('op' in found)) throw new Error(found.reason);
  const action = 'op' in found ? found : found.action;
  return [...history, { seq: history.length, iteration, by: 'person', action, trajectories: [], why: '' }];
}
const tally = (history: readonly RuleEvent[], id = 'r1') => tallyOf(storiesOf(trace(history)).get(id) ?? []);
/** What the score of an added rule must be by its votes and edits. */
function expectScoreOf(history: readonly RuleEvent[], id = 'r1'): void {
  const { up, down, edits } = tally(history, id);
  expect(foldPool(history).rules.get(id)?.score).toBe(2 + up - down + edits);
}

const edit = (text: string): PoolAction => ({ op: 'EDIT', id: 'r1', text });
const up: PoolAction = { op: 'UPVOTE', id: 'r1' };
const down: PoolAction = { op: 'DOWNVOTE', id: 'r1' };
const add: PoolAction = { op: 'ADD', scope: 'cool', text: 'One.' };

test('an edit that was taken back does not count, one that was made again does, and one taken back for good does not', () => {
  const edited = after(after([], 1, add), 2, edit('First.'));
  expect(tally(edited)).toEqual({ up: 0, down: 0, edits: 1 });
  const undone = after(edited, 2, undoAction(edited, 1));
  expect(tally(undone)).toEqual({ up: 0, down: 0, edits: 0 });
  const redone = after(undone, 2, undoAction(undone, 2));
  expect(tally(redone).edits).toBe(1);
  const undoneAgain = after(redone, 3, undoAction(redone, 3));
  expect(tally(undoneAgain).edits).toBe(0);
  for (const history of [edited, undone, redone, undoneAgain]) expectScoreOf(history);
});

test('after going back to an iteration the votes and edits are those of then, as the score is; taking that back brings them again', () => {
  let history = after([], 1, add);
  for (const [iteration, action] of [
    [2, up],
    [3, edit('First.')],
    [3, down],
    [4, up],
    [5, up],
  ] as const)
    history = after(history, iteration, action);
  expect(tally(history)).toEqual({ up: 3, down: 1, edits: 1 });
  const back = after(history, 5, rollBackAction(history, 2));
  expect(tally(back)).toEqual({ up: 1, down: 0, edits: 0 });
  const later = after(back, 6, up);
  expect(tally(later)).toEqual({ up: 2, down: 0, edits: 0 });
  const again = after(back, 6, undoAction(back, back.length - 1));
  expect(tally(again)).toEqual({ up: 3, down: 1, edits: 1 });
  for (const each of [history, back, later, again]) expectScoreOf(each);
});

test('a vote and an edit taken back together count no more, and do again once made again together', () => {
  const added = after([], 1, add);
  const changed = after(after(added, 2, edit('First.')), 2, up);
  const undone = after(changed, 2, undoAction(changed, [1, 2]));
  expect(tally(undone)).toEqual({ up: 0, down: 0, edits: 0 });
  const redone = after(undone, 2, undoAction(undone, 3));
  expect(tally(redone)).toEqual({ up: 1, down: 0, edits: 1 });
  for (const history of [changed, undone, redone]) expectScoreOf(history);
});

test('an edit taken back since stands again after going back to before that', () => {
  const edited = after(after([], 1, add), 2, edit('First.'));
  const undone = after(edited, 3, undoAction(edited, 1));
  const back = after(undone, 4, rollBackAction(undone, 2));
  expect(tally(back).edits).toBe(1);
  expectScoreOf(back);
});

test('a rule younger than the iteration that the pool went back to is removed with its score, and keeps its votes', () => {
  const two = after(after(after([], 1, add), 3, { op: 'ADD', scope: 'cool', text: 'Two.' }), 4, { op: 'UPVOTE', id: 'r2' });
  const back = after(two, 5, rollBackAction(two, 1));
  expect(foldPool(back).rules.get('r2')?.status).toBe('removed');
  expect(tally(back, 'r2')).toEqual({ up: 1, down: 0, edits: 0 });
  expectScoreOf(back, 'r2');
});
