import { expect, test } from 'vitest';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { LocalHost } from '../envs/host.ts';
import { UniformPolicy } from '../policy/uniform.ts';
import type { AdapterState } from '../policy/policy.ts';
import { ContrastReflector } from '../rules/contrast.ts';
import { MemoryStore } from '../storage/memory.ts';
import { defaultConfig } from './config.ts';
import { TrainingRun, type RunDeps } from './session.ts';

/** Notes which adapters it is given. */
class Noting extends UniformPolicy {
  fresh = 0;
  taken: AdapterState[] = [];
  override newAdapter(): void {
    this.fresh++;
  }
  override async importAdapter(state: AdapterState): Promise<void> {
    this.taken.push(state);
  }
}

test('a run that begins with an adapter keeps it before its first iteration, so that it is there after a reload', async () => {
  const policy = new Noting();
  const store = new MemoryStore();
  const deps: RunDeps = {
    policy,
    host: new LocalHost(await GeneratedHomes.create({ seed: 1, maxReceptacles: 4, families: ['pick'] })),
    store,
    reflector: new ContrastReflector(),
    clock: { seconds: () => 0, wall: () => 0 },
    progress: { phase: () => {}, episodes: () => {}, iteration: () => {} },
    pauseAsked: () => false,
  };
  const adapter: AdapterState = {
    rank: 3,
    alpha: 12,
    step: 0,
    weightVersion: 1,
    tensors: { a: { shape: [1], data: new Float32Array([7]) } },
  };
  const run = await TrainingRun.create(deps, { id: 'a', config: { ...defaultConfig, evalGames: 2 }, gameSet: null, adapter });
  expect([run.iteration, policy.fresh]).toEqual([-1, 0]);
  expect(run.manifest.config).toMatchObject({ rank: 3, alphaFactor: 4, targets: 'linear' });
  expect(policy.taken).toEqual([adapter]);

  const again = await TrainingRun.restore(deps, 'a');
  expect([again.iteration, policy.fresh]).toEqual([-1, 0]);
  expect(policy.taken[1]).toEqual(adapter);
});
