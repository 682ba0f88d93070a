import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { defaultConfig } from '../../trainer/config.ts';
import { keyOf, type Job, type Message } from './jobs.ts';
import { doJobs, keptResult, startJob, stateFile, type Folders } from './workers.ts';

const config = { ...defaultConfig, method: 'rules-only', iterations: 4, tasks: 3, group: 6, steps: 25, evalGames: 4, evalSteps: 10, evalEvery: 2 };
const setup = { policy: 'uniform', backend: 'wasm', games: null, shop: null, digests: { policy: 'uniform', alfworld: 'made', webshop: 'made' } };
const job = (seed: number): Job => ({ setup, kind: 'run', config: { ...config, seed }, rules: null });
const silent = { show: () => {}, end: () => {} };

const made: string[] = [];
async function fresh(): Promise<Folders> {
  const root = await mkdtemp(join(tmpdir(), 'experiment-'));
  made.push(root);
  return { results: join(root, 'results'), state: join(root, 'state') };
}
afterAll(() => Promise.all(made.map((root) => rm(root, { recursive: true, force: true }))));

const bytes = async ({ results }: Folders): Promise<string[]> => {
  const files = (await readdir(join(results, 'runs'))).sort();
  return Promise.all(files.map((file) => readFile(join(results, 'runs', file), 'utf8')));
};

test('a run that was killed after an iteration goes on from there and ends in the bytes of an uninterrupted one', async () => {
  const [whole, broken] = [await fresh(), await fresh()];
  await doJobs([job(1)], 1, silent, whole);

  await mkdir(broken.state, { recursive: true });
  const child = startJob(job(1), stateFile(broken, job(1)));
  const reached: number[] = [];
  await new Promise<void>((ended) => {
    child.on('message', (message: Message) => {
      if (message.type !== 'progress') return;
      reached.push(message.done);
      // Iterations 0 to 2 are stored by now; the third is under way.
      if (message.done === 3) child.kill('SIGKILL');
    });
    child.on('exit', () => ended());
  });
  // On a busy machine the child may have begun another iteration before the signal arrived.
  expect(reached.slice(0, 4)).toEqual([0, 1, 2, 3]);
  expect(await keptResult(job(1), broken)).toBeNull();

  const seen: string[] = [];
  await doJobs([job(1)], 1, { show: (_done, _total, text) => void seen.push(text), end: () => {} }, broken);
  expect(Number(/iteration (\d+)/.exec(seen[0] ?? '')?.[1])).toBeGreaterThanOrEqual(3);
  expect(await bytes(broken)).toEqual(await bytes(whole));
  expect(await readdir(broken.state)).toEqual([]);
});

test('finished jobs are not done again, equal jobs are done once, and results do not depend on the number of workers', async () => {
  const [one, two] = [await fresh(), await fresh()];
  const short = (seed: number): Job => ({ setup, kind: 'run', config: { ...config, iterations: 1, seed }, rules: null });
  await doJobs([short(1), short(2), short(1)], 2, silent, two);
  for (const seed of [1, 2]) await doJobs([short(seed)], 1, silent, one);
  expect(await bytes(two)).toEqual(await bytes(one));
  expect(await bytes(one)).toHaveLength(2);
  const seen: string[] = [];
  const again = await doJobs([short(1), short(2)], 1, { show: (_done, _total, text) => void seen.push(text), end: () => {} }, one);
  expect(seen).toEqual([]);
  expect([...again.keys()].sort()).toEqual([keyOf(short(1)), keyOf(short(2))].sort());
});

test('a failing job says which one it was, and what was finished before is kept', async () => {
  const where = await fresh();
  const missing: Job = { ...job(1), setup: { ...setup, games: '/nowhere/games.zip' } };
  await expect(doJobs([missing], 1, silent, where)).rejects.toThrow(/rules-only on alfworld, seed 1: There is no file or folder .*What was finished is kept/s);
});

test('the name of a job depends on what is played, not on paths, and not on settings at their defaults', () => {
  const key = keyOf(job(1));
  expect(keyOf({ ...job(1), setup: { ...setup, games: '/elsewhere' } })).toBe(key);
  expect(keyOf({ ...job(1), setup: { ...setup, digests: { ...setup.digests, webshop: 'other' } } })).toBe(key);
  expect(keyOf({ ...job(1), setup: { ...setup, digests: { ...setup.digests, alfworld: 'other' } } })).not.toBe(key);
  expect(keyOf(job(2))).not.toBe(key);
  const added = { ...config, seed: 1 };
  expect(keyOf({ setup, kind: 'run', config: { ...added, kl: defaultConfig.kl }, rules: null })).toBe(key);
  expect(keyOf({ setup, kind: 'run', config: { ...added, kl: 0.5 }, rules: null })).not.toBe(key);
});
