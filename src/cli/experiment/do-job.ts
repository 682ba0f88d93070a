/** Does one job in a process of its own: `fork(do-job.ts, [job as JSON, path of its state])`. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { drawPair, drawShoppingPair, judge } from '../../algo/contrast-pairs.ts';
import { evaluate } from '../../algo/evaluate.ts';
import { LocalHost } from '../../envs/host.ts';
import { makePanel } from '../../envs/panel.ts';
import { appHomes } from '../../envs/alfworld/homes.ts';
import { GeneratedHomes } from '../../envs/alfworld/world.ts';
import { appShop } from '../../envs/webshop/app-shop.ts';
import { MadeShop } from '../../envs/webshop/world.ts';
import { systemClock } from '../../lib/clock.ts';
import { sentence, UserError } from '../../lib/errors.ts';
import { Rng } from '../../lib/rng.ts';
import { keyFunction } from '../../rules/keys.ts';
import { emptyPool, PoolLog, rulesUnder, takeIn, workingRules } from '../../rules/pool.ts';
import { MemoryStore } from '../../storage/memory.ts';
import type { IterationCommit } from '../../storage/store.ts';
import { readRun, runToText } from '../../storage/transfer.ts';
import { reflectorFor } from '../../trainer/reflectors.ts';
import { TrainingRun, type RunDeps } from '../../trainer/session.ts';
import type { Task } from '../../types.ts';
import { openPolicy } from '../policy.ts';
import { openWorld } from '../worlds.ts';
import { keyOf, type Job, type Message, type Result, type Seconds } from './jobs.ts';
import { recentOf, resultOf, rounded } from './results.ts';

/**
 * A parent that has gone reads nothing more, and the next command may go on with the same state: this one ends.
 * Its id is asked for along the way, since a process that computes for seconds on end is not told of it.
 */
const parent = process.ppid;
const goOn = (): void => {
  if (!process.connected || process.ppid !== parent) process.exit(0);
};
process.on('disconnect', goOn);

function tell(message: Message): void {
  goOn();
  process.send?.(message);
}

/** Keeps the one run of this process in a file: after a kill it goes on where the last iteration ended. */
class KeptStore extends MemoryStore {
  constructor(
    private readonly path: string,
    private readonly id: string,
  ) {
    super();
  }

  override async commit(runId: string, commit: IterationCommit): Promise<void> {
    await super.commit(runId, commit);
    const manifest = await this.run(runId);
    if (!manifest) throw new Error('A run was committed that is not there.');
    const { metrics, events, checkpoint } = { metrics: await this.metrics(runId), events: await this.events(runId), checkpoint: commit.checkpoint };
    // Only the last iterations' episodes: nothing else is read again, and the file stays small.
    const trajectories = recentOf(await this.trajectories(runId), metrics.at(-1)?.iteration ?? 0);
    const text = runToText({ format: 'jerp-lab run', version: 1, manifest, metrics, events, trajectories, checkpoint });
    goOn();
    await writeFile(`${this.path}.new`, text);
    goOn();
    await rename(`${this.path}.new`, this.path);
  }

  private read(text: string): ReturnType<typeof readRun> {
    try {
      return readRun(text, this.path);
    } catch (error) {
      if (error instanceof UserError) throw new UserError(`${this.path} is damaged; delete it to begin that run anew.`);
      throw error;
    }
  }

  /** @returns whether there was a run to go on with. */
  async open(): Promise<boolean> {
    const text = await readFile(this.path, 'utf8').catch(() => null);
    if (text === null) return false;
    const { run } = this.read(text);
    if (!run.checkpoint || run.manifest.id !== this.id) return false;
    this.load(run);
    return true;
  }
}

async function doRun(job: Extract<Job, { kind: 'run' }>, statePath: string): Promise<{ result: Result; seconds: Seconds }> {
  const { config, setup } = job;
  const world = await openWorld(config.env, { games: config.env === 'alfworld' ? (setup.games ?? undefined) : undefined, shop: config.env === 'webshop' ? (setup.shop ?? undefined) : undefined });
  const policy = await openPolicy(setup.policy, setup.backend);
  const id = `run-${keyOf(job)}`;
  const store = new KeptStore(statePath, id);
  const deps: RunDeps = {
    policy,
    host: new LocalHost(world),
    store,
    reflector: reflectorFor(config.reflector, policy),
    clock: systemClock,
    pauseAsked: () => false,
    progress: { phase: goOn, episodes: goOn, iteration: goOn },
  };
  const kept = await store.open();
  const run = kept ? await TrainingRun.restore(deps, id) : await TrainingRun.create(deps, { id, config, gameSet: null });
  if (!kept && job.rules) await run.startWith(job.rules, 'experiment');
  while (!run.done) {
    tell({ type: 'progress', done: run.iteration + 1, total: config.iterations + 1, what: `iteration ${run.iteration + 1}` });
    await run.iterate();
  }
  const metrics = await store.metrics(id);
  const seconds: Seconds = {};
  for (const row of metrics) for (const [phase, spent] of Object.entries(row.seconds)) seconds[phase as keyof Seconds] = (seconds[phase as keyof Seconds] ?? 0) + spent;
  seconds.all = Object.values(seconds).reduce((sum, spent) => sum + spent, 0);
  const learnt = resultOf(run.manifest, metrics, await store.events(id), await store.trajectories(id));
  const test = await run.test();
  const result = test.length > 0 ? { ...learnt, test: test.map(rounded) } : learnt;
  await rm(statePath, { force: true });
  return { result, seconds };
}

async function doEvaluation({ config, setup, rules, reads, label }: Extract<Job, { kind: 'evaluation' }>): Promise<{ result: Result; seconds: Seconds }> {
  const world = await openWorld(config.env, { games: config.env === 'alfworld' ? (setup.games ?? undefined) : undefined, shop: config.env === 'webshop' ? (setup.shop ?? undefined) : undefined });
  const policy = await openPolicy(setup.policy, setup.backend);
  const host = new LocalHost(world);
  const log = new PoolLog(emptyPool, 0);
  takeIn(log, rules, label);
  const families = [...new Set(rules.map((rule) => rule.scope))];
  const keys = keyFunction(config.keys);
  const foreign = (task: Task) => rulesUnder(log.pool, families.filter((scope) => !keys(task).includes(scope))).slice(0, config.k);
  const started = systemClock.seconds();
  const panel = await makePanel(host, 'validation', config.evalGames);
  const { evaluation } = await evaluate({
    policy,
    host,
    panel,
    rulesFor: (task) => (reads === 'foreign' ? foreign(task) : workingRules(log.pool, keys(task), config.k)),
    rules: rules.length > 0 ? 'pool' : 'none',
    adapter: false,
    steps: config.evalSteps,
    // The draws of a run's own evaluations, so that the two can be compared game by game.
    rng: new Rng(config.seed).split('evaluation'),
    iteration: 0,
  });
  return { result: { kind: 'evaluation', label, evaluation }, seconds: { evaluate: systemClock.seconds() - started } };
}

async function doReflector({ setup, env, reflector: name, pairs, seed }: Extract<Job, { kind: 'reflector' }>): Promise<{ result: Result; seconds: Seconds }> {
  const policy = await openPolicy(setup.policy, setup.backend);
  const reflector = reflectorFor(name, policy);
  const rng = new Rng(seed).split('reflector');
  const homes = await GeneratedHomes.create(appHomes);
  const shop = env === 'webshop' ? await MadeShop.create(appShop) : null;
  const counts: Extract<Result, { kind: 'reflector' }>['counts'] = {};
  const started = systemClock.seconds();
  for (let done = 0, tries = 0; done < pairs; tries++) {
    const pair = shop ? drawShoppingPair(shop, 'validation', rng.split(tries)) : drawPair(homes, 'validation', rng.split(tries));
    if (!pair) continue;
    const edits = (await reflector.reflect(pair.input)).map(({ edit }) => edit);
    const { named, wrong } = judge(pair, edits);
    const cell = (counts[`${pair.kind} ${pair.truth.kind}`] ??= { pairs: 0, named: 0, edits: 0, wrong: 0 });
    cell.pairs++;
    cell.named += Number(named);
    cell.edits += edits.length;
    cell.wrong += wrong;
    if (++done % 20 === 0) tell({ type: 'progress', done, total: pairs, what: `pair ${done}` });
  }
  return { result: { kind: 'reflector', reflector: reflector.name, env, counts, tokens: reflector.tokensFed }, seconds: { edit: systemClock.seconds() - started } };
}

async function main(): Promise<void> {
  const [text = '', statePath = ''] = process.argv.slice(2);
  const job = JSON.parse(text) as Job;
  const done = job.kind === 'run' ? await doRun(job, statePath) : job.kind === 'evaluation' ? await doEvaluation(job) : await doReflector(job);
  await new Promise<void>((sent) => process.send?.({ type: 'result', ...done } satisfies Message, () => sent()));
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.send?.({ type: 'error', message: error instanceof Error && !(error instanceof UserError) ? (error.stack ?? error.message) : sentence(error), user: error instanceof UserError } satisfies Message, () => process.exit(1));
  },
);
