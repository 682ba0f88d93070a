import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { LocalHost } from '../envs/host.ts';
import { UniformPolicy } from '../policy/uniform.ts';
import { ContrastReflector } from '../rules/contrast.ts';
import { JsonReflector } from '../rules/json-reflector.ts';
import { emptyPool, foldPool, PoolLog, rulesUnder } from '../rules/pool.ts';
import type { ProposedEdit, Reflector } from '../rules/reflector.ts';
import { MemoryStore } from '../storage/memory.ts';
import { defaultConfig, settings, type RunConfig } from '../trainer/config.ts';
import { TrainingRun } from '../trainer/session.ts';
import type { Metrics, RuleEdit, Trajectory } from '../types.ts';
import { methods } from './all.ts';
import { applyOperations, callsFor } from './expel.ts';
import { reconcile } from './training-free-grpo.ts';

// Homes this small are won by chance often enough.
const homes = await GeneratedHomes.create({ seed: 1, maxReceptacles: 4, families: ['pick', 'look'] });
const config: RunConfig = { ...defaultConfig, iterations: 4, tasks: 3, group: 8, steps: 30, evalGames: 16, evalSteps: 12, evalEvery: 2 };

async function play(method: string, over: Partial<RunConfig> = {}, reflector: Reflector = new ContrastReflector()) {
  const store = new MemoryStore();
  const policy = new UniformPolicy();
  const progress = { phase: () => {}, episodes: () => {}, iteration: () => {} };
  const clock = { seconds: () => 0, wall: () => 0 };
  const deps = { policy, host: new LocalHost(homes), store, reflector, clock, progress, pauseAsked: () => false };
  const run = await TrainingRun.create(deps, { id: 'a', config: { ...config, method, ...over }, gameSet: null });
  const rows: Metrics[] = [];
  while (!run.done) rows.push(await run.iterate());
  const everything = JSON.stringify([rows, await store.events('a'), await store.trajectories('a'), await store.checkpoint('a')]);
  return { rows, events: await store.events('a'), trajectories: await store.trajectories('a'), everything, updates: policy.weightVersion };
}

/** What is learnt, and what stands in prompts. */
const expected: Record<string, { updates: boolean; edits: boolean; rules: boolean }> = {
  jerp: { updates: true, edits: true, rules: true },
  'jerp-frozen-pool': { updates: true, edits: true, rules: true },
  'rules-only': { updates: false, edits: true, rules: true },
  grpo: { updates: true, edits: false, rules: false },
  rloo: { updates: true, edits: false, rules: false },
  expel: { updates: false, edits: true, rules: true },
  'training-free-grpo': { updates: false, edits: true, rules: true },
  reflexion: { updates: false, edits: true, rules: true },
  'prompt-only': { updates: false, edits: false, rules: false },
};

describe('methods', () => {
  test('are those of the setting', () => {
    expect(Object.keys(methods)).toEqual([...settings.method.options]);
    expect(Object.keys(expected).sort()).toEqual(Object.keys(methods).sort());
  });

  test.each(Object.keys(expected))('%s learns what it should and nothing else, and one seed gives one result', async (method) => {
    const { rows, events, trajectories, everything, updates } = await play(method);
    const { updates: trained, edits, rules } = expected[method] as (typeof expected)[string];
    expect(rows).toHaveLength(5);
    expect(updates > 0).toBe(trained);
    expect(events.length > 0).toBe(edits);
    expect(trajectories.some((trajectory) => trajectory.ruleIds.length > 0)).toBe(rules);
    expect((await play(method)).everything).toBe(everything);
    expect((await play(method, { seed: 2 })).everything).not.toBe(everything);
  });

  test('jerp-frozen-pool edits in the first iterations only and otherwise plays as jerp does', async () => {
    const frozen = await play('jerp-frozen-pool', { poolIterations: 1 });
    expect(frozen.events.length).toBeGreaterThan(0);
    expect(new Set(frozen.events.map((event) => event.iteration))).toEqual(new Set([1]));
    const jerp = await play('jerp');
    expect(jerp.events.some((event) => event.iteration > 1)).toBe(true);
    expect(frozen.rows[1]?.trainSuccess).toBe(jerp.rows[1]?.trainSuccess);
  });

  test('the end of a run has rules on and off, adapter on and off, on one panel', async () => {
    const cells = (await play('jerp')).rows.at(-1)?.crossed ?? [];
    expect(cells.map(({ rules, adapter }) => `${rules} ${adapter}`)).toEqual(['pool true', 'pool false', 'none true', 'none false']);
    expect(new Set(cells.map((cell) => cell.panelHash)).size).toBe(1);
    expect((await play('grpo')).rows.at(-1)?.crossed.map(({ adapter }) => adapter)).toEqual([true, false]);
  });

  describe.each(Object.keys(expected).filter((method) => expected[method]?.edits))('%s with a language model as reflector', (method) => {
    const answering = async (...edits: unknown[]) => {
      let calls = 0;
      const model = { info: { name: 'Model' }, tokensWritten: 0, writeJson: async () => (calls++, JSON.stringify({ edits })) };
      return { ...(await play(method, {}, new JsonReflector(model))), calls: () => calls };
    };
    const dropped = (rows: readonly Metrics[]) => rows.reduce((sum, row) => sum + row.droppedEdits, 0);

    test('counts every edit that cannot be read', async () => {
      const { rows, events, calls } = await answering({ op: 'REMOVE', rule: 1 }, { op: 'ADD' }, { op: 'UPVOTE', rule: 77 });
      expect(calls()).toBeGreaterThan(0);
      expect(events).toEqual([]);
      expect(dropped(rows)).toBe(3 * calls());
      expect((rows[0] as Metrics).droppedEdits).toBe(0);
    });

    test.each<[string, unknown[]]>([
      ['an edit and an addition', [{ op: 'EDIT', rule: 1, text: 'X.' }, { op: 'ADD', text: 'X.' }]],
      ['two edits', [{ op: 'EDIT', rule: 1, text: 'X.' }, { op: 'EDIT', rule: 2, text: 'X.' }]],
      ['a merge and an addition', [{ op: 'MERGE', rules: [1, 2], text: 'X.' }, { op: 'ADD', text: 'X.' }]],
    ])('goes on when %s say the same', async (_, collision) => {
      const first = [{ op: 'ADD', text: 'First.' }, { op: 'ADD', text: 'Second.' }];
      let calls = 0;
      const model = { info: { name: 'Model' }, tokensWritten: 0, writeJson: async () => JSON.stringify({ edits: calls++ === 0 ? first : collision }) };
      const { rows } = await play(method, {}, new JsonReflector(model));
      expect(calls).toBeGreaterThan(1);
      expect(dropped(rows)).toBeGreaterThan(0);
    });
  });

  test('reflexion plays the panel only, skips what is solved, and keeps three plans a game', async () => {
    const talker: Reflector = {
      name: 'talker',
      tokensFed: 0,
      reflect: async ({ keys, group }) => [{ edit: { op: 'ADD', scope: keys[0] as string, text: `After ${group[0]?.id}.` }, why: '', trajectories: [] }],
    };
    const { rows, events, trajectories } = await play('reflexion', { iterations: 6 }, talker);
    const training = trajectories.filter((trajectory) => !trajectory.id.startsWith('eval'));
    expect(training.every((trajectory) => trajectory.task.id.startsWith('generated/validation/'))).toBe(true);
    const wins = new Map<string, number>();
    for (const { task, won } of training) if (won) wins.set(task.id, (wins.get(task.id) ?? 0) + 1);
    expect(wins.size).toBeGreaterThan(0);
    expect(Math.max(...wins.values())).toBe(1);
    const solved = rows.slice(1).map((row) => row.trainSuccess);
    expect(solved).toEqual([...solved].sort((a, b) => a - b));
    const pool = foldPool(events);
    for (const scope of new Set([...pool.rules.values()].map((rule) => rule.scope))) expect(rulesUnder(pool, [scope]).length).toBeLessThanOrEqual(3);
  });
});

const episode = (id: string, won: boolean, turns = 3): Trajectory => ({
  id,
  task: { env: 'alfworld', id, family: 'cool', goal: '' },
  ruleIds: [],
  opening: '',
  turns: Array.from({ length: turns }, () => ({ action: 'look', observation: '', logprob: 0 })),
  reward: won ? 1 : 0,
  won,
  stop: 'steps',
  advantage: 0,
  tokenCount: 0,
});
const proposal = (edit: RuleEdit): ProposedEdit => ({ edit, why: '', trajectories: [] });
const listOf = (...texts: string[]): PoolLog => {
  const log = new PoolLog(emptyPool, 1);
  for (const text of texts) log.record('reflector', { op: 'ADD', scope: 'all', text });
  return log;
};
const counts = (log: PoolLog) => Object.fromEntries(rulesUnder(log.pool, ['all']).map((rule) => [rule.text, rule.score]));

describe('ExpeL', () => {
  test('contrasts the shortest success with three failures at most, then successes of different tasks', () => {
    const groups = [
      [episode('long', true, 9), episode('short', true, 2), ...['a', 'b', 'c', 'd'].map((id) => episode(id, false))],
      [episode('lost', false)],
      [episode('won', true)],
    ];
    expect(callsFor(groups).map((call) => call.map(({ id }) => id))).toEqual([['short', 'a'], ['short', 'b'], ['short', 'c'], ['short', 'won']]);
  });

  test('counts: ADD 2, AGREE and EDIT +1, REMOVE -1, gone at 0', () => {
    const log = listOf('A.', 'B.', 'C.');
    expect(applyOperations(log, [proposal({ op: 'UPVOTE', id: 'r1' }), proposal({ op: 'EDIT', id: 'r2', text: 'B now.' }), proposal({ op: 'DOWNVOTE', id: 'r3' }), proposal({ op: 'ADD', scope: 'all', text: 'D.' })], 20)).toBe(4);
    expect(counts(log)).toEqual({ 'A.': 3, 'B now.': 3, 'C.': 1, 'D.': 2 });
    applyOperations(log, [proposal({ op: 'DOWNVOTE', id: 'r3' })], 20);
    expect(counts(log)).toEqual({ 'A.': 3, 'B now.': 3, 'D.': 2 });
  });

  test('an ADD that contains a rule is dropped, an EDIT to the words of a rule agrees with it, a MERGE does not exist', () => {
    const log = listOf('A.', 'B.');
    const done = applyOperations(log, [proposal({ op: 'ADD', scope: 'all', text: 'Also A.' }), proposal({ op: 'EDIT', id: 'r1', text: 'B.' }), proposal({ op: 'MERGE', ids: ['r1', 'r2'], text: 'AB.' })], 20);
    expect(done).toBe(1);
    expect(counts(log)).toEqual({ 'A.': 2, 'B.': 3 });
  });

  test('whatever is proposed is carried out or dropped, without an error', () => {
    const [id, text] = [fc.constantFrom('r1', 'r2', 'r3', 'r9'), fc.constantFrom('A.', 'B.', ' A. ', 'X.', 'Y.', '')];
    const edit: fc.Arbitrary<RuleEdit> = fc.oneof(
      fc.record({ op: fc.constant('ADD' as const), scope: fc.constant('all'), text }),
      fc.record({ op: fc.constant('EDIT' as const), id, text }),
      fc.record({ op: fc.constantFrom('UPVOTE' as const, 'DOWNVOTE' as const), id }),
      fc.record({ op: fc.constant('MERGE' as const), ids: fc.array(id, { maxLength: 3 }), text }),
    );
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 8 }), fc.integer({ min: 0, max: 9 }), (edits, limit) => {
        const log = listOf('A.', 'B.', 'C.');
        const done = applyOperations(log, edits.map(proposal), limit);
        expect(done).toBeLessThanOrEqual(Math.min(4, edits.length));
      }),
      { numRuns: 1000 },
    );
  });

  test('REMOVE counts three when the list is longer than its limit by five, and a full list takes no ADD', () => {
    const log = listOf(...'ABCDEFG'.split('').map((letter) => `${letter}.`));
    log.record('reflector', { op: 'UPVOTE', id: 'r1' });
    log.record('reflector', { op: 'UPVOTE', id: 'r1' });
    applyOperations(log, [proposal({ op: 'DOWNVOTE', id: 'r1' }), proposal({ op: 'ADD', scope: 'all', text: 'New.' })], 2);
    expect(counts(log)['A.']).toBe(1);
    expect(counts(log)['New.']).toBeUndefined();
  });
});

describe('training-free GRPO', () => {
  test('DELETE beats UPDATE, the first UPDATE stands, equal ADDs are one, long ones are none, votes change nothing', () => {
    const operations = reconcile(
      [
        proposal({ op: 'EDIT', id: 'r1', text: 'One.' }),
        proposal({ op: 'EDIT', id: 'r2', text: 'Two.' }),
        proposal({ op: 'EDIT', id: 'r2', text: 'Two again.' }),
        proposal({ op: 'DOWNVOTE', id: 'r1' }),
        proposal({ op: 'ADD', scope: 'all', text: 'New.' }),
        proposal({ op: 'ADD', scope: 'all', text: 'New.' }),
        proposal({ op: 'ADD', scope: 'all', text: 'word '.repeat(33).trim() }),
        proposal({ op: 'UPVOTE', id: 'r3' }),
      ],
      5,
    );
    expect(operations.map(({ action }) => action)).toEqual([
      { op: 'PRUNE', id: 'r1', reason: 'deleted' },
      { op: 'EDIT', id: 'r2', text: 'Two.' },
      { op: 'ADD', scope: 'all', text: 'New.' },
    ]);
  });

  test('never adds more than there is room for', () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 12 }), fc.integer({ min: -2, max: 6 }), (texts, room) => {
        const operations = reconcile(texts.map((text) => proposal({ op: 'ADD', scope: 'all', text })), room);
        expect(operations.length).toBeLessThanOrEqual(Math.max(0, room));
      }),
    );
  });
});
