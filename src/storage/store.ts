/** The storage port: what a run leaves behind, and the store that keeps it (Dexie in the page, memory in Node). */
import type { WithoutRule } from '../algo/without-rule.ts';
import type { WorldInfo } from '../envs/env.ts';
import type { AdapterState, PolicyInfo } from '../policy/policy.ts';
import type { RunConfig } from '../trainer/config.ts';
import type { Metrics, PoolAction, RuleEvent, Trajectory } from '../types.ts';

/** Everything needed to repeat a run. */
export interface RunManifest {
  /** Memorable and unique: `amber-kestrel`. */
  id: string;
  config: RunConfig;
  world: WorldInfo;
  /** Id of the stored game set when the games were a person's own; null for the games that come with the app. */
  gameSet: string | null;
  policy: PolicyInfo;
  panel: { name: string; hash: string };
  reflector: string;
  codeVersion: string;
  /** The run and iteration that it was forked from, if it was. */
  from?: { run: string; iteration: number };
  /** Milliseconds since 1970; not part of what must repeat. */
  createdAt: number;
}

/** The state after an iteration; together with the manifest it is enough to go on. */
export interface Checkpoint {
  runId: string;
  /** Iterations finished; -1 before the first evaluation, where a run begins with an imported adapter. */
  iteration: number;
  adapter: AdapterState;
  /** T+: shortest successes by family, without tokens. */
  references: Record<string, Trajectory[]>;
}

/** What one finished iteration adds; written whole or not at all. */
export interface IterationCommit {
  checkpoint: Checkpoint;
  metrics: Metrics;
  events: RuleEvent[];
  trajectories: Trajectory[];
}

export type RunStatus = 'running' | 'paused' | 'finished' | 'failed' | 'imported';

export interface RunRecord extends RunManifest {
  status: RunStatus;
  /** Iterations finished; -1 before the first evaluation. */
  iteration: number;
  /** Why it failed, if it did. */
  failure?: string;
}

/** A person's changes of rules, asked for in one go, that wait for the end of an iteration. */
export interface WaitingEdit {
  /** Names it, so that one that is asked for again is kept once. */
  key: string;
  actions: PoolAction[];
}

/** What one rule of a run was worth when it was measured; a reworded rule is another one. */
export interface RuleTrial {
  rule: string;
  text: string;
  /** The iteration whose weights played. */
  iteration: number;
  result: WithoutRule;
}

/** A run as one JSON file: manifest, metrics, rules and (unless left out) adapter and episodes. */
export interface RunExport {
  format: 'jerp-lab run';
  version: 1;
  manifest: RunManifest;
  metrics: Metrics[];
  events: RuleEvent[];
  trajectories: Trajectory[];
  checkpoint: Checkpoint;
  /** Absent where nothing was measured. */
  trials?: RuleTrial[];
}

export interface RunStore {
  /** `start` holds weights to begin with, at iteration -1, in place of a fresh adapter. */
  create(manifest: RunManifest, start?: Checkpoint): Promise<void>;
  /** Atomic: after a throw the previous state is intact. */
  commit(runId: string, commit: IterationCommit): Promise<void>;
  setStatus(runId: string, status: RunStatus, failure?: string): Promise<void>;
  /** Rule events that happen outside an iteration (a person's edits, imports). Throws if `seq` is taken. */
  addEvents(runId: string, events: RuleEvent[]): Promise<void>;
  /** Keeps changes that cannot be made yet, behind those that wait already; nothing happens when the key waits already. */
  addWaiting(runId: string, edit: WaitingEdit): Promise<void>;
  /** Changes that wait, in the order in which they were asked for. */
  waiting(runId: string): Promise<WaitingEdit[]>;
  /** Atomic: what waited no longer waits, and its events (none, where none could be made) are there. Throws if it does not wait. */
  settleWaiting(runId: string, key: string, events: RuleEvent[]): Promise<void>;
  run(runId: string): Promise<RunRecord | undefined>;
  checkpoint(runId: string): Promise<Checkpoint | undefined>;
  metrics(runId: string): Promise<Metrics[]>;
  events(runId: string): Promise<RuleEvent[]>;
  trajectories(runId: string): Promise<Trajectory[]>;
}
