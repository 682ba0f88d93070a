import { expect, test } from 'vitest';
import { foldPool } from '../rules/pool.ts';
import { personalChanges } from '../rules/personal.ts';
import { rollBackAction, undoAction } from '../rules/undo.ts';
import type { PoolAction, RuleEvent } from '../types.ts';
import { deedOf, storiesOf, trace, whyOf } from './history.ts';
import { strokesOf } from './timeline.ts';

const add = (text: string): PoolAction => ({ op: 'ADD', scope: 'cool', text });

/** One event for each action, each an iteration later. */
const historyOf = (...actions: PoolAction[]): RuleEvent[] =>
  actions.map((action, seq) => ({ seq, iteration: seq + 1, by: 'person', action, trajectories: [], why: '' }));

function later(history: RuleEvent[], found: ReturnType<typeof undoAction>): RuleEvent[] {
  if ('reason' in found) throw new Error(found.reason);
  return [...history, { seq: history.length, iteration: 9, by: 'person', action: found.action, trajectories: [], why: '' }];
}

const base = historyOf(
  add('One.'),
  add('Two.'),
  add('Three.'),
  { op: 'PRUNE', id: 'r2', reason: 'score' },
  { op: 'EDIT', id: 'r1', text: 'First.' },
);

test('one undo writes into the history of the rule that it changed, and into no other', () => {
  const history = trace(later(base, undoAction(base, 4)));
  const stories = storiesOf(history);
  expect([...stories].map(([id, story]) => [id, story.map(({ event }) => event.action.op)])).toEqual([
    ['r1', ['ADD', 'EDIT', 'RESTORE']],
    ['r2', ['ADD', 'PRUNE']],
    ['r3', ['ADD']],
  ]);
  expect(strokesOf(history.traced).filter(({ iteration }) => iteration === 9)).toEqual([{ op: 'RESTORE', iteration: 9, n: 1 }]);
});

test('what an undo names but leaves as it was is not changed by it, in histories that are stored so too', () => {
  const rules = [...foldPool(base).rules.values()].map(({ id, text, score, status }) => ({ id, text, score, status }));
  const wide: PoolAction = {
    op: 'RESTORE',
    why: 'Undoes event 4.',
    undoes: 4,
    rules: [{ ...rules[0], id: 'r1', text: 'One.', score: 2, status: 'active' }, ...rules.slice(1)],
  };
  const history = trace(later(base, { action: wide, left: [] }));
  expect(history.traced.filter(({ event }) => event.action.op === 'RESTORE').map(({ rule }) => rule.id)).toEqual(['r1']);
  expect([...history.pool.rules.values()].map(({ changed }) => changed)).toEqual([9, 4, 3]);
});

test('an undo of several changes made in one go is worded by what they were', () => {
  const off = [
    ...base,
    ...personalChanges(
      foldPool(base),
      [
        { op: 'DISABLE', id: 'r1' },
        { op: 'DISABLE', id: 'r3' },
      ],
      6,
    ).events,
  ];
  const undone = later(off, undoAction(off, [5, 6]));
  expect(deedOf(undone[7] as RuleEvent, undone)).toBe('taken back: “switched off” of iteration 6');
  expect(whyOf(undone[7] as RuleEvent)).toBe('');
});

test('an undo is worded by what it took back, and never by a number', () => {
  const undone = later(base, undoAction(base, 4));
  const redone = later(undone, undoAction(undone, 5));
  const back = later(base, rollBackAction(base, 2));
  expect(deedOf(base[4] as RuleEvent, base)).toBe('edited');
  expect(deedOf(undone[5] as RuleEvent, undone)).toBe('taken back: “edited” of iteration 5');
  expect(deedOf(redone[6] as RuleEvent, redone)).toBe('made again: “edited” of iteration 5');
  expect(deedOf(back[5] as RuleEvent, back)).toBe('put back');
  expect([undone, redone, back].map((events) => whyOf(events.at(-1) as RuleEvent))).toEqual(['', '', 'Goes back to iteration 2.']);
});
