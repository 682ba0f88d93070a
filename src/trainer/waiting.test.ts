/** A person's change in the middle of an iteration is made once: after it, or when the run is opened again. */
import { expect, test } from 'vitest';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { LocalHost } from '../envs/host.ts';
import { UniformPolicy } from '../policy/uniform.ts';
import { ContrastReflector } from '../rules/contrast.ts';
import { MemoryStore } from '../storage/memory.ts';
import { defaultConfig } from './config.ts';
import { Paused } from './phase-timer.ts';
import { TrainingRun, type RunDeps } from './session.ts';

const add = (text: string) => ({ op: 'ADD' as const, scope: 'pick', text });

async function setUp(more: Partial<RunDeps> = {}) {
  const store = new MemoryStore();
  const told: [string, string[]][] = [];
  const deps: RunDeps = {
    policy: new UniformPolicy(),
    host: new LocalHost(await GeneratedHomes.create({ seed: 1, maxReceptacles: 4, families: ['pick'] })),
    store,
    reflector: new ContrastReflector(),
    clock: { seconds: () => 0, wall: () => 0 },
    progress: { phase: () => {}, episodes: () => {}, iteration: () => {} },
    pauseAsked: () => false,
    dropped: (message, written) => told.push([message, written]),
    ...more,
  };
  const config = { ...defaultConfig, iterations: 1, tasks: 1, group: 2, steps: 3, evalGames: 2, evalSteps: 3, evalEvery: 0 };
  return { store, told, deps, run: await TrainingRun.create(deps, { id: 'a', config, gameSet: null }) };
}
const texts = async (store: MemoryStore) => (await store.events('a')).map(({ action }) => ('text' in action ? action.text : action.op));

test('it is stored as waiting at once, and made when the iteration is stored', async () => {
  const { store, run } = await setUp();
  const during = run.iterate();
  await run.edit('1', add('One.'));
  await run.edit('2', add('Two.'));
  await run.edit('2', add('Two.'));
  expect((await store.waiting('a')).map(({ key }) => key)).toEqual(['1', '2']);
  expect(await texts(store)).toEqual([]);
  await expect(run.edit('3', add('One.'))).rejects.toThrow('already says so');
  await during;
  expect([await texts(store), await store.waiting('a')]).toEqual([['One.', 'Two.'], []]);
});

test('after a crash it is made when the run is opened again, and not a second time', async () => {
  const { store, deps, run } = await setUp({ gate: () => new Promise(() => {}) });
  // Never ends: the tab is gone in the middle of it.
  void run.iterate();
  await run.edit('1', add('One.'));
  expect(await texts(store)).toEqual([]);
  await TrainingRun.restore(deps, 'a');
  await TrainingRun.restore(deps, 'a');
  expect([await texts(store), await store.waiting('a')]).toEqual([['One.'], []]);
});

test('it is made where a pause drops the iteration', async () => {
  const { store, run } = await setUp({ pauseAsked: () => true });
  const during = run.iterate();
  await run.edit('1', add('One.'));
  await expect(during).rejects.toBeInstanceOf(Paused);
  expect([await texts(store), await store.waiting('a')]).toEqual([['One.'], []]);
});

test('one that cannot be made any more is told with its text, and the others are made', async () => {
  const { store, told, deps, run } = await setUp();
  await run.edit('0', add('One.'), { op: 'PRUNE', id: 'r1', reason: 'deleted' });
  await store.addWaiting('a', { key: '1', actions: [{ op: 'EDIT', id: 'r1', text: 'Uno.' }] });
  await store.addWaiting('a', { key: '2', actions: [add('Two.')] });
  await TrainingRun.restore(deps, 'a');
  expect(told).toEqual([['The change that waited was not made: rule r1 has been removed.', ['Uno.']]]);
  expect([await texts(store), await store.waiting('a')]).toEqual([['One.', 'PRUNE', 'Two.'], []]);
});
