import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PoolAction, Rule, RuleEvent } from '../types.ts';
import { applyEvent, emptyPool, foldPool, PoolLog, rulesOf, takeIn, whyInvalid, type Pool } from './pool.ts';
import { personalChanges } from './personal.ts';
import { ownSteps, rollBackAction, undoAction } from './undo.ts';

const id = fc.integer({ min: 1, max: 6 }).map((n) => `r${n}`);
const text = fc.constantFrom('Cool it in the fridge.', 'Heat it.', 'Clean it.', 'Look under the lamp.', 'Open the drawer.', 'Take two.');
const scope = fc.constantFrom('cool', 'two');
const action: fc.Arbitrary<PoolAction> = fc.oneof(
  fc.record({ op: fc.constant('ADD' as const), scope, text }),
  fc.record({ op: fc.constant('EDIT' as const), id, text }),
  fc.record({ op: fc.constantFrom('UPVOTE' as const, 'DOWNVOTE' as const, 'ENABLE' as const, 'DISABLE' as const), id }),
  fc.record({ op: fc.constant('MERGE' as const), ids: fc.uniqueArray(id, { minLength: 2, maxLength: 3 }), text }),
  fc.record({ op: fc.constant('PRUNE' as const), id, reason: fc.constant('score' as const) }),
);

/** A history of the valid ones, a new iteration every three events. */
function play(actions: PoolAction[]): RuleEvent[] {
  const history: RuleEvent[] = [];
  let pool: Pool = emptyPool;
  for (const change of actions) {
    if (whyInvalid(pool, change)) continue;
    const event: RuleEvent = { seq: pool.length, iteration: Math.floor(pool.length / 3), by: 'reflector', action: change, trajectories: [], why: '' };
    history.push(event);
    pool = applyEvent(pool, event);
  }
  return history;
}

const extend = (history: RuleEvent[], change: PoolAction): RuleEvent[] => [...history, { seq: history.length, iteration: 99, by: 'person', action: change, trajectories: [], why: '' }];

/** What counts: texts, scores and states, not when they changed; rules never born count as removed. */
const content = (pool: Pool): string[] =>
  [...pool.rules.values()].filter((rule) => rule.status !== 'removed').map((rule: Rule) => JSON.stringify([rule.id, rule.scope, rule.text, rule.score, rule.status]));

/** The same history with other words in it, as a person or a translation may write them. */
const inOtherWords = (history: RuleEvent[]): RuleEvent[] =>
  history.map((event) => (event.action.op === 'RESTORE' ? { ...event, action: { ...event.action, why: 'Undoes event 0, and more.' } } : event));

describe('taking back', () => {
  test('undoing the last event gives the pool before it, and the event stays in the history', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 30 }), (actions) => {
        const history = play(actions);
        if (history.length === 0) return;
        const undone = undoAction(history, history.length - 1);
        if ('reason' in undone) throw new Error(undone.reason);
        const longer = extend(history, undone.action);
        expect(longer).toHaveLength(history.length + 1);
        expect(content(foldPool(longer))).toEqual(content(foldPool(history.slice(0, -1))));
      }),
    );
  });

  test('undoing an undo gives back what was undone', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 30 }), (actions) => {
        const history = play(actions);
        if (history.length === 0) return;
        const undone = undoAction(history, history.length - 1);
        if ('reason' in undone) throw new Error(undone.reason);
        const longer = extend(history, undone.action);
        const again = undoAction(longer, longer.length - 1);
        // An undone ADD leaves a removed rule, which comes back; nothing else may differ.
        if ('reason' in again) throw new Error(again.reason);
        expect(content(foldPool(extend(longer, again.action)))).toEqual(content(foldPool(history)));
      }),
    );
  });

  test('any event can be undone or says in a sentence why not, and the result is a valid history', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 30 }), fc.nat(), (actions, n) => {
        const history = play(actions);
        if (history.length === 0) return;
        const undone = undoAction(history, n % history.length);
        if ('reason' in undone) expect(undone.reason).toMatch(/\.$/);
        else expect(() => foldPool(extend(history, undone.action))).not.toThrow();
      }),
    );
  });

  test('undoing an old vote leaves later votes as they are', () => {
    const history = play([{ op: 'ADD', scope: 'cool', text: 'Heat it.' }, { op: 'UPVOTE', id: 'r1' }, { op: 'UPVOTE', id: 'r1' }, { op: 'UPVOTE', id: 'r1' }]);
    const undone = undoAction(history, 1);
    expect('action' in undone && foldPool(extend(history, undone.action)).rules.get('r1')?.score).toBe(4);
  });

  test('a person goes back change by change, however many there are, and forward again', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 12 }), (actions) => {
        let history = play(actions).map((event): RuleEvent => ({ ...event, by: 'person' }));
        const all = history;
        const step = (which: 'undo' | 'redo'): void => {
          const found = undoAction(history, ownSteps(history)[which] ?? []);
          if ('reason' in found) throw new Error(found.reason);
          history = extend(history, found.action);
          expect(ownSteps(inOtherWords(history))).toEqual(ownSteps(history));
        };
        for (let n = all.length - 1; n >= 0; n--) {
          step('undo');
          expect(content(foldPool(history))).toEqual(content(foldPool(all.slice(0, n))));
        }
        expect(ownSteps(history).undo).toEqual([]);
        for (let n = 1; n <= all.length; n++) {
          step('redo');
          expect(content(foldPool(history))).toEqual(content(foldPool(all.slice(0, n))));
        }
        expect(ownSteps(history).redo).toBeUndefined();
      }),
    );
  });

  test('a new change ends what can be made again; one change undone twice counts once; the reflector is passed over', () => {
    let history = extend(extend([], { op: 'ADD', scope: 'cool', text: 'One.' }), { op: 'ADD', scope: 'cool', text: 'Two.' });
    const back = undoAction(history, 1);
    if ('reason' in back) throw new Error(back.reason);
    history = extend(extend(history, back.action), back.action);
    expect(ownSteps(history)).toEqual({ undo: [0], redo: 2 });
    history.push({ seq: 4, iteration: 99, by: 'reflector', action: { op: 'UPVOTE', id: 'r1' }, trajectories: [], why: '' });
    expect(ownSteps(history)).toEqual({ undo: [0], redo: 2 });
    expect(ownSteps(extend(history, { op: 'ADD', scope: 'cool', text: 'Three.' }))).toEqual({ undo: [5], redo: undefined });
  });

  test('an event that says it took back itself, a later one or none is a change of its own', () => {
    const one = extend([], { op: 'ADD', scope: 'cool', text: 'One.' });
    const back = undoAction(one, 0);
    if ('reason' in back || back.action.op !== 'RESTORE') throw new Error('It cannot be undone.');
    expect(back.action.undoes).toBe(0);
    expect(ownSteps(extend(one, back.action))).toEqual({ undo: [], redo: 1 });
    for (const undoes of [1, 2, -1, Number.NaN, [], [0, 1]]) expect(ownSteps(extend(one, { ...back.action, undoes }))).toEqual({ undo: [1], redo: undefined });
  });

  const add = (text: string): PoolAction => ({ op: 'ADD', scope: 'cool', text });
  /** Changes asked for in one go, as the trainer makes them. */
  const inOneGo = (history: RuleEvent[], ...actions: PoolAction[]): RuleEvent[] => [...history, ...personalChanges(foldPool(history), actions, 99).events];
  const step = (history: RuleEvent[], which: 'undo' | 'redo'): RuleEvent[] => {
    const found = undoAction(history, ownSteps(history)[which] ?? []);
    if ('reason' in found) throw new Error(found.reason);
    return inOneGo(history, found.action);
  };

  test('changes made in one go are taken back by one undo and made again by one redo, those of before and after singly', () => {
    const three = inOneGo(extend([], add('Zero.')), add('One.'), add('Two.'), add('Three.'));
    const off = inOneGo(three, ...['r2', 'r3', 'r4'].map((rule): PoolAction => ({ op: 'DISABLE', id: rule })));
    const gone = inOneGo(off, ...['r1', 'r2'].map((rule): PoolAction => ({ op: 'PRUNE', id: rule, reason: 'deleted' })));
    let history = gone;
    for (const then of [off, three, three.slice(0, 1), []]) expect(content(foldPool((history = step(history, 'undo'))))).toEqual(content(foldPool(then)));
    expect(ownSteps(history).undo).toEqual([]);
    for (const then of [three.slice(0, 1), three, off, gone]) expect(content(foldPool((history = step(history, 'redo'))))).toEqual(content(foldPool(then)));
    expect(ownSteps(history).redo).toBeUndefined();
    expect(content(foldPool(step(history, 'undo')))).toEqual(content(foldPool(off)));
  });

  test('of changes made in one go, one that was taken back by itself stays so, and one that the run has changed since is told', () => {
    let history = inOneGo([], add('One.'), add('Two.'), add('Three.'));
    history = inOneGo(history, ...['r1', 'r2', 'r3'].map((rule): PoolAction => ({ op: 'DISABLE', id: rule })));
    const alone = undoAction(history, 4);
    if ('reason' in alone) throw new Error(alone.reason);
    history = inOneGo(history, alone.action);
    history.push({ seq: history.length, iteration: 99, by: 'pool', action: { op: 'PRUNE', id: 'r3', reason: 'capacity' }, trajectories: [], why: '' });
    expect(ownSteps(history).undo).toEqual([3, 5]);
    const found = undoAction(history, [3, 5]);
    expect(found).toMatchObject({ action: { rules: [{ id: 'r1', status: 'active' }], undoes: [3, 5] }, left: ['Rule r3 has been removed since; undo that first.'] });
    expect(ownSteps(step(history, 'undo')).undo).toEqual([0, 1, 2]);
  });

  test('one change is no batch, and two batches in a row are two', () => {
    const one = inOneGo([], add('One.'));
    expect(one[0]).not.toHaveProperty('batch');
    const more = inOneGo(inOneGo(one, add('Two.'), add('Three.')), add('Four.'), add('Five.'));
    expect(more.map(({ batch }) => batch)).toEqual([undefined, 1, 1, 3, 3]);
    expect(ownSteps(more).undo).toEqual([3, 4]);
  });

  test('five thousand changes made in one go are taken back and made again in a moment', () => {
    const all = inOneGo([], ...Array.from({ length: 5_000 }, (_, i) => add(`Rule ${i}.`)));
    const back = step(all, 'undo');
    expect(back).toHaveLength(5_001);
    expect(content(foldPool(back))).toEqual([]);
    expect(content(foldPool(step(back, 'redo')))).toHaveLength(5_000);
  });

  test('rolling back to an iteration gives the pool as it was then', () => {
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 30 }), fc.nat({ max: 9 }), (actions, iteration) => {
        const history = play(actions);
        const then = history.filter((event) => event.iteration <= iteration);
        const back = rollBackAction(history, iteration);
        if ('reason' in back) expect(content(foldPool(history))).toEqual(content(foldPool(then)));
        else expect(content(foldPool(extend(history, back.action)))).toEqual(content(foldPool(then)));
      }),
    );
  });
});

describe('merging pools', () => {
  test('every shared rule is there afterwards, once, and taking it in twice changes nothing', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 20 }), fc.array(fc.record({ scope, text, score: fc.integer({ min: -3, max: 9 }) }), { maxLength: 12 }), (actions, shared) => {
        const log = new PoolLog(foldPool(play(actions)), 1);
        takeIn(log, shared, 'class.json');
        for (const rule of shared) expect(rulesOf(log.pool, rule.scope).filter(({ text: own }) => own === rule.text)).toHaveLength(1);
        const before = log.pool;
        expect(takeIn(log, shared, 'class.json')).toBe(0);
        expect(log.pool).toBe(before);
      }),
    );
  });
});
