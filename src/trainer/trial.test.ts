import { expect, test } from 'vitest';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { LocalHost } from '../envs/host.ts';
import { poolWithout } from '../algo/without-rule.ts';
import { UniformPolicy } from '../policy/uniform.ts';
import { ContrastReflector } from '../rules/contrast.ts';
import { foldPool } from '../rules/pool.ts';
import { MemoryStore } from '../storage/memory.ts';
import { defaultConfig } from './config.ts';
import { TrainingRun } from './session.ts';
import { Stopped, tryWithout } from './trial.ts';

const config = { ...defaultConfig, iterations: 1, tasks: 1, group: 2, steps: 4, evalGames: 2, evalSteps: 6, keys: 'family' };

async function stored() {
  const homes = await GeneratedHomes.create({ seed: 1, maxReceptacles: 4, families: ['pick', 'look'] });
  const store = new MemoryStore();
  const host = new LocalHost(homes);
  const policy = new UniformPolicy();
  const progress = { phase: () => {}, episodes: () => {}, iteration: () => {} };
  const deps = {
    policy,
    host,
    store,
    reflector: new ContrastReflector(),
    clock: { seconds: () => 0, wall: () => 0 },
    progress,
    pauseAsked: () => false,
  };
  const run = await TrainingRun.create(deps, { id: 'a', config, gameSet: null });
  await run.iterate();
  await run.edit('k', { op: 'ADD', scope: 'pick', text: 'Take the thing.' }, { op: 'ADD', scope: 'heat', text: 'Warm it.' });
  return { policy, host, store, stopAsked: () => false, progress: () => {} };
}

test('a rule that the policy does not read is worth nothing: both ways of a game are alike', async () => {
  const seen: number[] = [];
  const deps = { ...(await stored()), progress: (done: number, total: number) => seen.push(done / total) };
  const { result, ...what } = await tryWithout(deps, 'a', 'r1', 8);
  expect(what).toEqual({ rule: 'r1', text: 'Take the thing.', iteration: 0 });
  expect(result).toMatchObject({ n: 8, onlyWith: 0, onlyWithout: 0, ci95: [0, 0] });
  expect(result.withRule).toBe(result.without);
  expect(seen[0]).toBe(0);
  expect(seen.at(-1)).toBe(1);
});

test('a rule in no prompt, a run without an iteration and a stop are answered', async () => {
  const deps = await stored();
  await expect(tryWithout(deps, 'a', 'r2', 8)).rejects.toThrow('nothing would change without it');
  await expect(tryWithout(deps, 'b', 'r1', 8)).rejects.toThrow('b has no stored iteration yet');
  await expect(tryWithout({ ...deps, stopAsked: () => true }, 'a', 'r1', 8)).rejects.toThrow(Stopped);
});

test('without a rule the pool is as if a person had switched it off', async () => {
  const { store } = await stored();
  const pool = foldPool(await store.events('a'));
  expect(poolWithout(pool, 'r1').rules.get('r1')?.status).toBe('disabled');
  expect(pool.rules.get('r1')?.status).toBe('active');
});
