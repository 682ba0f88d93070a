/** Both stores hold the same promises: whole or absent, no gap, no second writer. */
import 'fake-indexeddb/auto';
import { Dexie } from 'dexie';
import { describe, expect, test } from 'vitest';
import { DexieStore } from './dexie.ts';
import { MemoryStore } from './memory.ts';
import { sampleCommit, sampleEvent, sampleManifest, sampleTrajectory } from './sample.ts';
import type { RunStore } from './store.ts';

const id = 'amber-kestrel';
let number = 0;
const stores: [string, () => RunStore][] = [
  ['dexie', () => new DexieStore(`test-${number++}`)],
  ['memory', () => new MemoryStore()],
];

async function everything(store: RunStore) {
  return {
    run: await store.run(id),
    checkpoint: await store.checkpoint(id),
    metrics: await store.metrics(id),
    events: await store.events(id),
    trajectories: await store.trajectories(id),
  };
}

describe.each(stores)('%s store', (_name, make) => {
  test('gives back what was committed, floats to the last bit', async () => {
    const store = make();
    await store.create(sampleManifest());
    await store.commit(id, sampleCommit(0));
    await store.commit(id, sampleCommit(1));
    const all = await everything(store);
    const wanted = sampleCommit(1);
    expect(all.run?.iteration).toBe(1);
    expect(all.checkpoint).toEqual(wanted.checkpoint);
    expect(all.checkpoint?.adapter.tensors['q.lora_a']?.data).toBeInstanceOf(Float32Array);
    expect(all.metrics).toEqual([sampleCommit(0).metrics, wanted.metrics]);
    expect(all.events.map((e) => e.seq)).toEqual([0, 1]);
    expect(all.trajectories).toEqual([...sampleCommit(0).trajectories, ...wanted.trajectories]);
  });

  test('refuses a second run of one name', async () => {
    const store = make();
    await store.create(sampleManifest());
    await expect(store.create(sampleManifest())).rejects.toThrow('stored already');
  });

  test('a commit with a taken rule event changes nothing at all', async () => {
    const store = make();
    await store.create(sampleManifest());
    await store.commit(id, sampleCommit(0));
    const before = await everything(store);
    await expect(store.commit(id, sampleCommit(1, 0))).rejects.toThrow('does not follow');
    expect(await everything(store)).toEqual(before);
  });

  test('refuses an iteration that is repeated or skipped', async () => {
    const store = make();
    await store.create(sampleManifest());
    await store.commit(id, sampleCommit(0));
    await expect(store.commit(id, sampleCommit(0, 1))).rejects.toThrow('cannot be stored after iteration 0');
    await expect(store.commit(id, sampleCommit(2, 1))).rejects.toThrow('cannot be stored after iteration 0');
  });

  test("refuses a person's edit whose number is taken", async () => {
    const store = make();
    await store.create(sampleManifest());
    await store.addEvents(id, [sampleEvent(0)]);
    await expect(store.addEvents(id, [sampleEvent(0)])).rejects.toThrow('does not follow');
    expect(await store.events(id)).toHaveLength(1);
  });

  test('changes that wait keep their order, are kept once, and leave together with what they did', async () => {
    const store = make();
    await store.create(sampleManifest());
    const edit = (key: string) => ({ key, actions: [{ op: 'ADD' as const, scope: 'cool', text: `Rule ${key}.` }] });
    for (const key of ['b', 'a', 'b']) await store.addWaiting(id, edit(key));
    expect(await store.waiting(id)).toEqual([edit('b'), edit('a')]);
    // What cannot be stored leaves the change waiting.
    await expect(store.settleWaiting(id, 'b', [sampleEvent(7)])).rejects.toThrow('does not follow');
    expect([await store.waiting(id), await store.events(id)]).toEqual([[edit('b'), edit('a')], []]);
    await store.settleWaiting(id, 'b', [sampleEvent(0)]);
    expect([await store.waiting(id), await store.events(id)]).toEqual([[edit('a')], [sampleEvent(0)]]);
    await expect(store.settleWaiting(id, 'b', [sampleEvent(1)])).rejects.toThrow('made already');
    expect(await store.events(id)).toHaveLength(1);
  });

  test('names the missing run', async () => {
    await expect(make().commit(id, sampleCommit(0))).rejects.toThrow('no run named amber-kestrel');
  });
});

test('a throw at any put inside a commit leaves the previous state intact', async () => {
  for (const table of ['metrics', 'events', 'trajectories', 'episodes', 'checkpoints', 'runs'] as const) {
    const store = new DexieStore(`torn-${table}`);
    let full = false;
    store.db.use({
      stack: 'dbcore',
      name: 'fault',
      create: (core) => ({
        ...core,
        table: (name) => {
          const inner = core.table(name);
          return {
            ...inner,
            mutate: (request) => (full && name === table ? Promise.reject(new Error(`no room in ${table}`)) : inner.mutate(request)),
          };
        },
      }),
    });
    await store.create(sampleManifest());
    await store.commit(id, sampleCommit(0));
    const before = await everything(store);
    full = true;
    await expect(store.commit(id, sampleCommit(1))).rejects.toThrow(`no room in ${table}`);
    expect(await everything(store)).toEqual(before);
  }
});

test('removing a run leaves the others alone', async () => {
  const store = new DexieStore('removal');
  await store.create(sampleManifest());
  await store.create(sampleManifest('pale-finch'));
  await store.commit(id, sampleCommit(0));
  await store.commit('pale-finch', sampleCommit(0));
  await store.addWaiting(id, { key: 'k', actions: [{ op: 'DISABLE', id: 'r1' }] });
  await store.remove(id);
  expect(await store.runsWithWaiting()).toEqual([]);
  expect(await everything(store)).toEqual({ run: undefined, checkpoint: undefined, metrics: [], events: [], trajectories: [] });
  expect(await store.trajectories('pale-finch')).toHaveLength(2);
});

test('a database of the first version opens with its episodes listed', async () => {
  const old = new Dexie('first-version');
  old.version(1).stores({
    runs: 'id, createdAt',
    metrics: '[runId+iteration]',
    events: '[runId+seq]',
    trajectories: '[runId+id], [runId+iteration]',
    checkpoints: 'runId',
    gameSets: 'id, createdAt',
    games: 'id',
  });
  const { turns: _turns, ...rest } = sampleTrajectory('1.0.0', true);
  const turns = [{ action: 'look', observation: 'Nothing.', logprob: -0.5 }];
  await old.table('trajectories').add({ ...rest, turns, runId: id, iteration: 1 });
  old.close();
  const store = new DexieStore('first-version');
  expect(await store.episodes(id)).toMatchObject([{ id: '1.0.0', iteration: 1, family: 'cool', won: true, steps: 1, ruleIds: ['r1'] }]);
  expect(await store.trajectory(id, '1.0.0')).toEqual({ ...rest, turns });
});

test('episodes are found by what was seen or done in them', async () => {
  const store = new DexieStore('search');
  await store.create(sampleManifest());
  await store.commit(id, sampleCommit(0));
  expect((await store.findEpisodes(id, 'FRIDGE 1 is', () => true)).size).toBe(2);
  expect((await store.findEpisodes(id, 'microwave', () => true)).size).toBe(0);
  expect((await store.findEpisodes(id, 'fridge', () => false)).size).toBe(0);
});
