import { expect, test } from 'vitest';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { LocalHost } from '../envs/host.ts';
import { methods } from '../methods/all.ts';
import { UniformPolicy } from '../policy/uniform.ts';
import { ContrastReflector } from '../rules/contrast.ts';
import { MemoryStore } from '../storage/memory.ts';
import { defaultConfig } from './config.ts';
import { fittingMethod, weightlessMethods } from './frozen.ts';
import { TrainingRun } from './session.ts';

async function begin(method: string, frozen: boolean) {
  const policy = new UniformPolicy();
  if (frozen) Object.assign(policy, { info: { ...policy.info, name: 'gemma', frozen } });
  const store = new MemoryStore();
  const deps = {
    policy,
    host: new LocalHost(await GeneratedHomes.create({ seed: 1, maxReceptacles: 3, families: ['pick'] })),
    store,
    reflector: new ContrastReflector(),
    clock: { seconds: () => 0, wall: () => 0 },
    progress: { phase: () => {}, episodes: () => {}, iteration: () => {} },
    pauseAsked: () => false,
    gate: () => null,
  };
  const config = { ...defaultConfig, method, iterations: 1, tasks: 4, group: 8, steps: 20, evalGames: 4, evalSteps: 3, evalEvery: 0 };
  const run = () => TrainingRun.create(deps, { id: 'a', config, gameSet: null });
  return { policy, store, run, deps };
}

test.each(Object.keys(methods))('%s is offered on a frozen model if, and only if, it updates no weights', async (method) => {
  const { policy, run } = await begin(method, false);
  const made = await run();
  while (!made.done) await made.iterate();
  // Most groups of random play in so small homes are mixed.
  expect(policy.weightVersion === 0).toBe(weightlessMethods.includes(method));
});

test('by the name of a model that nothing here can train, a method that trains weights gives way to rules alone', () => {
  for (const method of Object.keys(methods)) {
    const fits = weightlessMethods.includes(method);
    expect(fittingMethod('gemma-2-2b-it-q4f16_1-MLC', method)).toBe(fits ? method : 'rules-only');
    expect(fittingMethod('Qwen3-0.6B-q4f16_1-MLC', method)).toBe(method);
    expect(fittingMethod('tiny', method)).toBe(method);
  }
});

test('a method that trains weights is refused on a frozen model before anything is stored, and told which are not', async () => {
  const { store, run } = await begin('grpo', true);
  await expect(run()).rejects.toThrow(
    'Nothing here can train gemma, and grpo trains weights; choose a method that leaves them as they are: rules-only, expel, training-free-grpo, reflexion, prompt-only.',
  );
  expect(await store.run('a')).toBeUndefined();
  const allowed = await begin('rules-only', true);
  const made = await allowed.run();
  while (!made.done) await made.iterate();
  expect((await allowed.store.checkpoint('a'))?.iteration).toBe(1);
});

test('a stored run that trains weights does not go on with a frozen model', async () => {
  const { run, deps } = await begin('jerp', false);
  await run();
  Object.assign(deps.policy, { info: { ...deps.policy.info, frozen: true } });
  await expect(TrainingRun.restore(deps, 'a')).rejects.toThrow(/jerp trains weights/);
});
