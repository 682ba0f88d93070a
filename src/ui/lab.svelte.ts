/** What the page knows beyond the database: the trainer, what it is doing now, and what has to be told. */
import { sentence, UserError } from '../lib/errors.ts';
import { whatCleaningTakes } from '../rules/text.ts';
import type { WorldInfo } from '../envs/env.ts';
import type { AdapterState } from '../policy/policy.ts';
import { DexieStore } from '../storage/dexie.ts';
import type { RunRecord } from '../storage/store.ts';
import type { Grain } from '../trainer/pace.ts';
import type { BackendName, Command, Event } from '../trainer/protocol.ts';
import type { PoolAction } from '../types.ts';
import { agree, agreed } from './agreed.ts';
import { askedFor } from './asked.ts';
import { beginning, spawn, TrainerClient, WATCH_EVERY, type Machine } from './client.ts';
import { Exchange } from './exchange.ts';
import { Hints } from './hints.svelte.ts';
import { InHand, type End } from './in-hand.svelte.ts';
import { kept } from './kept.svelte.ts';
import { RunLocks } from './locks.svelte.ts';
import { freeName } from './naming.ts';
import { planRecovery } from './recovery.ts';
import type { Facts } from './mode.ts';
import { Notices, type NoticeOptions } from './notices.svelte.ts';
import { OnePress } from './one-press.ts';
import { OwnGames } from './own-games.svelte.ts';
import { LAST_RUN, remember } from './remember.ts';
import { router } from './route.svelte.ts';
import { RuleTrials } from './rule-trial.svelte.ts';
import { chosen } from './settings.svelte.ts';
import { told } from './text.ts';

export { save } from './file-worker.ts';

type Failure = Extract<Event, { type: 'failed' }>;

/** A stop takes less than a second: then the worker is ended, whatever it does. */
const PATIENCE = 900;

class Lab extends InHand {
  readonly store = new DexieStore();
  readonly messages = new Notices();
  readonly files = new Exchange(this);
  readonly locks = new RunLocks();
  machine = $state.raw<Machine>(beginning);
  slow = $state(false);
  /** How fast the policy plays here; null until it has been timed. */
  secondsPerAction = $state<number | null>(null);
  private readonly trainer = new TrainerClient(
    spawn,
    (event) => this.hear(event),
    () => performance.now(),
  );
  readonly games = new OwnGames((command) => this.send(command));
  readonly trials = new RuleTrials((command) => this.send(command));
  readonly hints = new Hints((command) => this.send(command));
  /** How a language model decodes and takes new weights; empty for the embedded policy. */
  serving = $state('');
  /** Counts answers about changes of rules: what waits is looked up again after each. */
  edited = $state(0);
  /** A new run is on its way into the store; `from` is the run that the address named when it was asked for. */
  coming = $state.raw<{ from: string | null } | null>(null);
  /** Who waits for it. */
  private birth: { runId: string; stored: () => void; failed: (why: Error) => void } | null = null;
  private readonly presses = new OnePress<string>(() => performance.now());
  /** Devices lost since a person last started something. */
  private losses = 0;

  /** Starts the trainer and the watches; called once. */
  open(): void {
    const { backend, model, workers, notes } = askedFor(new URLSearchParams(location.search));
    for (const note of notes) this.tell(note);
    const modelUrl = new URL(`models/${model}/`, document.baseURI).href;
    this.trainer.open({ type: 'open', backend, workers, modelUrl, download: agreed(model) });
    this.store.db.on('versionchange', () => this.outdated());
    this.store.db.open().catch((error: unknown) => this.tell(sentence(error), [], { topic: 'database' }));
    this.locks.watch();
    setInterval(() => this.trainer.look(), WATCH_EVERY);
    // A page that comes back from the browser's memory has lost its worker's messages: it looks again.
    window.addEventListener('pageshow', (event) => event.persisted && !this.busy && location.reload());
  }

  /** What the mode of a run follows from. */
  get facts(): Facts {
    const { busy, awaited, pausing, holding, putDown } = this;
    return { machine: this.machine.state, busy, coming: awaited, pausing, holding, held: this.locks.held, putDown };
  }

  /** The page stands where the new run that is on its way will be seen. */
  get awaited(): boolean {
    return this.coming !== null && (router.now.run === null || router.now.run === this.coming.from);
  }

  /** Another tab opened the database with a newer page: this one lets go of it, so that the other can go on. */
  private outdated(): void {
    this.store.db.close();
    this.trainer.close();
    this.settle('paused');
    this.machine = { state: 'broken', message: told.openedElsewhere };
  }

  tell(text: string, more: string[] = [], options: NoticeOptions = {}): void {
    this.messages.tell(text, more, options);
  }

  private hear(event: Event): void {
    switch (event.type) {
      case 'opening':
        this.machine = { state: 'opening', ...event };
        break;
      case 'ready':
        this.machine = { state: 'ready', ready: event };
        if (this.slow) this.trainer.send({ type: 'slow', on: true });
        break;
      case 'serving':
        this.serving = event.how;
        break;
      case 'timed':
        this.secondsPerAction = event.secondsPerAction;
        break;
      case 'gamesLoaded':
        this.messages.clear('games');
        this.games.hear(event, this.takesWorld(event.world));
        break;
      case 'games':
        this.games.hear(event);
        break;
      case 'phase':
        if (event.iteration !== this.phase?.iteration) this.messages.clear('rules-later');
        this.see(event);
        break;
      case 'trial':
      case 'tried':
        this.trials.hear(event);
        break;
      case 'hint':
        this.hints.hear(event);
        break;
      case 'iteration':
        remember(LAST_RUN, event.runId);
        this.messages.clear('rules-later');
        break;
      case 'note':
        this.tell(event.message, [], { topic: 'machine' });
        break;
      case 'dropped':
        this.edited++;
        this.tell(event.message, event.written, { topic: 'rules' });
        break;
      case 'begun':
        if (this.birth?.runId === event.runId) this.birth.stored();
        break;
      case 'held':
      case 'live':
        this.see(event);
        break;
      case 'paused':
      case 'finished':
        this.settle(event.type);
        break;
      case 'failed':
        this.failed(event);
    }
  }

  /** Whether the next run can play these games: the environment becomes theirs, unless a link fixed another one. */
  private takesWorld({ env, name }: WorldInfo): boolean {
    if (env === chosen.config.env) return true;
    if (chosen.fixed.includes('env')) {
      this.tell(told.otherWorld(name, env, chosen.config.env), [], { topic: 'games' });
      return false;
    }
    chosen.set('env', env);
    return true;
  }

  private failed(event: Failure): void {
    const { inHand } = event;
    if (inHand !== undefined) {
      // The trainer knows best what it trains.
      if (event.runId !== null && event.runId === this.busy) this.settle('failed', event.message);
      if (this.busy === null) this.take(inHand);
      const show = { label: told.showRun(inHand), run: () => router.go('train', inHand) };
      return this.tell(event.message, [], { topic: 'run', actions: [show] });
    }
    this.games.ended();
    if (event.cause === 'lost' || event.cause === 'destroyed' || event.cause === 'crash') return void this.recover(event);
    if (event.cause === 'full') this.files.tellFull(event.message);
    else if (event.fatal)
      this.machine = {
        state: 'broken',
        message: event.message,
        cause: event.cause === 'model' || event.cause === 'download' ? event.cause : undefined,
      };
    else this.tell(event.message, [], { topic: event.runId ? 'run' : 'games' });
    if (event.fatal || event.runId === this.busy) this.settle(event.cause === 'full' ? 'paused' : 'failed', event.message);
  }

  /** The worker is of no more use: another is started; what becomes of its run is decided by the cause. */
  private async recover(failure: Failure): Promise<void> {
    const opening = this.machine.state === 'opening';
    const id = this.busy;
    const at = this.phase?.iteration;
    this.settle('failed', failure.message);
    if (opening && !id) {
      this.machine = { state: 'broken', message: failure.message };
      return;
    }
    const run = id ? await this.store.run(id) : undefined;
    if (failure.cause === 'lost') this.losses++;
    const plan = planRecovery(failure, { run, at, losses: this.losses });
    this.reopen();
    if (run && plan.failure) await this.store.setStatus(run.id, 'failed', plan.failure);
    if (run && plan.goOn) this.takeUp(run.id, 'end');
    const onward = { label: told.goOnFrom(Math.max(0, run?.iteration ?? 0)), run: () => run && void this.resume(run) };
    const without = { label: told.goOnWithoutDevice, run: () => this.withoutDevice(run) };
    this.tell(plan.text, plan.more, { topic: 'machine', actions: plan.ask ? [...(run ? [onward] : []), without] : [] });
  }

  /** Another worker takes the place of the one there is. */
  reopen(backend?: BackendName): void {
    this.machine = beginning;
    this.trials.lost();
    this.hints.lost();
    this.trainer.restart(backend ? { backend } : {});
  }

  /** The person wants the model of the address, whatever its download takes. */
  agreeToDownload(): void {
    agree(askedFor(new URLSearchParams(location.search)).model);
    this.machine = beginning;
    this.trainer.restart({ download: true });
  }

  private withoutDevice(run: RunRecord | undefined): void {
    this.reopen('wasm');
    if (run) void this.resume(run);
  }

  private settle(how: End, why: string = told.notStored): void {
    if (this.busy) this.locks.putDown(this.busy);
    this.birth?.failed(new UserError(why));
    this.messages.clear('rules-later');
    this.letGo(how);
    void this.locks.look();
  }

  /**
   * Begins a new run; `wait` stores it without training, so that rules (or the weights of `adapter`) can be put in first.
   * @returns its name, once it is stored and the page shows it.
   */
  start(how: 'wait' | Grain, adapter?: AdapterState): Promise<string> {
    return this.presses.once(how !== 'wait' ? 'train' : adapter ? 'weights' : 'wait', () => this.beginNew(how, adapter));
  }

  /** As `start`, for a button: what goes wrong is told when the run fails. */
  begin(until: Grain): void {
    this.start(until).catch(() => undefined);
  }

  private async beginNew(how: 'wait' | Grain, adapter?: AdapterState): Promise<string> {
    const config = $state.snapshot(chosen.config);
    const gameSet = this.games.chosen;
    this.coming = { from: router.now.run };
    try {
      await this.pause();
      const runId = await freeName(this.store);
      this.takeInHand(runId);
      const birth = new Promise<void>((stored, failed) => (this.birth = { runId, stored, failed }));
      if (how === 'wait') this.trainer.send({ type: 'create', runId, config, gameSet, ...(adapter ? { adapter } : {}) });
      else this.trainer.send({ type: 'start', runId, config, gameSet, until: how });
      await birth;
      chosen.own = false;
      const { page, detail } = router.now;
      // Who went to another run meanwhile stays there.
      if (this.awaited) router.go(page, runId, page === 'rules' ? detail : null);
      return runId;
    } finally {
      this.birth = this.coming = null;
    }
  }

  private takeInHand(runId: string): void {
    this.losses = 0;
    this.messages.clear('run', 'machine', 'full');
    void kept.ask();
    this.take(runId);
    this.phases = {};
  }

  async resume(run: Pick<RunRecord, 'id'>, until: Grain = 'end'): Promise<void> {
    if (this.busy === run.id && !this.pausing) return this.go(until);
    await this.presses.rest();
    await this.pause();
    this.takeInHand(run.id);
    this.takeUp(run.id, until);
  }

  private takeUp(runId: string, until: Grain): void {
    this.take(runId);
    this.trainer.send({ type: 'resume', runId, until });
  }

  private send(command: Exclude<Command, { type: 'editRule' }>): void {
    this.trainer.send(command);
  }

  /** The run in hand goes so much further. */
  private go(until: Grain): void {
    this.holding = false;
    this.trainer.send({ type: 'go', until });
  }

  setSlow(on: boolean): void {
    this.slow = on;
    this.trainer.send({ type: 'slow', on });
  }

  /** A finished run gets more iterations and goes on. */
  async goFurther(run: RunRecord, more: number, until: Grain = 'end'): Promise<void> {
    await this.store.extend(run.id, run.config.iterations + more);
    await this.resume(run, until);
  }

  /** A new run that begins as another was after an iteration. @returns its name, or null when it could not be made. */
  async fork(run: RunRecord, iteration: number, config: RunRecord['config']): Promise<string | null> {
    try {
      const id = await freeName(this.store);
      await this.store.fork(run.id, iteration, id, config, new Date().getTime());
      return id;
    } catch (error) {
      this.tell(sentence(error), [], { topic: 'run' });
      return null;
    }
  }

  /** Resolves when the run in hand has been put down, in less than a second; at once when there is none. */
  pause(): Promise<void> {
    const id = this.busy;
    if (!id) return Promise.resolve();
    if (!this.pausing) {
      this.trainer.send({ type: 'pause' });
      setTimeout(() => this.busy === id && this.pausing && void this.insist(id), PATIENCE);
    }
    this.pausing = true;
    return this.put();
  }

  /** The worker is in the middle of something long: it is ended, since an unfinished iteration would be dropped anyway. */
  private async insist(id: string): Promise<void> {
    this.reopen();
    const run = await this.store.run(id);
    const done = run !== undefined && run.iteration >= run.config.iterations;
    if (run) await this.store.setStatus(id, done ? 'finished' : 'paused');
    if (this.busy === id) this.settle(done ? 'finished' : 'paused');
  }

  /** Ends the loading of the policy; `reopen` begins it again. */
  stopOpening(): void {
    this.trainer.close();
    this.settle('paused');
    this.machine = { state: 'broken', message: told.loadingStopped };
  }

  /** @returns why not all of it could be made, which is told too; null when it was. */
  async editRule(runId: string, ...actions: PoolAction[]): Promise<string | null> {
    if (actions.length === 0) return null;
    const answer = this.trainer.editRule({ runId, actions });
    this.messages.clear('rules');
    const [taken] = actions.flatMap((action) => ('text' in action ? (whatCleaningTakes(action.text) ?? []) : []));
    if (taken) this.tell(taken, [], { topic: 'rules' });
    if (this.busy === runId && this.phase) this.tell(told.ruleWaits(this.phase.iteration), [], { topic: 'rules-later', good: true });
    const problem = await answer;
    this.edited++;
    if (problem) {
      this.messages.clear('rules-later');
      // What was written is not lost, even when the field that it was written in is gone.
      const [written, ...more] = actions;
      this.tell(problem, written && 'text' in written && more.length === 0 ? [written.text] : [], { topic: 'rules' });
    }
    return problem;
  }
}

export const lab = new Lab();
