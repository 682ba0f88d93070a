/** The tables of the page's database, and every version of them that people's browsers may hold. */
import { Dexie, type EntityTable, type Table } from 'dexie';
import type { Metrics, RuleEvent } from '../types.ts';
import { defaultConfig } from '../trainer/config.ts';
import { guardedIndexedDb } from './guarded.ts';
import { episodeOf, type EpisodeRow, type GameSet, type GamesRow, type TrajectoryRow } from './rows.ts';
import type { Checkpoint, RuleTrial, RunRecord, WaitingEdit } from './store.ts';

type Row<T> = T & { runId: string };

export type LabDatabase = Dexie & {
  runs: EntityTable<RunRecord, 'id'>;
  metrics: Table<Row<Metrics>, [string, number]>;
  events: Table<Row<RuleEvent>, [string, number]>;
  trajectories: Table<TrajectoryRow, [string, string]>;
  episodes: Table<EpisodeRow, [string, string]>;
  checkpoints: EntityTable<Checkpoint, 'runId'>;
  snapshots: Table<Checkpoint, [string, number]>;
  trials: Table<Row<RuleTrial>, [string, string, string]>;
  /** `place` counts up within a run. */
  waiting: Table<Row<WaitingEdit> & { place: number }, [string, number]>;
  gameSets: EntityTable<GameSet, 'id'>;
  games: EntityTable<GamesRow, 'id'>;
};

export function labDatabase(name: string): LabDatabase {
  const db = new Dexie(name, { indexedDB: guardedIndexedDb() }) as LabDatabase;
  // Never changed, only followed by higher ones: people's browsers hold all of them.
  db.version(1).stores({
    runs: 'id, createdAt',
    metrics: '[runId+iteration]',
    events: '[runId+seq]',
    trajectories: '[runId+id], [runId+iteration]',
    checkpoints: 'runId',
    gameSets: 'id, createdAt',
    games: 'id',
  });
  db.version(2)
    .stores({ episodes: '[runId+id], [runId+iteration]' })
    .upgrade(async (tx) => {
      const rows: EpisodeRow[] = [];
      await tx.table<TrajectoryRow>('trajectories').each((row) => rows.push(episodeOf(row)));
      await tx.table('episodes').bulkPut(rows);
    });
  db.version(3).stores({ snapshots: '[runId+iteration]' });
  db.version(4).stores({ trials: '[runId+rule+text]' });
  db.version(5).stores({ waiting: '[runId+place]' });
  // A run that was stored before a setting was one was trained with what is now its default.
  db.runs.hook('reading', (run: RunRecord | undefined) => run && { ...run, config: { ...defaultConfig, ...run.config } });
  return db;
}

/** The tables that hold parts of runs. */
export function tablesOfRuns({ runs, metrics, events, trajectories, episodes, checkpoints, snapshots, trials, waiting }: LabDatabase) {
  return [runs, metrics, events, trajectories, episodes, checkpoints, snapshots, trials, waiting];
}
