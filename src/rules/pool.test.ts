import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { PoolAction, RuleEdit, RuleEvent } from '../types.ts';
import { admitEdits, applyEvent, emptyPool, foldPool, PoolFold, PoolLog, pruneActions, rulesOf, whyInvalid, workingRules, type Pool } from './pool.ts';

const id = fc.integer({ min: 1, max: 8 }).map((n) => `r${n}`);
const scope = fc.constantFrom('cool', 'two');
const text = fc.oneof(fc.string(), fc.constantFrom('Look in the fridge.', 'Look on the shelf.'));
const edit: fc.Arbitrary<RuleEdit> = fc.oneof(
  fc.record({ op: fc.constant('ADD' as const), scope, text }),
  fc.record({ op: fc.constant('EDIT' as const), id, text }),
  fc.record({ op: fc.constant('UPVOTE' as const), id }),
  fc.record({ op: fc.constant('DOWNVOTE' as const), id }),
  fc.record({ op: fc.constant('MERGE' as const), ids: fc.array(id, { maxLength: 3 }), text }),
);
const action: fc.Arbitrary<PoolAction> = fc.oneof(
  edit,
  fc.record({ op: fc.constant('PRUNE' as const), id, reason: fc.constant('score' as const) }),
  fc.record({ op: fc.constant('DISABLE' as const), id }),
  fc.record({ op: fc.constant('ENABLE' as const), id }),
  fc.record({ op: fc.constant('IMPORT' as const), scope, text, score: fc.double(), origin: text }),
);

const event = (pool: Pool, change: PoolAction): RuleEvent => ({ seq: pool.length, iteration: 1, by: 'reflector', action: change, trajectories: [], why: '' });

/** Applies what is valid of `actions`, collecting the history. */
function play(actions: PoolAction[]): { pool: Pool; history: RuleEvent[] } {
  let pool = emptyPool;
  const history: RuleEvent[] = [];
  for (const change of actions) {
    if (whyInvalid(pool, change)) continue;
    history.push(event(pool, change));
    pool = applyEvent(pool, event(pool, change));
  }
  return { pool, history };
}

describe('rule pool', () => {
  test('any history of valid actions folds to the same pool again', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const { pool, history } = play(actions);
        expect([...foldPool(history).rules]).toEqual([...pool.rules]);
      }),
    );
  });

  test('an invalid action throws and a valid one does not', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 20 }), action, (actions, last) => {
        const { pool } = play(actions);
        const apply = () => applyEvent(pool, event(pool, last));
        if (whyInvalid(pool, last)) expect(apply).toThrow('cannot be applied');
        else expect(apply).not.toThrow();
      }),
    );
  });

  test('no family ever holds two living rules with the same text', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const { pool } = play(actions);
        for (const family of ['cool', 'two']) {
          const texts = rulesOf(pool, family).map((rule) => rule.text);
          expect(new Set(texts).size).toBe(texts.length);
        }
      }),
    );
  });

  test('after pruning no active rule is at or below zero and no family is above capacity', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), (actions, capacity) => {
        let { pool } = play(actions);
        for (const family of ['cool', 'two'])
          for (const prune of pruneActions(pool, family, capacity)) pool = applyEvent(pool, event(pool, prune));
        for (const family of ['cool', 'two']) {
          const active = rulesOf(pool, family).filter((rule) => rule.status === 'active');
          expect(active.length).toBeLessThanOrEqual(capacity);
          expect(active.every((rule) => rule.score > 0)).toBe(true);
        }
      }),
    );
  });

  test('one call keeps at most four edits, one per rule, and counts the rest as dropped', () => {
    fc.assert(
      fc.property(fc.array(action, { maxLength: 20 }), fc.array(edit, { maxLength: 10 }), (actions, edits) => {
        const { pool } = play(actions);
        const { kept, dropped } = admitEdits(pool, edits);
        expect(kept.length).toBeLessThanOrEqual(4);
        expect(kept.length + dropped.length).toBe(edits.length);
        const ids = kept.flatMap((e) => (e.op === 'MERGE' ? e.ids : e.op === 'ADD' ? [] : [e.id]));
        expect(new Set(ids).size).toBe(ids.length);
      }),
    );
  });

  test('whatever one call proposes, what is kept of it can be recorded edit by edit', () => {
    // Few texts, so that edits collide with each other and with the rules that are there.
    const said = fc.constantFrom('A.', 'B.', 'C.', ' A. ', '\u200b');
    const colliding: fc.Arbitrary<RuleEdit> = fc.oneof(
      fc.record({ op: fc.constant('ADD' as const), scope, text: said }),
      fc.record({ op: fc.constant('EDIT' as const), id, text: said }),
      fc.record({ op: fc.constant('UPVOTE' as const), id }),
      fc.record({ op: fc.constant('DOWNVOTE' as const), id }),
      fc.record({ op: fc.constant('MERGE' as const), ids: fc.array(id, { maxLength: 3 }), text: said }),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(action, colliding), { maxLength: 12 }), fc.array(fc.oneof(edit, colliding), { maxLength: 8 }), (actions, edits) => {
        const { pool } = play(actions);
        const { kept, dropped } = admitEdits(pool, edits);
        expect(kept.length + dropped.length).toBe(edits.length);
        expect(kept.length).toBeLessThanOrEqual(4);
        const log = new PoolLog(pool, 1);
        for (const one of kept) log.record('reflector', one);
        expect(log.events).toHaveLength(kept.length);
      }),
      { numRuns: 1000 },
    );
  });

  test.each<[string, RuleEdit[]]>([
    ['an addition of what an edit has just said', [{ op: 'EDIT', id: 'r1', text: 'X.' }, { op: 'ADD', scope: 'cool', text: 'X.' }]],
    ['two rules edited to the same words', [{ op: 'EDIT', id: 'r1', text: 'X.' }, { op: 'EDIT', id: 'r2', text: 'X.' }]],
    ['an addition of what a merge has just said', [{ op: 'MERGE', ids: ['r1', 'r2'], text: 'X.' }, { op: 'ADD', scope: 'cool', text: 'X.' }]],
    ['an edit to what was just added', [{ op: 'ADD', scope: 'cool', text: 'X.' }, { op: 'EDIT', id: 'r1', text: 'X.' }]],
  ])('%s is dropped, with the reason', (_, edits) => {
    const { pool } = play(['a', 'b'].map((text) => ({ op: 'ADD', scope: 'cool', text })));
    const { kept, dropped } = admitEdits(pool, edits);
    expect(kept).toEqual(edits.slice(0, 1));
    expect(dropped).toEqual([expect.stringMatching(/ rule r\d already says so\.$/)]);
  });

  test('a rule that is edited away in the same call cannot be added again: it stood in the pool that was read', () => {
    const { pool } = play([{ op: 'ADD', scope: 'cool', text: 'a' }]);
    const { kept } = admitEdits(pool, [{ op: 'EDIT', id: 'r1', text: 'b' }, { op: 'ADD', scope: 'cool', text: 'a' }]);
    expect(kept.map(({ op }) => op)).toEqual(['EDIT']);
  });

  test('working rules are the k best active ones of the family, the older first among equals', () => {
    const { pool } = play([
      { op: 'ADD', scope: 'cool', text: 'a' },
      { op: 'ADD', scope: 'cool', text: 'b' },
      { op: 'ADD', scope: 'cool', text: 'c' },
      { op: 'ADD', scope: 'two', text: 'd' },
      { op: 'UPVOTE', id: 'r3' },
      { op: 'ADD', scope: 'cool', text: 'e' },
      { op: 'UPVOTE', id: 'r5' },
      { op: 'DISABLE', id: 'r5' },
    ]);
    expect(workingRules(pool, ['cool'], 2).map((rule) => rule.text)).toEqual(['c', 'a']);
  });

  test('a merge takes the highest score, remembers its parts and removes them', () => {
    const { pool } = play([
      { op: 'ADD', scope: 'cool', text: 'a' },
      { op: 'ADD', scope: 'cool', text: 'b' },
      { op: 'UPVOTE', id: 'r2' },
      { op: 'MERGE', ids: ['r1', 'r2'], text: 'a and b' },
    ]);
    expect(rulesOf(pool, 'cool')).toMatchObject([{ id: 'r3', score: 3, mergedFrom: ['r1', 'r2'], text: 'a and b' }]);
  });

  test('imported rules wait as pending and are not retrieved', () => {
    const { pool } = play([{ op: 'IMPORT', scope: 'cool', text: 'a', score: 9, origin: 'class.json' }]);
    expect(pool.rules.get('r1')?.status).toBe('pending');
    expect(workingRules(pool, ['cool'], 5)).toEqual([]);
  });
});

test('folding in one go is folding event by event, and refuses what that refuses', () => {
  const op = fc.constantFrom('ADD', 'EDIT', 'UPVOTE', 'DOWNVOTE', 'MERGE', 'PRUNE', 'ENABLE', 'DISABLE', 'RESTORE' as const);
  const step = fc.record({ op, a: fc.integer({ min: 1, max: 6 }), b: fc.integer({ min: 1, max: 6 }), word: fc.constantFrom('one', 'two', 'three', 'four') });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const fold = new PoolFold();
      let pool = emptyPool;
      for (const { op, a, b, word } of steps) {
        const [id, other] = [`r${a}`, `r${b}`];
        const action: PoolAction =
          op === 'ADD'
            ? { op, scope: 'cool', text: word }
            : op === 'EDIT'
              ? { op, id, text: word }
              : op === 'MERGE'
                ? { op, ids: [id, other], text: word }
                : op === 'PRUNE'
                  ? { op, id, reason: 'score' }
                  : op === 'RESTORE'
                    ? { op, rules: [{ id, text: word, score: b, status: b % 2 ? 'active' : 'removed' }], why: '' }
                    : ({ op, id } as PoolAction);
        const event: RuleEvent = { seq: pool.length, iteration: 1, by: 'person', action, trajectories: [], why: '' };
        const valid = whyInvalid(pool, action) === null;
        if (valid) {
          pool = applyEvent(pool, event);
          fold.add(event);
        } else expect(() => fold.add(event)).toThrow();
        expect([...fold.pool.rules]).toEqual([...pool.rules]);
      }
    }),
  );
});
