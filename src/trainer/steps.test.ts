import { expect, test } from 'vitest';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { LocalHost } from '../envs/host.ts';
import { UniformPolicy } from '../policy/uniform.ts';
import { ContrastReflector } from '../rules/contrast.ts';
import { MemoryStore } from '../storage/memory.ts';
import type { Phase } from '../types.ts';
import { defaultConfig } from './config.ts';
import type { Boundary } from './pace.ts';
import { Paused } from './phase-timer.ts';
import { TrainingRun } from './session.ts';

async function runWith(
  gate: (boundary: Boundary, phase: Phase) => Promise<void> | null,
  asked: () => boolean,
  clock = { now: 0 },
  policy = new UniformPolicy(),
) {
  const homes = await GeneratedHomes.create({ seed: 1, maxReceptacles: 4, families: ['pick', 'look'] });
  const config = { ...defaultConfig, iterations: 1, tasks: 3, group: 8, steps: 6, evalGames: 2, evalSteps: 3, evalEvery: 0 };
  const deps = {
    policy,
    host: new LocalHost(homes),
    store: new MemoryStore(),
    reflector: new ContrastReflector(),
    clock: { seconds: () => clock.now, wall: () => 0 },
    progress: { phase: () => {}, episodes: () => {}, iteration: () => {} },
    pauseAsked: asked,
    gate,
  };
  return TrainingRun.create(deps, { id: 'a', config, gameSet: null });
}

test('the gate is passed at every joint action and every phase, in the order of the loop', async () => {
  const passed: string[] = [];
  const run = await runWith(
    (boundary, phase) => {
      passed.push(`${phase}/${boundary}`);
      return null;
    },
    () => false,
  );
  await run.iterate();
  await run.iterate();
  const training = passed.slice(passed.indexOf('retrieve/phase'), passed.lastIndexOf('evaluate/group'));
  expect(training.slice(0, 8)).toEqual(['retrieve/phase', 'act/phase', ...Array<string>(6).fill('act/action')]);
  expect(training.slice(8, 10)).toEqual(['reward/group', 'advantage/group']);
  expect(training.filter((step) => step === 'edit/group')).toHaveLength(3);
});

test('time spent waiting for a person is no time of the phase', async () => {
  const clock = { now: 0 };
  const run = await runWith(
    async () => {
      clock.now += 100;
    },
    () => false,
    clock,
  );
  const metrics = await run.iterate();
  expect(metrics.seconds.evaluate).toBe(0);
});

test('a pause that comes while the run is held drops the unfinished iteration', async () => {
  let asked = false;
  const run = await runWith(
    async () => {
      asked = true;
    },
    () => asked,
  );
  await expect(run.iterate()).rejects.toBeInstanceOf(Paused);
  expect(run.iteration).toBe(-1);
});

test('a pause that comes when all is computed, but nothing stored yet, drops the iteration: whoever was told so finds nothing later', async () => {
  let exported = 0;
  class Counting extends UniformPolicy {
    override exportAdapter() {
      exported++;
      return super.exportAdapter();
    }
  }
  // Once before the iteration, and once for its checkpoint.
  const run = await runWith(
    () => null,
    () => exported === 2,
    undefined,
    new Counting(),
  );
  await expect(run.iterate()).rejects.toBeInstanceOf(Paused);
  expect(exported).toBe(2);
  expect([run.iteration, run.committing, run.iterating]).toEqual([-1, false, false]);
});

test('the test split is another panel than the one watched, the same every time, and changes nothing that is stored', async () => {
  const run = await runWith(
    () => null,
    () => false,
  );
  await run.iterate();
  await run.iterate();
  const [agent, base] = await run.test();
  expect(agent?.panel).toMatch(/\/test\/2$/);
  expect(agent?.panelHash).not.toBe(run.manifest.panel.hash);
  expect([agent?.rules, agent?.adapter, base?.rules, base?.adapter]).toEqual(['pool', true, 'none', false]);
  expect((await run.test())[0]).toEqual(agent);
  expect(run.iteration).toBe(1);
});
