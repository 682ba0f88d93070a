import { afterEach, expect, test } from 'vitest';
import { generateGame } from './alfworld/generator.ts';
import { writeGameFile } from './alfworld/writer.ts';
import { GeneratedHomes } from './alfworld/world.ts';
import { LocalHost } from './host.ts';
import type { LoadProgress } from './protocol.ts';
import { RemoteHost } from './remote.ts';
import { serve } from './server.ts';
import { makeProducts, shopFiles } from './webshop/made-shop.ts';
import { MadeShop } from './webshop/world.ts';

const open: MessagePort[] = [];
afterEach(() => open.splice(0).forEach((port) => port.close()));

function remote(): RemoteHost {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  serve(port2);
  return new RemoteHost(port1);
}

test('episodes behind a port are the same as in this thread, many at once', async () => {
  const [here, there] = [new LocalHost(await GeneratedHomes.create({ seed: 4 })), remote()];
  expect(await there.useHomes({ seed: 4 })).toEqual(await here.info());
  const tasks = await there.tasks('training', [0, 1, 2, 3]);
  expect(tasks).toEqual(await here.tasks('training', [0, 1, 2, 3]));
  const [a, b] = [await here.open(tasks), await there.open(tasks)];
  expect(b.map((e) => e.first)).toEqual(a.map((e) => e.first));
  let last = a.map((e) => e.first);
  for (let step = 0; step < 20; step++) {
    const actions = last.map((o, i) => o.admissible[(step * 31 + i * 17) % o.admissible.length] as string);
    const results = await here.step(a.map((e, i) => ({ episode: e.episode, action: actions[i] as string })));
    expect(await there.step(b.map((e, i) => ({ episode: e.episode, action: actions[i] as string })))).toEqual(results);
    last = results;
  }
  await there.close(b.map((e) => e.episode));
  await expect(there.step([{ episode: b[0]?.episode as number, action: 'look' }])).rejects.toThrow('is not open');
});

test("a person's files are read in the worker with progress, and then played", async () => {
  const host = remote();
  const files = [0, 1, 2, 3, 4].map((n) => ({
    path: `mine/train/task/trial_${n}/game.tw-pddl`,
    blob: new Blob([writeGameFile(generateGame('training', n, { seed: 1, maxReceptacles: 6 }))]),
  }));
  const progress: number[] = [];
  const loaded = await host.load('mine', files, (p) => progress.push(p.done));
  expect(progress).toEqual([1, 2, 3, 4, 5]);
  const info = await host.useGames('mine', loaded.games);
  expect(info).toMatchObject({ name: 'mine', splits: { training: 4, validation: 1 } });
  const [task] = await host.tasks('validation', [0]);
  expect(task?.id).toMatch(/^train\/task\/trial_\d$/);
});

test('a shop behind a port is the same as in this thread, and is played by what it lists', async () => {
  const options = { seed: 5, products: 300 };
  const [here, there] = [new LocalHost(await MadeShop.create(options)), remote()];
  expect(await there.useMadeShop(options)).toEqual(await here.info());
  const tasks = await there.tasks('validation', [0, 1, 2]);
  const [a, b] = [await here.open(tasks), await there.open(tasks)];
  expect(b.map((e) => e.first)).toEqual(a.map((e) => e.first));
  let last = a.map((e) => e.first);
  for (let step = 0; step < 12; step++) {
    const going = last.flatMap((o, i) => (o.admissible.length > 0 ? [i] : []));
    const action = (i: number): string => last[i]?.admissible[(step * 31 + i * 17) % (last[i]?.admissible.length ?? 1)] as string;
    const send = (opened: typeof a) => going.map((i) => ({ episode: opened[i]?.episode as number, action: action(i) }));
    const results = await here.step(send(a));
    expect(await there.step(send(b))).toEqual(results);
    last = last.map((o, i) => results[going.indexOf(i)] ?? o);
  }
});

test("a person's shop is read in the worker with progress; what cannot be used is said, the rest is played", async () => {
  const host = remote();
  const contents = shopFiles(makeProducts({ seed: 2, products: 40 }));
  (contents['items_shuffle.json'] as unknown[]).push({ asin: 'B0BAD', name: 'no price', pricing: 'cheap' });
  const files = Object.entries(contents).map(([path, value]) => ({ path, blob: new Blob([JSON.stringify(value)]) }));
  const seen: LoadProgress[] = [];
  const loaded = await host.useShopFiles('mine', files, {}, (progress) => seen.push(progress));
  // First everything is read, then it is put in order, each from its beginning to its end.
  expect(seen.map(({ phase }) => phase).join(' ')).toMatch(/^(reading )+(ordering ?)+$/);
  for (const phase of ['reading', 'ordering']) {
    const shares = seen.filter((progress) => progress.phase === phase).map(({ done, total }) => done / total);
    expect(shares.at(-1)).toBe(1);
    expect(shares).toEqual([...shares].sort((x, y) => x - y));
  }
  expect(loaded).toMatchObject({ env: 'webshop', name: 'mine', products: 40, droppedCount: 1 });
  expect(loaded.dropped[0]).toContain('B0BAD: its price "cheap" has no "$" in it');
  const [task] = await host.tasks('training', [0]);
  const [episode] = await host.open([task as NonNullable<typeof task>]);
  expect(episode?.first.admissible.every((command) => command.startsWith('search['))).toBe(true);
});

test('errors travel as sentences, and a failed worker rejects what waits', async () => {
  const host = remote();
  await expect(host.info()).rejects.toThrow('No world is loaded in the environment worker');
  await expect(host.load('x.zip', [{ path: 'x.zip', blob: new Blob(['nonsense']) }])).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining('x.zip is not a zip file') as string,
  });
  const silent = new MessageChannel();
  open.push(silent.port1, silent.port2);
  const dead = new RemoteHost(silent.port1);
  const waiting = dead.info();
  dead.fail('The environment worker could not be started; reload the page.');
  await expect(waiting).rejects.toThrow('reload the page');
  await expect(dead.tasks('training', [0])).rejects.toThrow('reload the page');
});
