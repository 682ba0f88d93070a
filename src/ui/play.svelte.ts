/** A person at the controls: one environment worker of the page's own, one episode in it, and its history. */
import type { Insight } from '../envs/protocol.ts';
import type { StepResult, WorldInfo } from '../envs/env.ts';
import { sentence } from '../lib/errors.ts';
import type { DexieStore } from '../storage/dexie.ts';
import { environment, useWorld } from '../trainer/worlds.ts';
import { loadingNow, type Loading } from './loading.ts';
import { playPage } from './text.ts';
import type { EnvName, Task } from '../types.ts';

/** Which world is played: the app's own, or a stored set of a person's files. */
export interface Source {
  env: EnvName;
  set: string | null;
}

export interface PlayedTurn {
  action: string;
  observation: string;
}

/** An episode as it stands. */
export interface Played {
  task: Task;
  opening: string;
  turns: readonly PlayedTurn[];
  admissible: readonly string[];
  done: boolean;
  won: boolean;
  reward: number;
  insight: Insight;
  /** Commands of the shortest way to win, from the start. */
  shortest: number | null;
}

type Environment = ReturnType<typeof environment>;

export class Play {
  world = $state.raw<WorldInfo | null>(null);
  game = $state.raw<Played | null>(null);
  /** What is being waited for, in a sentence; null when nothing is. */
  waiting = $state.raw<{ what: string; loading: Loading | null } | null>(null);
  /** What went wrong last. */
  fault = $state('');
  private worker: (Environment & { source: string }) | null = null;
  private episode: number | null = null;
  /** Requests one after the other: a key held down must not overtake the answer. */
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly store: Pick<DexieStore, 'gameSet' | 'games' | 'putGames'>) {}

  /** Makes a world the one that is played. */
  use(source: Source): Promise<void> {
    return this.inTurn(() => this.enter(source));
  }

  /** Opens a task by its id. */
  open(source: Source, id: string): Promise<void> {
    return this.inTurn(async () => {
      const host = await this.enter(source);
      this.game = null;
      await this.begin(host, { env: source.env, id, family: '', goal: '' });
    });
  }

  /** The id of the index-th task of a split. @throws UserError when there is none. */
  async idOf(source: Source, split: string, index: number): Promise<string | null> {
    let id: string | null = null;
    await this.inTurn(async () => {
      const host = await this.enter(source);
      id = (await host.tasks(split, [index]))[0]?.id ?? null;
    });
    return id;
  }

  send(action: string): Promise<void> {
    return this.inTurn(async () => {
      if (this.game && !this.game.done) await this.act([action]);
    });
  }

  /** Episodes are played once; taking back plays a new one up to the turn before. */
  takeBack(turns = 1): Promise<void> {
    return this.inTurn(async () => {
      const { game, worker } = this;
      if (!game || !worker) return;
      const kept = game.turns.slice(0, Math.max(0, game.turns.length - turns)).map(({ action }) => action);
      await this.begin(worker.host, game.task, kept);
    });
  }

  /** The game as the text of a game.tw-pddl file. */
  async file(): Promise<string | null> {
    return this.worker && this.episode !== null ? this.worker.host.gameFile(this.episode) : null;
  }

  /** Ends the worker, whatever it is doing, and the game that was played in it. */
  stop(): void {
    this.worker?.end();
    this.worker?.host.fail(playPage.stopped);
    this.game = null;
    this.worker = null;
    this.episode = null;
    this.world = null;
    this.waiting = null;
  }

  private inTurn(work: () => Promise<unknown>): Promise<void> {
    const made = this.turn.then(async () => {
      this.fault = '';
      // A person's shop may have goals that take seconds to work out.
      const late = setTimeout(() => (this.waiting ??= { what: playPage.working, loading: null }), 300);
      try {
        await work();
      } catch (error) {
        this.fault = sentence(error);
      } finally {
        clearTimeout(late);
        this.waiting = null;
      }
    });
    this.turn = made;
    return made;
  }

  private async enter(source: Source): Promise<Environment['host']> {
    const key = JSON.stringify(source);
    if (this.worker?.source === key) return this.worker.host;
    this.stop();
    const made = environment();
    this.worker = { ...made, source: key };
    const what = playPage.opening[source.env];
    this.waiting = { what, loading: null };
    try {
      await useWorld(made.host, this.store, source.env, source.set, (progress) => {
        this.waiting = { what, loading: loadingNow(this.waiting?.loading ?? null, progress, performance.now()) };
      });
      this.world = await made.host.info();
    } catch (error) {
      if (this.worker?.source === key) this.stop();
      throw error;
    }
    return made.host;
  }

  private async begin(host: Environment['host'], task: Task, actions: readonly string[] = []): Promise<void> {
    const [opened] = await host.open([task]);
    if (!opened) return;
    if (this.episode !== null) await host.close([this.episode]);
    this.episode = opened.episode;
    const insight = await host.insight(opened.episode);
    const { text: opening, admissible } = opened.first;
    const shortest = insight.env === 'alfworld' ? insight.shortest : null;
    this.game = { task, opening, turns: [], admissible, done: false, won: false, reward: 0, insight, shortest };
    if (actions.length > 0) await this.act(actions);
  }

  private async act(actions: readonly string[]): Promise<void> {
    const { game, worker, episode } = this;
    if (!game || !worker || episode === null) return;
    const turns = [...game.turns];
    let last: StepResult | undefined;
    for (const action of actions) {
      [last] = await worker.host.step([{ episode, action }]);
      if (last) turns.push({ action, observation: last.text });
    }
    if (!last) return;
    const { admissible, done, won, reward } = last;
    this.game = { ...game, turns, admissible, done, won, reward, insight: await worker.host.insight(episode) };
  }
}
