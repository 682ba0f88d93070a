import { describe, expect, test } from 'vitest';
import { measureAbsorption } from '../../algo/absorption.ts';
import { rollOut } from '../../algo/rollout.ts';
import { GeneratedHomes } from '../../envs/alfworld/world.ts';
import { LocalHost } from '../../envs/host.ts';
import { Rng } from '../../lib/rng.ts';
import { foldPool, PoolLog } from '../../rules/pool.ts';
import { chatMl, furthest, openFrozen, openPolicy, play, sampled } from './testing-policy.ts';

describe.each([
  ['batched', []],
  ['one at a time', ['batch_decode']],
  ['one at a time, because nothing says how large its keys and values are', ['_metadata']],
] as const)('a model that only WebLLM can compute, %s', (_name, without) => {
  test('plays as one that is trained here would, and its log-probabilities are those that the training side computes', async () => {
    const [frozen, trained] = [await openFrozen('q4f32_1', { without: [...without] }), await openPolicy('q4f32_1')];
    const [a, b] = [await play(frozen.policy), await play(trained.policy)];
    expect(a.decisions).toEqual(b.decisions);
    const scored = await frozen.policy.logprobs(a.tokens);
    expect(scored.reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(4);
    expect(furthest(scored, sampled(a.tokens))).toBeLessThan(1e-5);
    expect(furthest(scored, await trained.policy.logprobs(b.tokens))).toBeLessThan(1e-5);
    frozen.policy.dispose();
  });
});

test('sequences are scored as many side by side as the cache holds', async () => {
  const roomy = await openFrozen('q0f32');
  const { tokens } = await play(roomy.policy);
  const { policy, log } = await openFrozen('q0f32', { cacheTokens: 320 });
  const before = log.forks;
  expect(furthest(await policy.logprobs(tokens), sampled(tokens))).toBeLessThan(1e-5);
  // Each is read once: no one has had to make room for another.
  expect(log.forks - before).toBe(tokens.filter(({ choices }) => choices.length > 0).length);
  expect(log.caches.length).toBeGreaterThan(1);
});

test('a library that keeps more than keys and values speaks through the public calls', async () => {
  const { policy, log } = await openFrozen('q0f32', { stateKind: 'hybrid' });
  expect(policy.how).toBe('Rows are decoded one at a time, because the model keeps more than keys and values (hybrid).');
  const { tokens } = await play(policy);
  expect(log.batches).toEqual([]);
  expect(furthest(await policy.logprobs(tokens), sampled(tokens))).toBeLessThan(1e-5);
});

test('it goes on after its device was lost, writes JSON, and says that nothing here trains it', async () => {
  const { policy, lose, notes } = await openFrozen('q0f32', { answer: () => '{"edits":[]}' });
  const { said, tokens } = await play(policy);
  lose();
  expect((await play(policy)).said).toEqual(said);
  lose();
  expect(furthest(await policy.logprobs(tokens), sampled(tokens))).toBeLessThan(1e-5);
  expect(notes).toHaveLength(2);
  expect(await policy.writeJson('Reflect.', { type: 'object' })).toBe('{"edits":[]}');
  expect(policy.tokensWritten).toBe(15);
  expect(policy.memory).toMatch(/^Nothing here can train this model.*Rollouts keep keys and values of up to/);
  expect(policy.info).toMatchObject({ frozen: true, adapterParameters: 0 });
  expect(() => policy.update()).toThrow(/cannot be trained here; only methods that learn rules alone/);
  const state = await policy.exportAdapter();
  await policy.importAdapter(state);
  await expect(policy.importAdapter({ ...state, tensors: { a: { shape: [1], data: new Float32Array(1) } } })).rejects.toThrow(/no adapter/);
});

test('how much a rule steers it is measured with it, without a training side', async () => {
  const { policy } = await openFrozen('q0f32', { context: 400 });
  const log = new PoolLog(foldPool([]), 1);
  log.record('person', { op: 'ADD', scope: 'pick', text: 'Look first.' }, '', []);
  const rules = [...log.pool.rules.values()];
  const host = new LocalHost(await GeneratedHomes.create({ seed: 1, maxReceptacles: 2, families: ['pick'] }));
  const { groups } = await rollOut({
    policy,
    host,
    tasks: await host.tasks('training', [0]),
    copies: 1,
    rulesFor: () => rules,
    steps: 2,
    temperature: 1,
    rng: new Rng(1),
    name: 'a',
  });
  const rollouts = groups.flatMap((group) => group.rollouts);
  expect(rollouts[0]?.trajectory.turns.length).toBeGreaterThan(0);
  const [measured] = await measureAbsorption(policy, rollouts, log.pool, 1);
  expect(measured).toMatchObject({ rule: rules[0]?.id, episodes: 1 });
  expect(Math.abs(measured?.gain as number)).toBeGreaterThan(1e-6);
});

describe('an evaluation of more rows than the cache holds', () => {
  const evaluation = async (more: Parameters<typeof openFrozen>[1]) => {
    const { policy, log } = await openFrozen('q0f32', { context: 400, ...more });
    const host = new LocalHost(await GeneratedHomes.create({ seed: 1, maxReceptacles: 2, families: ['pick'] }));
    const steps: number[] = [];
    const { groups, tokensFed } = await rollOut({
      policy,
      host,
      tasks: await host.tasks('validation', [0, 1, 2, 3, 4, 5]),
      copies: 1,
      rulesFor: () => [],
      steps: 4,
      temperature: 1,
      rng: new Rng(1),
      name: 'a',
      onStep: (trajectories) => void steps.push(trajectories.reduce((sum, { turns }) => sum + turns.length, 0)),
    });
    return { played: groups.map(({ rollouts }) => rollouts.map(({ trajectory }) => trajectory)), tokensFed, log, steps };
  };

  test('plays as many as it holds, the next when one has ended, says the same, and reads hardly anything twice', async () => {
    const roomy = await evaluation({});
    expect(roomy.log.forks).toBe(6);
    const tight = await evaluation({ cacheTokens: 800 });
    expect(tight.played).toEqual(roomy.played);
    expect(tight.log.forks).toBeLessThanOrEqual(8);
    expect(tight.tokensFed).toBeLessThan(1.2 * roomy.tokensFed);
    expect(tight.steps.length).toBeGreaterThan(roomy.steps.length);
  });

  test('and one after the other, where the engine keeps one sequence', async () => {
    const template = {
      ...chatMl,
      system_template: '{system_message}',
      roles: { user: '', assistant: '' },
      seps: [''],
      system_prefix_token_ids: [1],
    };
    const roomy = await evaluation({ template });
    const single = await evaluation({ template, without: ['batch_decode'] });
    expect(single.played.flat().map(({ turns }) => turns.map(({ action }) => action))).toEqual(
      roomy.played.flat().map(({ turns }) => turns.map(({ action }) => action)),
    );
    // Each token was read once.
    expect(single.tokensFed).toBe(roomy.tokensFed);
  });
});
