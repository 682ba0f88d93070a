/** Does jobs in child processes, several at a time; what is finished is kept at once, so that a kill loses an iteration at most. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../../lib/errors.ts';
import type { ProgressLine } from '../terminal.ts';
import { describeJob, isResult, keyOf, sizeOf, type Job, type Message, type Result, type Seconds } from './jobs.ts';
import { lockFolder } from './lock.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
export const resultsFolder = join(root, 'public', 'results');

/** Where finished jobs and unfinished ones are kept. */
export interface Folders {
  results: string;
  state: string;
}
export const folders: Folders = { results: resultsFolder, state: join(root, '.cache', 'experiment') };

const resultFile = ({ results }: Folders, job: Job): string => join(results, 'runs', `${keyOf(job)}.json`);
export const stateFile = ({ state }: Folders, job: Job): string => join(state, `${keyOf(job)}.json`);
const secondsFile = ({ results }: Folders): string => join(results, 'seconds.json');

/** Whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}

/** A file of ours, or null where there is none. @throws UserError with the way out when it is damaged */
async function readJson<T>(path: string, sound: (value: unknown) => boolean, wayOut: string): Promise<T | null> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return null;
  try {
    const value = JSON.parse(text) as unknown;
    if (sound(value)) return value as T;
  } catch {
    // Said below.
  }
  throw new UserError(`${path} is damaged; ${wayOut}.`);
}

/** The kept result of a job; null when there is none, or when it was made with other settings. @throws UserError when it is damaged */
export async function keptResult(job: Job, where = folders): Promise<Result | null> {
  const result = await readJson<Result>(resultFile(where, job), (value) => isResult(value, job.kind), 'delete it to have that run computed again, or give --fresh to have all of them');
  if (!result) return null;
  if (result.kind !== 'run' || job.kind !== 'run') return result;
  const asked = job.config as Record<string, string | number>;
  return Object.entries(result.config).every(([name, value]) => asked[name] === undefined || asked[name] === value) ? result : null;
}

type Timings = Record<string, Seconds & { size: number; what: string }>;

/** Seconds of finished jobs by key. */
export async function keptSeconds(where = folders): Promise<Timings> {
  const timed = (value: unknown) => Object.values(value as Timings).every(({ size, what }) => typeof size === 'number' && typeof what === 'string');
  return (await readJson<Timings>(secondsFile(where), timed, 'delete it: only the estimates of --plan are made from it')) ?? {};
}

async function keep(where: Folders, job: Job, result: Result, seconds: Seconds): Promise<void> {
  await writeWhole(resultFile(where, job), `${JSON.stringify(result)}\n`);
  const all = await keptSeconds(where);
  const short = Object.fromEntries(Object.entries(seconds).map(([phase, spent]) => [phase, Number(spent.toFixed(1))]));
  all[keyOf(job)] = { ...short, size: sizeOf(job), what: describeJob(job) };
  await writeWhole(secondsFile(where), `${JSON.stringify(Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))), null, 1)}\n`);
}

/** A process that does one job and tells of it by messages. */
export function startJob(job: Job, state: string): ChildProcess {
  const program = fileURLToPath(new URL('./do-job.ts', import.meta.url));
  return fork(program, [JSON.stringify(job), state], { execArgv: ['--import', 'tsx'], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

/**
 * @param fresh what is kept, finished or not, is not looked at, and overwritten.
 * @returns results by key of all `jobs`, those that were kept already included.
 */
export async function doJobs(jobs: readonly Job[], workers: number, line: Pick<ProgressLine, 'show' | 'end'>, { where = folders, fresh = false }: { where?: Folders; fresh?: boolean } = {}): Promise<Map<string, Result>> {
  await mkdir(join(where.results, 'runs'), { recursive: true });
  await mkdir(where.state, { recursive: true });
  const results = new Map<string, Result>();
  const waiting: Job[] = [];
  for (const job of new Map(jobs.map((one) => [keyOf(one), one])).values()) {
    const kept = fresh ? null : await keptResult(job, where);
    if (kept) results.set(keyOf(job), kept);
    else waiting.push(job);
  }
  if (waiting.length === 0) return results;
  const unlock = lockFolder(where.state);
  const total = waiting.reduce((sum, job) => sum + sizeOf(job), 0);
  let finished = 0;
  const running = new Map<ChildProcess, { job: Job; done: number; what: string }>();
  const show = () => {
    const parts = [...running.values()];
    const done = finished + parts.reduce((sum, { done: part }) => sum + part, 0);
    line.show(done, total, parts.map(({ job, what }) => `${describeJob(job)}: ${what}`).join(' | '));
  };
  const stop = () => {
    for (const child of running.keys()) child.kill();
    unlock();
    process.exit(130);
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const failures: string[] = [];
  let keeping = Promise.resolve();
  const next = async (): Promise<void> => {
    for (let job = waiting.shift(); job && failures.length === 0; job = waiting.shift()) {
      const current = job;
      if (fresh) await rm(stateFile(where, current), { force: true });
      const child = startJob(current, stateFile(where, current));
      const state = { job: current, done: 0, what: 'starting' };
      running.set(child, state);
      const outcome = await new Promise<Extract<Message, { type: 'result' | 'error' }> | null>((end) => {
        let last: Extract<Message, { type: 'result' | 'error' }> | null = null;
        child.on('message', (message: Message) => {
          if (message.type === 'progress') {
            state.done = (message.done / message.total) * sizeOf(current);
            state.what = message.what;
            show();
          } else last = message;
        });
        child.on('exit', () => end(last));
      });
      running.delete(child);
      if (outcome?.type === 'result') {
        results.set(keyOf(current), outcome.result);
        // One after the other: they share a file.
        keeping = keeping.then(() => keep(where, current, outcome.result, outcome.seconds));
        await keeping;
        finished += sizeOf(current);
        show();
      } else failures.push(`${describeJob(current)}: ${outcome?.message ?? 'its process was ended; start again to go on where it stopped.'}`);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, workers) }, next));
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    unlock();
    line.end();
  }
  if (failures.length > 0) throw new UserError(`${failures.join('\n')}\nWhat was finished is kept; the same command goes on from there${fresh ? ' without --fresh, and begins anew with it' : ''}.`);
  return results;
}
