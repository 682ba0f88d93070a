/** Forks begin as the other run was; what makes room keeps curves and rules; a newer database is told, not torn. */
import 'fake-indexeddb/auto';
import { Dexie } from 'dexie';
import { expect, test } from 'vitest';
import { defaultConfig, type RunConfig } from '../trainer/config.ts';
import { exportAll, importRuns } from './bundle.ts';
import { DexieStore } from './dexie.ts';
import { sampleCommit, sampleManifest } from './sample.ts';

const id = 'amber-kestrel';

async function trained(name: string): Promise<DexieStore> {
  const store = new DexieStore(name);
  await store.create(sampleManifest());
  await store.commit(id, sampleCommit(0));
  await store.commit(id, sampleCommit(1));
  await store.commit(id, sampleCommit(2));
  await store.commit(id, sampleCommit(3));
  return store;
}

test('a run can be forked from every iteration, and from its last when room was made', async () => {
  const store = await trained('points');
  expect(await store.forkPoints(id)).toEqual([0, 1, 2, 3]);
  await store.prune(id);
  expect(await store.forkPoints(id)).toEqual([3]);
});

test('a fork has the curves, rules, episodes and weights of its iteration, and nothing later', async () => {
  const store = await trained('fork');
  const { config } = sampleManifest();
  await store.fork(id, 2, 'pale-finch', { ...config, lr: 0.01, rank: 64, alphaFactor: 1, targets: 'mlp' }, 7);
  const fork = await store.run('pale-finch');
  expect(fork).toMatchObject({ iteration: 2, status: 'paused', createdAt: 7, from: { run: id, iteration: 2 } });
  // The adapter's shape and the games cannot change in the middle of a run.
  expect(fork?.config).toMatchObject({ lr: 0.01, rank: config.rank, alphaFactor: config.alphaFactor, targets: config.targets });
  expect((await store.metrics('pale-finch')).map((m) => m.iteration)).toEqual([0, 1, 2]);
  expect(await store.trajectories('pale-finch')).toHaveLength(6);
  expect((await store.checkpoint('pale-finch'))?.adapter).toEqual(sampleCommit(2).checkpoint.adapter);
  await store.commit('pale-finch', { ...sampleCommit(3), events: [] });
  expect((await store.run(id))?.iteration).toBe(3);
});

test('a run that was stored before a setting was one reads as at its default, and is forked with it', async () => {
  const store = await trained('older');
  const { alphaFactor: _alpha, epochs: _epochs, ...older } = { ...sampleManifest().config, lr: 0.01 };
  await store.db.runs.update(id, { config: older as RunConfig });
  const whole = { ...defaultConfig, ...older };
  expect((await store.run(id))?.config).toEqual(whole);
  expect((await store.runs()).map(({ config }) => config)).toEqual([whole]);
  expect((await store.exportRun(id)).manifest.config).toEqual(whole);
  await store.fork(id, 2, 'pale-finch', { ...whole, alphaFactor: 1 }, 7);
  expect((await store.run('pale-finch'))?.config).toEqual(whole);
  expect(await store.run('nobody')).toBeUndefined();
});

test('a fork from the last iteration of a finished run is finished, until it is given more', async () => {
  const store = await trained('fork-end');
  await store.fork(id, 3, 'pale-finch', { ...sampleManifest().config, iterations: 3 }, 7);
  expect(await store.run('pale-finch')).toMatchObject({ iteration: 3, status: 'finished' });
  await store.fork(id, 3, 'grey-finch', { ...sampleManifest().config, iterations: 4 }, 7);
  expect(await store.run('grey-finch')).toMatchObject({ status: 'paused' });
});

test('an iteration whose weights are not kept cannot be forked, and nothing is left behind', async () => {
  const store = await trained('no-fork');
  await store.prune(id);
  await expect(store.fork(id, 1, 'pale-finch', sampleManifest().config, 7)).rejects.toThrow('fork it from another one');
  expect(await store.run('pale-finch')).toBeUndefined();
});

test('pruning keeps curves, rules, the weights to go on with and the episodes of the last iteration', async () => {
  const store = await trained('prune');
  await store.prune(id);
  expect(await store.trajectories(id)).toMatchObject([{ id: '3.0.0' }, { id: '3.0.1' }]);
  expect(await store.metrics(id)).toHaveLength(4);
  expect(await store.forkPoints(id)).toEqual([3]);
  expect((await store.events(id)).length).toBeGreaterThan(0);
});

test('what is exported or forked in the middle of an iteration has the changes of rules that wait for its end', async () => {
  const store = await trained('waits');
  const add = (text: string) => ({ op: 'ADD' as const, scope: 'cool', text });
  await store.addWaiting(id, { key: 'one', actions: [add('Waits.'), { op: 'DISABLE', id: 'r1' }] });
  await store.addWaiting(id, { key: 'two', actions: [add('Waits too.')] });
  const before = await store.events(id);
  const wanted = [...before, ...['ADD', 'DISABLE', 'ADD'].map((op, i) => ({ seq: 4 + i, by: 'person', iteration: 3, action: { op } }))];
  expect((await store.exportRun(id)).events).toMatchObject(wanted);
  await store.fork(id, 3, 'pale-finch', sampleManifest().config, 7);
  expect(await store.events('pale-finch')).toMatchObject(wanted);
  expect(await store.waiting('pale-finch')).toEqual([]);
  // Of an earlier iteration they are no part.
  await store.fork(id, 2, 'grey-finch', sampleManifest().config, 7);
  expect((await store.events('grey-finch')).every(({ by }) => by === 'reflector')).toBe(true);
  // In the run itself they wait on.
  expect([(await store.events(id)).length, (await store.waiting(id)).length]).toEqual([before.length, 2]);
  const elsewhere = new DexieStore('waits-in');
  await importRuns(elsewhere, await (await exportAll(store)).text(), 'all.json');
  expect(await elsewhere.events(id)).toMatchObject(wanted);
});

const trial = (text: string, iteration: number) => ({
  rule: 'r1',
  text,
  iteration,
  result: { n: 20, withRule: 0.5, without: 0.25, onlyWith: 6, onlyWithout: 1, ci95: [0.1, 0.4] as [number, number] },
});

test('what a rule was found to be worth stays with its run, by wording, into forks and files, and goes with it', async () => {
  const store = await trained('trials');
  for (const one of [trial('Old words.', 1), trial('New words.', 2), trial('New words.', 3)]) await store.putTrial(id, one);
  expect(await store.trials(id)).toEqual([trial('New words.', 3), trial('Old words.', 1)]);
  await store.fork(id, 2, 'pale-finch', sampleManifest().config, 7);
  expect(await store.trials('pale-finch')).toEqual([trial('Old words.', 1)]);
  const elsewhere = new DexieStore('trials-in');
  await importRuns(elsewhere, await (await exportAll(store)).text(), 'all.json');
  expect(await elsewhere.trials(id)).toEqual(await store.trials(id));
  await store.remove(id);
  expect(await store.trials(id)).toEqual([]);
  await expect(store.putTrial(id, trial('Late.', 3))).rejects.toThrow('There is no run named');
});

test('everything of a lab goes out as one file and comes back into an empty one', async () => {
  const store = await trained('everything');
  await store.fork(id, 2, 'pale-finch', sampleManifest().config, 7);
  const text = await (await exportAll(store)).text();
  const empty = new DexieStore('empty');
  const { ids, report, whole } = await importRuns(empty, text, 'all.json');
  expect(ids.sort()).toEqual([id, 'pale-finch']);
  expect(report).toBe('all.json was read: 2 runs.');
  expect(whole).toBe(true);
  for (const run of ids) {
    expect(await empty.metrics(run)).toEqual(await store.metrics(run));
    expect(await empty.trajectories(run)).toEqual(await store.trajectories(run));
    expect(await empty.events(run)).toEqual(await store.events(run));
    expect((await empty.checkpoint(run))?.adapter).toEqual((await store.checkpoint(run))?.adapter);
  }
});

test('a damaged run in such a file is told and the others come in', async () => {
  const store = await trained('partly');
  const raw = JSON.parse(await (await exportAll(store)).text()) as { runs: unknown[] };
  raw.runs.push({ format: 'jerp-lab run', version: 1 }, 7);
  const { ids, report, more, whole } = await importRuns(new DexieStore('partly-in'), JSON.stringify(raw), 'all.json');
  expect(ids).toEqual([id]);
  expect(report).toBe('all.json was read: 1 run; 2 could not be taken in.');
  expect(more).toHaveLength(3);
  expect(whole).toBe(false);
});

test('a database of a newer page is refused in a sentence, and stays as it is', async () => {
  const newer = new Dexie('newer');
  newer.version(99).stores({ runs: 'id, createdAt', unheardOf: '++id' });
  await newer.table('runs').add({ id: 'from-the-future', createdAt: 1 });
  newer.close();
  await expect(new DexieStore('newer').runs()).rejects.toThrow(/newer version of this page/);
  const again = new Dexie('newer');
  again.version(99).stores({ runs: 'id, createdAt', unheardOf: '++id' });
  expect(await again.table('runs').count()).toBe(1);
});
