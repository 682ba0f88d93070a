/** The store in the page: one IndexedDB database; every iteration is written in one transaction, whole or not at all. */
import { Dexie, type Table } from 'dexie';
import { UserError } from '../lib/errors.ts';
import { foldPool } from '../rules/pool.ts';
import { fixedSettings, type RunConfig } from '../trainer/config.ts';
import { afterWaiting } from '../trainer/waiting.ts';
import type { Metrics, RuleEvent, Trajectory } from '../types.ts';
import { labDatabase, tablesOfRuns, type LabDatabase } from './database.ts';
import {
  byTrajectoryId,
  checkEvents,
  checkIteration,
  episodeOf,
  iterationOf,
  trajectoryOf,
  type EpisodeRow,
  type GameSet,
  type TrajectoryRow,
} from './rows.ts';
import type {
  Checkpoint,
  IterationCommit,
  RuleTrial,
  RunExport,
  RunManifest,
  RunRecord,
  RunStatus,
  RunStore,
  WaitingEdit,
} from './store.ts';
import { thinned } from './thinning.ts';
import type { ImportedRun } from './transfer.ts';

/** What the weights of all iterations of one run may take in bytes, and how many stay however large they are. */
const ROOM = 64e6;
const LEAST = 8;

export class DexieStore implements RunStore {
  readonly db: LabDatabase;

  constructor(name = 'jerp-lab') {
    this.db = labDatabase(name);
  }

  private all() {
    return tablesOfRuns(this.db);
  }

  async create(manifest: RunManifest, start?: Checkpoint): Promise<void> {
    await this.db.transaction('rw', this.db.runs, this.db.checkpoints, async () => {
      if (await this.db.runs.get(manifest.id))
        throw new UserError(`A run named ${manifest.id} is stored already; give the new one another name.`);
      await this.db.runs.add({ ...manifest, status: 'running', iteration: -1 });
      if (start) await this.db.checkpoints.put(start);
    });
  }

  async commit(runId: string, { checkpoint, metrics, events, trajectories }: IterationCommit): Promise<void> {
    await this.db.transaction('rw', this.all(), async () => {
      const run = await this.need(runId);
      checkIteration(runId, metrics.iteration, run.iteration);
      await this.db.metrics.add({ ...metrics, runId });
      await this.putEvents(runId, events);
      await this.putTrajectories(trajectories.map((t) => ({ ...t, runId, iteration: metrics.iteration })));
      await this.db.checkpoints.put({ ...checkpoint, runId });
      await this.putSnapshot({ ...checkpoint, runId });
      await this.db.runs.update(runId, { iteration: metrics.iteration });
    });
  }

  /** The weights of every iteration are kept while there is room, so that a run can be forked from it. */
  private async putSnapshot(snapshot: Checkpoint): Promise<void> {
    await this.db.snapshots.put(snapshot);
    const iterations = (await this.ofRun(this.db.snapshots, snapshot.runId).primaryKeys()).map(([, iteration]) => iteration);
    const bytes = Object.values(snapshot.adapter.tensors).reduce((sum, { data }) => sum + data.byteLength, 1);
    const gone = thinned(iterations, Math.max(LEAST, Math.floor(ROOM / bytes)));
    await this.db.snapshots.bulkDelete(gone.map((iteration) => [snapshot.runId, iteration]));
  }

  /** Iterations from which a run can be forked, ascending: all that are kept, and the last. */
  async forkPoints(runId: string): Promise<number[]> {
    const kept = (await this.ofRun(this.db.snapshots, runId).primaryKeys()).map(([, iteration]) => iteration);
    const last = (await this.db.checkpoints.get(runId))?.iteration;
    return [...new Set([...kept, ...(last === undefined ? [] : [last])])].sort((a, b) => a - b);
  }

  /**
   * A new run that begins as another one was after an iteration: curves, rules, episodes and weights up to there.
   * @param id a name that no stored run has. @param config its settings from there on; games and the shape of what is trained stay.
   */
  async fork(runId: string, iteration: number, id: string, config: RunConfig, createdAt: number): Promise<void> {
    await this.db.transaction('rw', this.all(), async () => {
      const { failure: _failure, ...run } = await this.need(runId);
      const last = await this.db.checkpoints.get(runId);
      const checkpoint = last?.iteration === iteration ? last : await this.db.snapshots.get([runId, iteration]);
      if (!checkpoint) throw new UserError(`The weights of ${runId} after iteration ${iteration} are not kept; fork it from another one.`);
      const fixed = Object.fromEntries(fixedSettings.map((name) => [name, run.config[name]]));
      const from = { run: runId, iteration };
      const status = iteration >= config.iterations ? 'finished' : 'paused';
      await this.db.runs.add({ ...run, id, from, config: { ...config, ...fixed }, createdAt, status, iteration });
      const upTo = <T extends { iteration: number }>(rows: T[]) =>
        rows.filter((row) => row.iteration <= iteration).map((row) => ({ ...row, runId: id }));
      await this.db.metrics.bulkAdd(upTo(await this.ofRun(this.db.metrics, runId).toArray()));
      await this.db.events.bulkAdd(upTo(await this.wholeHistory(run)));
      await this.putTrajectories(upTo(await this.ofRun(this.db.trajectories, runId).toArray()));
      await this.db.trials.bulkAdd(upTo(await this.ofRun(this.db.trials, runId).toArray()));
      await this.db.checkpoints.add({ ...checkpoint, runId: id });
      await this.db.snapshots.add({ ...checkpoint, runId: id });
    });
  }

  /** Makes room: episodes before the last iteration and all but the newest weights go; curves and rules stay. */
  async prune(runId: string): Promise<void> {
    await this.db.transaction('rw', this.all(), async () => {
      const { iteration } = await this.need(runId);
      for (const table of [this.db.trajectories, this.db.episodes])
        await table.where('[runId+iteration]').between([runId, Dexie.minKey], [runId, iteration]).delete();
      await this.ofRun(this.db.snapshots, runId).delete();
    });
  }

  async setStatus(runId: string, status: RunStatus, failure?: string): Promise<void> {
    await this.db.runs.update(runId, { status, failure });
  }

  async addEvents(runId: string, events: RuleEvent[]): Promise<void> {
    await this.db.transaction('rw', this.db.runs, this.db.events, async () => {
      await this.need(runId);
      await this.putEvents(runId, events);
    });
  }

  async addWaiting(runId: string, { key, actions }: WaitingEdit): Promise<void> {
    await this.db.transaction('rw', this.db.runs, this.db.waiting, async () => {
      await this.need(runId);
      const there = await this.ofRun(this.db.waiting, runId).toArray();
      if (there.some((edit) => edit.key === key)) return;
      await this.db.waiting.add({ runId, place: (there.at(-1)?.place ?? -1) + 1, key, actions });
    });
  }

  async waiting(runId: string): Promise<WaitingEdit[]> {
    return (await this.ofRun(this.db.waiting, runId).toArray()).map(({ key, actions }) => ({ key, actions }));
  }

  /** Runs for which changes wait. */
  async runsWithWaiting(): Promise<string[]> {
    return [...new Set((await this.db.waiting.toCollection().primaryKeys()).map(([runId]) => runId))];
  }

  async settleWaiting(runId: string, key: string, events: RuleEvent[]): Promise<void> {
    await this.db.transaction('rw', this.db.waiting, this.db.events, async () => {
      const found = (await this.ofRun(this.db.waiting, runId).toArray()).find((edit) => edit.key === key);
      if (!found) throw new UserError(`The change ${key} does not wait for run ${runId}; it has been made already.`);
      await this.db.waiting.delete([runId, found.place]);
      await this.putEvents(runId, events);
    });
  }

  /** The events of a run, and those of the changes that wait: whatever is taken out of a run in the middle of an iteration has them. */
  private async wholeHistory({ id, iteration }: Pick<RunRecord, 'id' | 'iteration'>): Promise<RuleEvent[]> {
    const [events, waiting] = [await this.events(id), await this.waiting(id)];
    return waiting.length ? [...events, ...afterWaiting(foldPool(events), waiting, iteration).events] : events;
  }

  /** Must run inside a transaction: the check and the writing belong together. */
  private async putEvents(runId: string, events: RuleEvent[]): Promise<void> {
    checkEvents(runId, events, await this.ofRun(this.db.events, runId).count());
    await this.db.events.bulkAdd(events.map((event) => ({ ...event, runId })));
  }

  private async putTrajectories(rows: TrajectoryRow[]): Promise<void> {
    await this.db.trajectories.bulkAdd(rows);
    await this.db.episodes.bulkAdd(rows.map(episodeOf));
  }

  private ofRun<T, K extends [string, ...(string | number)[]]>(table: Table<T, K>, runId: string) {
    return table.where(':id').between([runId, Dexie.minKey], [runId, Dexie.maxKey]);
  }

  private async need(runId: string): Promise<RunRecord> {
    const run = await this.db.runs.get(runId);
    if (!run) throw new UserError(`There is no run named ${runId} in this browser; import it, or start a new one.`);
    return run;
  }

  run(runId: string): Promise<RunRecord | undefined> {
    return this.db.runs.get(runId);
  }

  /** Newest first. */
  runs(): Promise<RunRecord[]> {
    return this.db.runs.orderBy('createdAt').reverse().toArray();
  }

  checkpoint(runId: string): Promise<Checkpoint | undefined> {
    return this.db.checkpoints.get(runId);
  }

  async metrics(runId: string): Promise<Metrics[]> {
    return (await this.ofRun(this.db.metrics, runId).toArray()).map(({ runId: _run, ...metrics }) => metrics);
  }

  async events(runId: string): Promise<RuleEvent[]> {
    return (await this.ofRun(this.db.events, runId).toArray()).map(({ runId: _run, ...event }) => event);
  }

  /** Keeps what a rule was found to be worth; the newest measurement of a wording stays. */
  async putTrial(runId: string, trial: RuleTrial): Promise<void> {
    await this.db.transaction('rw', this.db.runs, this.db.trials, async () => {
      await this.need(runId);
      await this.db.trials.put({ ...trial, runId });
    });
  }

  async trials(runId: string): Promise<RuleTrial[]> {
    return (await this.ofRun(this.db.trials, runId).toArray()).map(({ runId: _run, ...trial }) => trial);
  }

  async trajectories(runId: string, iteration?: number): Promise<Trajectory[]> {
    const rows =
      iteration === undefined
        ? await this.ofRun(this.db.trajectories, runId).toArray()
        : await this.db.trajectories.where({ runId, iteration }).toArray();
    return rows.sort(byTrajectoryId).map(trajectoryOf);
  }

  async trajectory(runId: string, id: string): Promise<Trajectory | undefined> {
    const row = await this.db.trajectories.get([runId, id]);
    return row && trajectoryOf(row);
  }

  /** All episodes of a run without their turns, oldest first. */
  async episodes(runId: string): Promise<EpisodeRow[]> {
    return (await this.ofRun(this.db.episodes, runId).toArray()).sort(byTrajectoryId);
  }

  /** Ids of the episodes in which a text occurs in what was seen or done; `alive` false stops the search. */
  async findEpisodes(runId: string, words: string, alive: () => boolean): Promise<Set<string>> {
    const found = new Set<string>();
    const sought = words.toLowerCase();
    const holds = (text: string) => text.toLowerCase().includes(sought);
    await this.ofRun(this.db.trajectories, runId)
      .until(() => !alive())
      .each(({ id, task, opening, turns }) => {
        if (holds(task.goal) || holds(opening) || turns.some(({ action, observation }) => holds(action) || holds(observation)))
          found.add(id);
      });
    return found;
  }

  /** Writes an imported run; the name is changed when it is taken. @returns the name it got. */
  async importRun({ manifest, metrics, events, trajectories, checkpoint, trials = [] }: ImportedRun): Promise<string> {
    return this.db.transaction('rw', this.all(), async () => {
      let id = manifest.id;
      for (let copy = 2; await this.db.runs.get(id); copy++) id = `${manifest.id}-${copy}`;
      const iteration = checkpoint?.iteration ?? metrics.at(-1)?.iteration ?? -1;
      const status: RunStatus = !checkpoint ? 'failed' : iteration >= manifest.config.iterations ? 'finished' : 'imported';
      await this.db.runs.add({
        ...manifest,
        id,
        status,
        iteration,
        ...(checkpoint ? {} : { failure: 'It was imported without usable weights.' }),
      });
      // Rows past the checkpoint would be written a second time when the run goes on.
      await this.db.metrics.bulkAdd(metrics.filter((m) => m.iteration <= iteration).map((m) => ({ ...m, runId: id })));
      await this.putEvents(id, events);
      await this.putTrajectories(
        trajectories.map((t) => ({ ...t, runId: id, iteration: iterationOf(t.id) })).filter((t) => t.iteration <= iteration),
      );
      await this.db.trials.bulkPut(trials.map((trial) => ({ ...trial, runId: id })));
      if (checkpoint) await this.db.checkpoints.add({ ...checkpoint, runId: id });
      return id;
    });
  }

  /** Lets a finished run go on: the iterations it has had stay as they are. */
  async extend(runId: string, iterations: number): Promise<void> {
    await this.db.transaction('rw', this.db.runs, async () => {
      const run = await this.need(runId);
      await this.db.runs.update(runId, { config: { ...run.config, iterations }, status: 'paused' });
    });
  }

  /** Everything of a run, as it goes into a file. */
  async exportRun(runId: string): Promise<RunExport> {
    return this.db.transaction('r', this.all(), async () => {
      const { status: _status, iteration, failure: _failure, ...manifest } = await this.need(runId);
      const checkpoint = await this.checkpoint(runId);
      if (!checkpoint) throw new UserError(`Run ${runId} has no finished iteration yet, so there is nothing to export.`);
      const events = await this.wholeHistory({ id: runId, iteration });
      const [metrics, trajectories] = [await this.metrics(runId), await this.trajectories(runId)];
      const trials = await this.trials(runId);
      return {
        format: 'jerp-lab run',
        version: 1,
        manifest,
        metrics,
        events,
        trajectories,
        checkpoint,
        ...(trials.length ? { trials } : {}),
      };
    });
  }

  async remove(runId: string): Promise<void> {
    await this.db.transaction('rw', this.all(), async () => {
      await this.ofRun(this.db.metrics, runId).delete();
      await this.ofRun(this.db.events, runId).delete();
      await this.ofRun(this.db.trajectories, runId).delete();
      await this.ofRun(this.db.episodes, runId).delete();
      await this.ofRun(this.db.snapshots, runId).delete();
      await this.ofRun(this.db.trials, runId).delete();
      await this.ofRun(this.db.waiting, runId).delete();
      await this.db.checkpoints.delete(runId);
      await this.db.runs.delete(runId);
    });
  }

  async putGames(set: GameSet, games: unknown): Promise<void> {
    await this.db.transaction('rw', this.db.gameSets, this.db.games, async () => {
      await this.db.gameSets.put(set);
      await this.db.games.put({ id: set.id, games });
    });
  }

  /** Newest first. */
  gameSets(): Promise<GameSet[]> {
    return this.db.gameSets.orderBy('createdAt').reverse().toArray();
  }

  gameSet(id: string): Promise<GameSet | undefined> {
    return this.db.gameSets.get(id);
  }

  /** The games of a stored set, in the form they were put in. */
  async games(id: string): Promise<unknown> {
    const row = await this.db.games.get(id);
    if (!row) throw new UserError('The games of this run are not stored in this browser; load them again (the same zip or folder).');
    return row.games;
  }
}
