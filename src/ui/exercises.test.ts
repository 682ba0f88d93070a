import { expect, test } from 'vitest';
import { personalChanges } from '../rules/personal.ts';
import { emptyPool } from '../rules/pool.ts';
import { sampleMetrics } from '../storage/sample.ts';
import { defaultConfig, readConfig } from '../trainer/config.ts';
import { addressOf, exercises, isPrepared, runOf, wrongRules, type Seen } from './exercises.ts';

const address = (id: string, setup: number) => new URLSearchParams(addressOf(id, setup, '?seed=99&model=tiny').split('#')[0]);

test('every setup of every exercise opens through its address just as it is, and keeps what is no setting', () => {
  for (const { id, setups } of exercises) {
    setups.forEach(({ values }, i) => {
      const query = address(id, i);
      const { config, problems } = readConfig(Object.fromEntries(query));
      expect(problems).toEqual([]);
      expect(config).toEqual({ ...defaultConfig, ...values });
      expect(query.get('model')).toBe('tiny');
      expect(runOf([{ config: defaultConfig }, { config }], values)?.config).toBe(config);
    });
  }
});

test('a fork of the run of an exercise does not take its place, however new it is', () => {
  const values = exercises[0]?.setups[0]?.values ?? {};
  const config = { ...defaultConfig, ...values };
  const run = { id: 'first', config };
  expect(runOf([{ id: 'fork', config, from: { run: 'first', iteration: 2 } }, run], values)).toBe(run);
});

test('nothing is called done before there is a run', () => {
  for (const { check, setups } of exercises) expect(check(setups.map(() => null)).filter(({ done }) => done)).toEqual([]);
});

test('what an exercise begins with is found in the history of its run, and nothing else passes for it', () => {
  const { events } = personalChanges(emptyPool, wrongRules(), 0);
  expect(isPrepared('wrong-rules', events)).toBe(true);
  expect(isPrepared('wrong-rules', events.slice(1))).toBe(false);
  expect(isPrepared('ready-pool', events)).toBe(false);
  const taken = { op: 'IMPORT' as const, scope: 'cool', text: 'Cool it in the fridge first.', score: 2, origin: 'another pool' };
  expect(isPrepared('ready-pool', personalChanges(emptyPool, [taken], 0).events)).toBe(true);
});

test('votes against a wrong rule are counted from the history', () => {
  const exercise = exercises.find(({ id }) => id === 'break') as (typeof exercises)[number];
  const { events } = personalChanges(emptyPool, wrongRules(), 0);
  const voted = {
    seq: events.length,
    iteration: 1,
    by: 'reflector' as const,
    action: { op: 'DOWNVOTE' as const, id: 'r1' },
    trajectories: [],
    why: '',
  };
  const run: Seen = { id: 'x', config: { ...defaultConfig, iterations: 2 }, metrics: [sampleMetrics(1)], events };
  expect(exercise.check([run])[1]).toEqual({ done: false, says: '0 of 12 wrong rules have been voted down, 0 of them pruned.' });
  const [, all, one] = exercise.check([{ ...run, events: [...events, voted] }]);
  expect(all).toEqual({ done: true, says: '1 of 12 wrong rules have been voted down, 0 of them pruned.' });
  expect(one?.says).toContain('1 vote against it, score 1.');
});

test('an agent that was given no pool, or only after it had begun, is not compared as one with the pool', () => {
  const exercise = exercises.find(({ id }) => id === 'transfer') as (typeof exercises)[number];
  const taken = { op: 'IMPORT' as const, scope: 'cool', text: 'Cool it in the fridge first.', score: 2, origin: 'another pool' };
  const played = (iteration: number) => ({
    iteration,
    panel: 'validation',
    panelHash: 'h',
    rules: 'pool' as const,
    adapter: true,
    n: 2,
    won: 1,
    success: 0.5,
    score: 0.5,
    ci95: [0, 1] as [number, number],
    byType: {},
    rewards: [1, 0],
    tokens: 0,
  });
  const run = (id: string, events: Seen['events']): Seen => ({
    id,
    config: { ...defaultConfig, iterations: 1 },
    metrics: [0, 1].map((iteration) => ({ ...sampleMetrics(iteration), evaluation: played(iteration) })),
    events,
  });
  const plain = run('plain', []);
  const given = (at: number) => run('given', personalChanges(emptyPool, [taken], at).events);
  const [, , compared] = exercise.check([given(0), plain]);
  expect(compared?.done).toBe(true);
  for (const wrong of [run('given', []), given(1)]) {
    const checks = exercise.check([wrong, plain]);
    expect(checks[0]).toEqual({ done: false, says: expect.stringContaining('The ready pool was not in given when it began') });
    expect(checks).toHaveLength(2);
  }
});
