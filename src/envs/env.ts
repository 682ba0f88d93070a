/** The environments' side of the loop: episodes, the worlds they come from, and the host that plays many at once. */
import type { EnvName, Task } from '../types.ts';

export interface Observation {
  /** What the agent reads. */
  text: string;
  /** Every command the environment would accept now, in the environment's own order. */
  admissible: string[];
}

export interface StepResult extends Observation {
  reward: number;
  /** The environment ended the episode. The step limit is the caller's business. */
  done: boolean;
  won: boolean;
}

/** One episode: single-use and deterministic, (task, actions) fixes every byte. */
export interface Env {
  readonly first: Observation;
  step(action: string): StepResult;
}

/** A named supply of tasks that all episodes share; nothing in it changes after loading. */
export interface World {
  readonly env: EnvName;
  /** What a person calls it: "generated homes", "games.zip". */
  readonly name: string;
  /** SHA-256 over everything that can influence an episode; stands in every manifest. */
  readonly hash: string;
  /** Split names and sizes; Infinity for an endless stream. Splits never overlap.
   *  Every world has the two roles `training` and `validation`; a world of files also lists its folders. */
  readonly splits: Record<string, number>;
  /** The index-th task of a split; throws a UserError on an unknown split or an index out of range. */
  task(split: string, index: number): Task;
  /** Opens an episode of a task of this world; throws a UserError on an unknown id. */
  open(task: Task): Env;
}

export type WorldInfo = Pick<World, 'env' | 'name' | 'hash' | 'splits'>;

/** Plays many episodes at once; lives in this thread or behind a worker's messages. */
export interface EnvHost {
  info(): Promise<WorldInfo>;
  tasks(split: string, indices: number[]): Promise<Task[]>;
  /** Opens one episode per task. `episode` is a handle for `step` and `close`. */
  open(tasks: Task[]): Promise<{ episode: number; first: Observation }[]>;
  /** One action in each named episode, answered in the same order. */
  step(actions: { episode: number; action: string }[]): Promise<StepResult[]>;
  close(episodes: number[]): Promise<void>;
}
