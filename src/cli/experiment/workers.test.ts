import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { UserError } from '../../lib/errors.ts';
import { iterationOf } from '../../storage/rows.ts';
import { defaultConfig } from '../../trainer/config.ts';
import { keyOf, type Job, type Message, type RunResult } from './jobs.ts';
import { doJobs, keptResult, keptSeconds, startJob, stateFile, type Folders } from './workers.ts';

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

/**
 * The trained policy wins "put ..." games, and each of them was told where to look for that word and looked nowhere: episodes of
 * every iteration speak against the rule.
 */
const ignored: Job = {
  setup: { ...setup, policy: 'tiny', digests: { ...setup.digests, policy: 'tiny' } },
  kind: 'run',
  config: { ...config, seed: 2, tasks: 4, group: 3, steps: 15, evalGames: 3, absorption: 0 },
  rules: [{ scope: 'pick', text: 'Look for the put on the fridge first.', score: 9 }],
};

test('a run that was killed in its last iteration goes on from there and ends in the bytes of an uninterrupted one, with what earlier episodes say about its rules', async () => {
  const [whole, broken] = [await fresh(), await fresh()];
  await doJobs([ignored], 1, silent, { where: whole });
  const { misalignments } = (await keptResult(ignored, whole)) as RunResult;
  const told = misalignments.find(({ kind }) => kind === 'ignored')?.evidence ?? [];
  expect(new Set(told.map(iterationOf))).toContain(2);

  await mkdir(broken.state, { recursive: true });
  const child = startJob(ignored, stateFile(broken, ignored));
  const reached: number[] = [];
  await new Promise<void>((ended) => {
    child.on('message', (message: Message) => {
      if (message.type !== 'progress') return;
      reached.push(message.done);
      // Iterations 0 to 3 are stored by now; the fourth, the last, is under way.
      if (message.done === 4) child.kill('SIGKILL');
    });
    child.on('exit', () => ended());
  });
  expect(reached).toEqual([0, 1, 2, 3, 4]);
  expect(await keptResult(ignored, broken)).toBeNull();

  const seen: string[] = [];
  await doJobs([ignored], 1, { show: (_done, _total, text) => void seen.push(text), end: () => {} }, { where: broken });
  expect(seen[0]).toContain('iteration 4');
  expect(await bytes(broken)).toEqual(await bytes(whole));
  expect(await readdir(broken.state)).toEqual([]);
});

test('with fresh nothing that is kept is read, finished or not, and all of it is overwritten', async () => {
  const where = await fresh();
  const short: Job = { setup, kind: 'run', config: { ...config, iterations: 1, seed: 1 }, rules: null };
  await doJobs([short], 1, silent, { where });
  const [sound] = await bytes(where);
  const file = join(where.results, 'runs', `${keyOf(short)}.json`);
  await writeFile(file, 'cut off');
  await writeFile(stateFile(where, short), 'cut off');
  await expect(doJobs([short], 1, silent, { where })).rejects.toThrow(`${file} is damaged; delete it`);
  await doJobs([short], 1, silent, { where, fresh: true });
  expect(await bytes(where)).toEqual([sound]);
  expect(await readdir(where.state)).toEqual([]);
});

test.each(['{"kind":"run"}', 'null', '[]', '{"kind":"evaluation","label":"x"}', ''])('a kept run that holds %j is named as damaged', async (text) => {
  const where = await fresh();
  await mkdir(join(where.results, 'runs'), { recursive: true });
  const file = join(where.results, 'runs', `${keyOf(job(1))}.json`);
  await writeFile(file, text);
  await expect(keptResult(job(1), where)).rejects.toThrow(new UserError(`${file} is damaged; delete it to have that run computed again, or give --fresh to have all of them.`));
});

test('a damaged list of seconds, and a damaged unfinished run, are named with the way out', async () => {
  const where = await fresh();
  await mkdir(where.results, { recursive: true });
  await mkdir(where.state, { recursive: true });
  await writeFile(join(where.results, 'seconds.json'), '{"a": 1');
  await expect(keptSeconds(where)).rejects.toThrow(`${join(where.results, 'seconds.json')} is damaged; delete it`);
  await rm(join(where.results, 'seconds.json'));
  await writeFile(stateFile(where, job(1)), '{"a": 1');
  await expect(doJobs([job(1)], 1, silent, { where })).rejects.toThrow(`${stateFile(where, job(1))} is damaged; delete it to begin that run anew.`);
});

test('a second command is refused while the first computes, and takes over when that process is gone', async () => {
  const where = await fresh();
  await mkdir(where.state, { recursive: true });
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const lock = join(where.state, `lock-${other.pid}`);
  await writeFile(lock, `${other.pid}\n`);
  const short: Job = { setup, kind: 'run', config: { ...config, iterations: 1, seed: 1 }, rules: null };
  await expect(doJobs([short], 1, silent, { where })).rejects.toThrow(`Another experiment is computing (process ${other.pid}); wait for it or end it, then start again. If that process is something else, delete ${lock}.`);
  expect(await readdir(where.state)).toEqual([`lock-${other.pid}`]);

  await new Promise((ended) => other.on('exit', ended).kill('SIGKILL'));
  const locks: string[][] = [];
  const look = () => void locks.push(readdirSync(where.state).filter((name) => name.startsWith('lock')));
  await doJobs([short], 1, { show: look, end: () => {} }, { where });
  expect(locks[0]).toEqual([`lock-${process.pid}`]);
  expect(await readdir(where.state)).toEqual([]);
  // What is kept is only read: that needs no lock.
  await writeFile(lock, '');
  await doJobs([short], 1, silent, { where });
});

test('a job whose parent was killed ends at once and without a word', async () => {
  const where = await fresh();
  await mkdir(where.state, { recursive: true });
  // It computes for seconds without looking at messages.
  const long: Job = { ...ignored, config: { ...config, method: 'grpo', group: 32, iterations: 1000, evalEvery: 0 } };
  const code = `
    import { startJob } from ${JSON.stringify(new URL('./workers.ts', import.meta.url).href)};
    startJob(${JSON.stringify(long)}, ${JSON.stringify(stateFile(where, long))}).on('message', ({ done }) => console.log(done));`;
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  let killed = 0;
  parent.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  parent.stdout.on('data', (text: Buffer) => {
    if (killed > 0 || !text.toString().includes('1')) return;
    killed = performance.now();
    parent.kill('SIGKILL');
  });
  // The job writes to the same stderr, which closes when both have ended.
  await new Promise((ended) => parent.on('close', ended));
  expect(errors).toBe('');
  expect(killed).toBeGreaterThan(0);
  expect(performance.now() - killed).toBeLessThan(3000);
});

test('finished jobs are not done again, equal jobs are done once, and results do not depend on the number of workers', async () => {
  const [one, two] = [await fresh(), await fresh()];
  const short = (seed: number): Job => ({ setup, kind: 'run', config: { ...config, iterations: 1, seed }, rules: null });
  await doJobs([short(1), short(2), short(1)], 2, silent, { where: two });
  for (const seed of [1, 2]) await doJobs([short(seed)], 1, silent, { where: one });
  expect(await bytes(two)).toEqual(await bytes(one));
  expect(await bytes(one)).toHaveLength(2);
  const seen: string[] = [];
  const again = await doJobs([short(1), short(2)], 1, { show: (_done, _total, text) => void seen.push(text), end: () => {} }, { where: one });
  expect(seen).toEqual([]);
  expect([...again.keys()].sort()).toEqual([keyOf(short(1)), keyOf(short(2))].sort());
});

test('a failing job says which one it was, and what was finished before is kept', async () => {
  const where = await fresh();
  const missing: Job = { ...job(1), setup: { ...setup, games: '/nowhere/games.zip' } };
  await expect(doJobs([missing], 1, silent, { where })).rejects.toThrow(/rules-only on alfworld, seed 1: There is no file or folder .*What was finished is kept/s);
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
