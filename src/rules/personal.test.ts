import { expect, test } from 'vitest';
import { emptyPool } from './pool.ts';
import { personalChanges } from './personal.ts';

test('what was there before stays as it was, also after ten thousand changes', () => {
  const adds = Array.from({ length: 10_000 }, (_, i) => ({ op: 'ADD' as const, scope: 'cool', text: `Rule ${i}.` }));
  const before = personalChanges(emptyPool, [adds[0] as (typeof adds)[number]], 0).pool;
  const { pool, events, problem } = personalChanges(before, adds, 0);
  expect([before.rules.size, pool.rules.size, events.at(0)?.seq]).toEqual([1, 10_000, 1]);
  expect(problem?.message).toContain('rule r1 already says so');
});

test('what can be made is made, and the rest is told with its reason', () => {
  const add = (text: string) => ({ op: 'ADD' as const, scope: 'cool', text });
  const { pool, events, problem } = personalChanges(emptyPool, [add('One.'), add('One.'), { op: 'UPVOTE', id: 'r9' }, add('Two.')], 3);
  expect([...pool.rules.values()].map(({ text }) => text)).toEqual(['One.', 'Two.']);
  expect(events.map(({ seq, iteration, by }) => [seq, iteration, by])).toEqual([
    [0, 3, 'person'],
    [1, 3, 'person'],
  ]);
  expect(problem?.message).toBe('2 of 4 changes were not made; the first: rule r1 already says so.');
  expect(personalChanges(pool, [add('One.')], 3).problem?.message).toBe('The change was not made: rule r1 already says so.');
  expect(personalChanges(pool, [add('Three.')], -1)).toMatchObject({ problem: null, events: [{ iteration: 0 }] });
});
