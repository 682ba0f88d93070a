/** What the page knows beyond the database: the trainer, what it is doing now, and what has to be told. */
import { sentence } from '../lib/errors.ts';
import { runName } from '../lib/names.ts';
import { Rng } from '../lib/rng.ts';
import { DexieStore } from '../storage/dexie.ts';
import type { GameSet } from '../storage/rows.ts';
import { readRules, readRun, runToText } from '../storage/transfer.ts';
import type { RunRecord } from '../storage/store.ts';
import type { BackendName, Command, Event } from '../trainer/protocol.ts';
import type { PoolAction, Trajectory } from '../types.ts';
import { trace } from './history.ts';
import { TrainerClient, type PhaseEvent } from './client.ts';
import { router } from './route.svelte.ts';
import { chosen } from './settings.svelte.ts';

export type Machine =
  { state: 'opening'; what: string } | { state: 'ready'; ready: Extract<Event, { type: 'ready' }> } | { state: 'broken'; message: string };

export interface Notice {
  id: number;
  text: string;
  more: string[];
}

const query = new URLSearchParams(location.search);
const backends: readonly BackendName[] = ['webgpu', 'wasm', 'cpu'];

class Lab {
  readonly store = new DexieStore();
  machine = $state.raw<Machine>({ state: 'opening', what: 'Opening the trainer.' });
  /** The run that the trainer of this tab has in hand. */
  busy = $state<string | null>(null);
  pausing = $state(false);
  /** Runs that a tab, this one or another, is training now. */
  held = $state.raw<ReadonlySet<string>>(new Set());
  /** How runs were put down in this tab. */
  putDown = $state.raw<ReadonlyMap<string, 'paused' | 'finished' | 'failed'>>(new Map());
  phase = $state.raw<PhaseEvent | null>(null);
  /** The last event of each phase of the iteration under way. */
  phases = $state.raw<Partial<Record<PhaseEvent['phase'], PhaseEvent>>>({});
  live = $state.raw<Trajectory | null>(null);
  notices = $state.raw<Notice[]>([]);
  /** Games for the next run; null are those of the app. */
  gameSet = $state<string | null>(null);
  loading = $state.raw<{ done: number; total: number } | null>(null);
  loaded = $state.raw<Extract<Event, { type: 'gamesLoaded' }> | null>(null);
  private trainer: TrainerClient | null = null;
  private waitingForPause: (() => void)[] = [];

  /** Starts the trainer and the watch over locks; called once. */
  open(): void {
    this.trainer = new TrainerClient((event) => this.hear(event));
    const asked = query.get('backend');
    const backend = backends.find((name) => name === asked) ?? null;
    if (asked && !backend) this.tell(`"${asked}" is not a known backend; choosing the fastest. Known: ${backends.join(', ')}.`);
    const model = query.get('model') ?? 'tiny';
    const known = /^[a-z0-9._-]+$/i.test(model) && !model.startsWith('.');
    if (!known) this.tell(`"${model}" cannot be the name of a model; using tiny.`);
    this.send({ type: 'open', backend, modelUrl: new URL(`models/${known ? model : 'tiny'}/`, document.baseURI).href });
    void this.watchLocks();
    setInterval(() => void this.watchLocks(), 2000);
  }

  private async watchLocks(): Promise<void> {
    const names = (await navigator.locks?.query())?.held?.map((lock) => lock.name ?? '') ?? [];
    const held = names.filter((name) => name.startsWith('jerp-lab run ')).map((name) => name.slice(13));
    if (held.length !== this.held.size || held.some((id) => !this.held.has(id))) this.held = new Set(held);
  }

  tell(text: string, more: string[] = []): void {
    this.notices = [...this.notices.filter((notice) => notice.text !== text), { id: performance.now(), text, more }].slice(-4);
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((notice) => notice.id !== id);
  }

  private send(command: Command): void {
    this.trainer?.send(command);
  }

  private hear(event: Event): void {
    switch (event.type) {
      case 'opening':
        this.machine = { state: 'opening', what: event.what };
        break;
      case 'ready':
        this.machine = { state: 'ready', ready: event };
        break;
      case 'games':
        this.loading = event.total === 0 ? null : { done: event.done, total: event.total };
        break;
      case 'gamesLoaded':
        this.loading = null;
        this.loaded = event;
        this.gameSet = event.gameSet;
        chosen.set('env', event.world.env);
        break;
      case 'phase':
        this.phases =
          event.iteration === this.phase?.iteration && event.runId === this.phase.runId
            ? { ...this.phases, [event.phase]: event }
            : { [event.phase]: event };
        this.phase = event;
        break;
      case 'live':
        this.live = event.trajectory;
        break;
      case 'iteration':
        break;
      case 'paused':
      case 'finished':
        this.settle(event.type);
        break;
      case 'failed':
        this.loading = null;
        if (event.fatal) this.machine = { state: 'broken', message: event.message };
        else this.tell(event.message);
        if (event.fatal || event.runId === this.busy) this.settle('failed');
    }
  }

  private settle(how: 'paused' | 'finished' | 'failed'): void {
    const id = this.busy;
    if (id) {
      this.putDown = new Map([...this.putDown, [id, how]]);
      this.held = new Set([...this.held].filter((other) => other !== id));
    }
    this.busy = null;
    this.pausing = false;
    this.phase = null;
    this.live = null;
    void this.watchLocks();
    for (const done of this.waitingForPause.splice(0)) done();
  }

  /** Begins a new run; `wait` stores it without training, so that rules can be put in first. */
  async start(how: 'train' | 'once' | 'wait'): Promise<string> {
    await this.pause();
    const runId = await this.newName();
    this.busy = runId;
    this.phases = {};
    const config = $state.snapshot(chosen.config);
    if (how === 'wait') this.send({ type: 'create', runId, config, gameSet: this.gameSet });
    else this.send({ type: 'start', runId, config, gameSet: this.gameSet, once: how === 'once' });
    router.go(router.now.page, runId, router.now.page === 'rules' ? router.now.detail : null);
    return runId;
  }

  /** A name that no stored run has; it need not repeat, so it comes from the machine's own chance. */
  private async newName(): Promise<string> {
    const taken = new Set((await this.store.runs()).map((run) => run.id));
    for (let i = 0; ; i++) {
      const [low, high] = crypto.getRandomValues(new Uint32Array(2));
      const name = runName(new Rng(low as number, high));
      if (!taken.has(name)) return name;
      if (i > 1000) return `${name}-${low}`;
    }
  }

  async resume(run: RunRecord, once: boolean): Promise<void> {
    await this.pause();
    this.putDown = new Map([...this.putDown].filter(([id]) => id !== run.id));
    this.busy = run.id;
    this.phases = {};
    this.send({ type: 'resume', runId: run.id, once });
  }

  /** A finished run gets more iterations and goes on. */
  async goFurther(run: RunRecord, more: number, once: boolean): Promise<void> {
    await this.store.extend(run.id, run.config.iterations + more);
    chosen.set('iterations', String(run.config.iterations + more));
    await this.resume(run, once);
  }

  /** Resolves when the run in hand has been put down; at once when there is none. */
  pause(): Promise<void> {
    if (!this.busy) return Promise.resolve();
    if (!this.pausing) this.send({ type: 'pause' });
    this.pausing = true;
    return new Promise((done) => this.waitingForPause.push(done));
  }

  editRule(runId: string, action: PoolAction): void {
    this.send({ type: 'editRule', runId, action });
    if (this.busy === runId && this.phase) this.tell(`The change takes effect when iteration ${this.phase.iteration} is stored.`);
  }

  loadGames(name: string, files: { path: string; blob: Blob }[]): void {
    this.loaded = null;
    this.loading = { done: 0, total: 0 };
    this.send({ type: 'loadGames', name, files });
  }

  gameSets(): Promise<GameSet[]> {
    return this.store.gameSets();
  }

  /** Reads a rule pool; its rules become pending in the run (a new one when there is none). */
  async importRules(file: File, runId: string | null): Promise<void> {
    try {
      const { name, rules, report } = readRules(await file.text(), file.name);
      const id = runId ?? (await this.start('wait'));
      const there = new Set(
        [...trace(await this.store.events(id)).pool.rules.values()]
          .filter(({ status }) => status !== 'removed')
          .map(({ scope, text }) => JSON.stringify([scope, text])),
      );
      const fresh = rules.filter(({ scope, text }) => !there.has(JSON.stringify([scope, text])));
      for (const rule of fresh) this.editRule(id, { op: 'IMPORT', ...rule, origin: name });
      const known = rules.length - fresh.length;
      this.tell(
        [
          report,
          known ? `${known} of them ${known === 1 ? 'was' : 'were'} here already.` : '',
          fresh.length ? 'They are pending until you take them in.' : '',
        ]
          .filter(Boolean)
          .join(' '),
      );
    } catch (error) {
      this.tell(sentence(error));
    }
  }

  /** Offers everything of a run as a file. */
  async exportRun(id: string): Promise<void> {
    try {
      save(`${id}.json`, runToText(await this.store.exportRun(id)));
    } catch (error) {
      this.tell(sentence(error));
    }
  }

  async importRun(file: File): Promise<string | null> {
    try {
      const { run, report } = readRun(await file.text(), file.name);
      const id = await this.store.importRun(run);
      this.tell(id === run.manifest.id ? report : `${report} It is called ${id} here, because its name was taken.`);
      return id;
    } catch (error) {
      this.tell(sentence(error));
      return null;
    }
  }
}

export const lab = new Lab();

/** Offers a text as a file. */
export function save(name: string, text: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  link.download = name;
  link.click();
  // The browser has to have begun the download before its source goes away.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
