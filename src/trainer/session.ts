/** A training run: iterations of a method with evaluation, checkpoints and resuming. */
import { evaluate } from '../algo/evaluate.ts';
import type { References } from '../algo/references.ts';
import { summarise } from '../algo/summary.ts';
import type { EnvHost } from '../envs/env.ts';
import { makePanel, type Panel } from '../envs/panel.ts';
import { UserError } from '../lib/errors.ts';
import { Rng } from '../lib/rng.ts';
import { methods } from '../methods/all.ts';
import type { Method, Watch } from '../methods/method.ts';
import type { AdapterState, Policy, Targets } from '../policy/policy.ts';
import { personalChanges } from '../rules/personal.ts';
import { foldPool, PoolLog, takeIn, type Pool } from '../rules/pool.ts';
import type { Reflector } from '../rules/reflector.ts';
import type { RunManifest, RunStore } from '../storage/store.ts';
import type { Evaluation, Metrics, PoolAction, Task, Trajectory } from '../types.ts';
import type { RunConfig } from './config.ts';
import { checkMethod } from './frozen.ts';
import { Paused, PhaseTimer, type Watched } from './phase-timer.ts';
import { codeVersion } from './version.ts';
import { makeWaiting, type OnDropped } from './waiting.ts';

/** Training tasks are drawn from this many of an endless split. */
const STREAM = 1_000_000;

export interface RunDeps extends Watched {
  policy: Policy;
  host: EnvHost;
  store: RunStore;
  reflector: Reflector;
  /** A person's change that waited could not be made. */
  dropped?: OnDropped;
}

export class TrainingRun {
  private busy = false;
  private storing = false;
  /** Settles when the last change has been stored or refused. */
  private turn: Promise<void> = Promise.resolve();

  private constructor(
    private readonly deps: RunDeps,
    readonly manifest: RunManifest,
    private readonly panel: Panel,
    private pool: Pool,
    private references: References,
    /** Iterations finished; -1 before the first evaluation. */
    private finished: number,
  ) {}

  /** A new run: fresh adapter (or a given one), empty pool; the manifest is stored before anything is computed. */
  static async create(
    deps: RunDeps,
    options: { id: string; config: RunConfig; gameSet: string | null; adapter?: AdapterState },
  ): Promise<TrainingRun> {
    const { policy, host, store, reflector, clock } = deps;
    const { id, gameSet, adapter } = options;
    const config = adapter ? { ...options.config, ...settingsOf(adapter) } : options.config;
    checkMethod(policy.info, config.method);
    const world = await host.info();
    if (world.env !== config.env) throw new UserError(`These games are for ${world.env}, but the run is set to ${config.env}.`);
    const panel = await makePanel(host, 'validation', config.evalGames);
    if (adapter) await policy.importAdapter(adapter);
    else policy.newAdapter(adapterOf(config));
    const manifest: RunManifest = {
      id,
      config,
      world,
      gameSet,
      policy: policy.info,
      panel: { name: panel.name, hash: panel.hash },
      reflector: reflector.name,
      codeVersion,
      createdAt: clock.wall(),
    };
    await store.create(manifest, adapter && { runId: id, iteration: -1, adapter, references: {} });
    return new TrainingRun(deps, manifest, panel, foldPool([]), {}, -1);
  }

  /** A stored run, as it was after its last finished iteration. */
  static async restore(deps: RunDeps, runId: string): Promise<TrainingRun> {
    const { policy, host, store } = deps;
    const record = await store.run(runId);
    if (!record) throw new UserError(`There is no run named ${runId} here; import it first.`);
    const world = await host.info();
    if (world.hash !== record.world.hash)
      throw new UserError(`Run ${runId} was trained on "${record.world.name}", but "${world.name}" is loaded; load those games to go on.`);
    if (policy.info.hash !== record.policy.hash)
      throw new UserError(
        `Run ${runId} started from other weights (${record.policy.name} ${record.policy.hash.slice(0, 8)}); this page has ${policy.info.name} ${policy.info.hash.slice(0, 8)}.`,
      );
    checkMethod(policy.info, record.config.method);
    const panel = await makePanel(host, 'validation', record.config.evalGames);
    const checkpoint = await store.checkpoint(runId);
    if (checkpoint) await policy.importAdapter(checkpoint.adapter);
    else policy.newAdapter(adapterOf(record.config));
    const run = new TrainingRun(
      deps,
      record,
      panel,
      foldPool(await store.events(runId)),
      checkpoint?.references ?? {},
      checkpoint?.iteration ?? -1,
    );
    await run.makeWaiting();
    return run;
  }

  get iteration(): number {
    return this.finished;
  }

  /** An iteration is under way, so that changes of rules wait for its end. */
  get iterating(): boolean {
    return this.busy;
  }

  /** What was computed is being stored: no pause can take that back. */
  get committing(): boolean {
    return this.storing;
  }

  get done(): boolean {
    return this.finished >= this.manifest.config.iterations;
  }

  /**
   * One iteration with its checkpoint; the first call measures the untrained agent instead (iteration 0).
   * @throws Paused when a pause was asked for in the middle; the state is then that of the last finished iteration.
   */
  async iterate(): Promise<Metrics> {
    const { policy, store, progress } = this.deps;
    this.busy = true;
    try {
      await this.turn;
      const iteration = this.finished + 1;
      const timer = new PhaseTimer(this.deps, iteration);
      const before = await policy.exportAdapter();
      try {
        const result = iteration === 0 ? this.baseline() : await this.train(iteration, timer.watch);
        const evaluation = this.evaluationIsDue(iteration) ? await this.evaluate(iteration, result.pool, timer) : null;
        const last = evaluation !== null && iteration > 0 && iteration === this.manifest.config.iterations;
        const crossed = last ? await this.crossed(evaluation.evaluation, result.pool, timer) : [];
        const metrics: Metrics = { ...result.metrics, seconds: timer.stop(), evaluation: evaluation?.evaluation ?? null, crossed };
        const checkpoint = { runId: this.manifest.id, iteration, adapter: await policy.exportAdapter(), references: result.references };
        // Whoever was told that the run is paused must not find another iteration later.
        if (this.deps.pauseAsked()) throw new Paused('The run was paused.');
        this.storing = true;
        await store.commit(this.manifest.id, {
          checkpoint,
          metrics,
          events: result.events,
          trajectories: [...result.trajectories, ...(evaluation?.trajectories ?? [])],
        });
        this.pool = result.pool;
        this.references = result.references;
        this.finished = iteration;
        progress.iteration(metrics);
        return metrics;
      } catch (error) {
        await policy.importAdapter(before);
        throw error;
      }
    } finally {
      this.busy = this.storing = false;
      await this.inTurn(() => this.makeWaiting());
    }
  }

  /**
   * A person's changes to the rules; resolves when they are stored. During an iteration they are stored as waiting, and
   * made at the end of it.
   * @param key names them; a key that waits already changes nothing.
   * @throws UserError when some cannot be applied; the others have been, or wait.
   */
  edit(key: string, ...actions: PoolAction[]): Promise<void> {
    const wait = this.busy;
    return this.inTurn(() => (wait ? this.keepWaiting(key, actions) : this.applyEdits(actions)));
  }

  /** Puts shared rules into the pool of a run that has not begun. @returns how many were new. */
  async startWith(rules: readonly { scope: string; text: string; score: number }[], origin: string): Promise<number> {
    const log = new PoolLog(this.pool, Math.max(0, this.finished));
    const taken = takeIn(log, rules, origin);
    await this.deps.store.addEvents(this.manifest.id, log.events);
    this.pool = log.pool;
    return taken;
  }

  /** One change after the other: each takes the next place in the history. */
  private inTurn(change: () => Promise<void>): Promise<void> {
    const made = this.turn.then(change);
    this.turn = made.catch(() => undefined);
    return made;
  }

  private async applyEdits(actions: readonly PoolAction[]): Promise<void> {
    const { pool, events, problem } = personalChanges(this.pool, actions, this.finished);
    if (events.length) await this.deps.store.addEvents(this.manifest.id, events);
    this.pool = pool;
    if (problem) throw problem;
  }

  /** What is refused already now, after all that waits before it, is told at once and does not wait. */
  private async keepWaiting(key: string, actions: readonly PoolAction[]): Promise<void> {
    const before = await this.deps.store.waiting(this.manifest.id);
    if (before.some((edit) => edit.key === key)) return;
    const then = personalChanges(
      this.pool,
      before.flatMap((edit) => edit.actions),
      this.finished,
    ).pool;
    const { events, problem } = personalChanges(then, actions, this.finished);
    if (events.length) await this.deps.store.addWaiting(this.manifest.id, { key, actions: events.map(({ action }) => action) });
    if (problem) throw problem;
  }

  private async makeWaiting(): Promise<void> {
    const { store, dropped } = this.deps;
    await makeWaiting(store, this.manifest.id, this.pool, this.finished, (pool) => (this.pool = pool), dropped);
  }

  private baseline() {
    const metrics = summarise({ iteration: 0, groups: [], rolloutTokens: 0, pool: this.pool });
    return { metrics, pool: this.pool, references: this.references, events: [], trajectories: [] };
  }

  private async train(iteration: number, watch: Watch) {
    const { policy, host, reflector } = this.deps;
    const { config } = this.manifest;
    const rng = new Rng(config.seed).split('iteration', iteration);
    const tasks = this.method.plays === 'panel' ? this.panel.tasks : await this.drawTasks(rng);
    const unreadBefore = reflector.unreadable ?? 0;
    const { knowledge, metrics, ...rest } = await this.method.iterate({
      iteration,
      tasks,
      policy,
      host,
      reflector,
      knowledge: { pool: this.pool, references: this.references },
      config,
      rng,
      watch,
    });
    // What the reflector wrote and nobody could read is dropped too, whatever the method.
    const droppedEdits = metrics.droppedEdits + (reflector.unreadable ?? 0) - unreadBefore;
    return { ...rest, ...knowledge, metrics: { ...metrics, droppedEdits } };
  }

  private get method(): Method {
    const { method } = this.manifest.config;
    const known = methods[method];
    if (!known) throw new UserError(`There is no method named ${method}; known: ${Object.keys(methods).join(', ')}.`);
    return known;
  }

  private async drawTasks(rng: Rng): Promise<Task[]> {
    const { config, world } = this.manifest;
    const size = Math.min(world.splits.training ?? 0, STREAM);
    if (size === 0) throw new UserError(`"${world.name}" has no training games; load a download that has a train folder.`);
    const drawn = new Set<number>();
    for (const draw = rng.split('tasks'); drawn.size < Math.min(config.tasks, size);) drawn.add(draw.below(size));
    return this.deps.host.tasks('training', [...drawn]);
  }

  private evaluationIsDue(iteration: number): boolean {
    const { iterations, evalEvery } = this.manifest.config;
    return iteration === 0 || iteration === iterations || (evalEvery > 0 && iteration % evalEvery === 0);
  }

  /** Rules on and off x adapter on and off; what is known already, or cannot differ, is not played again. */
  private async crossed(full: Evaluation, pool: Pool, timer: PhaseTimer): Promise<Evaluation[]> {
    const cells = [full];
    const told = this.panel.tasks.some((task) => this.method.rulesFor(pool, task, this.manifest.config).length > 0);
    const changed = this.deps.policy.weightVersion > 0;
    if (changed) cells.push((await this.evaluate(full.iteration, pool, timer, 'pool', false)).evaluation);
    if (told) cells.push((await this.evaluate(full.iteration, pool, timer, 'none', true)).evaluation);
    if (changed && told) cells.push((await this.evaluate(full.iteration, pool, timer, 'none', false)).evaluation);
    return cells;
  }

  /**
   * The agent as it is, and as it was before it learnt anything, on tasks of the test split that no iteration has played.
   * @returns nothing where there is no test split, or where a method learns about the evaluated tasks only.
   */
  async test(): Promise<Evaluation[]> {
    const { config, world } = this.manifest;
    if (!world.splits.test || this.method.plays === 'panel') return [];
    const panel = await makePanel(this.deps.host, 'test', config.evalGames);
    const timer = new PhaseTimer(this.deps, this.finished);
    const agent = await this.evaluate(this.finished, this.pool, timer, 'pool', true, panel);
    const base = await this.evaluate(this.finished, this.pool, timer, 'none', false, panel);
    return [agent.evaluation, base.evaluation];
  }

  private async evaluate(
    iteration: number,
    pool: Pool,
    timer: PhaseTimer,
    rules: Evaluation['rules'] = 'pool',
    adapter = true,
    panel = this.panel,
  ): Promise<{ evaluation: Evaluation; trajectories: Trajectory[] }> {
    const { policy, host } = this.deps;
    const { config } = this.manifest;
    await timer.watch.phase('evaluate', 0, panel.tasks.length);
    return evaluate({
      policy,
      host,
      panel,
      rulesFor: (task: Task) => (rules === 'pool' ? this.method.rulesFor(pool, task, config) : []),
      rules,
      adapter,
      steps: config.evalSteps,
      // The same draws at every evaluation, so that differences come from what was learnt.
      rng: new Rng(config.seed).split('evaluation'),
      iteration,
      onStep: timer.watch.episodes,
    });
  }
}

const adapterOf = ({ rank, alphaFactor, seed, targets }: RunConfig) => ({
  rank,
  alpha: alphaFactor * rank,
  seed,
  targets: targets as Targets,
});

/** The settings that a given adapter decides. */
const settingsOf = ({ rank, alpha, targets = 'linear' }: AdapterState) => ({ rank, alphaFactor: alpha / rank, targets });
