/** The shapes in which runs lie in the database, and the game sets that people bring. */
import { UserError } from '../lib/errors.ts';
import type { EnvName, RuleEvent, Trajectory } from '../types.ts';

/** A person's own games or shop, kept so that a run on them can be resumed. */
export interface GameSet {
  /** SHA-256 over the games; the same games are stored once. */
  id: string;
  /** Absent in sets that were stored when there were only AlfWorld games. */
  env?: EnvName;
  /** What the person called it: the name of the zip or folder. */
  name: string;
  /** How many games, or products, it holds. */
  size: number;
  createdAt: number;
}

/** The games of a set, or the files of a shop, kept apart so that listing sets does not read them. */
export interface GamesRow {
  id: string;
  games: unknown;
}

/** A stored trajectory: its run and iteration are its keys. */
export interface TrajectoryRow extends Trajectory {
  runId: string;
  iteration: number;
}

/** What a list of episodes shows and filters by, kept apart so that a list of thousands does not read their turns. */
export interface EpisodeRow extends Pick<Trajectory, 'id' | 'ruleIds' | 'won' | 'reward' | 'stop' | 'advantage'> {
  runId: string;
  iteration: number;
  family: string;
  goal: string;
  /** Actions played. */
  steps: number;
}

export function episodeOf({ runId, iteration, id, task, ruleIds, won, reward, stop, advantage, turns }: TrajectoryRow): EpisodeRow {
  return { runId, iteration, id, family: task.family, goal: task.goal, steps: turns.length, ruleIds, won, reward, stop, advantage };
}

/** The trajectory without its keys. */
export function trajectoryOf({ runId: _run, iteration: _iteration, ...trajectory }: TrajectoryRow): Trajectory {
  return trajectory;
}

/** Numbers and names in the order that people expect: 2.9 before 2.10, training before evaluation. */
export function byTrajectoryId(a: { iteration: number; id: string }, b: { iteration: number; id: string }): number {
  return a.iteration - b.iteration || a.id.localeCompare(b.id, 'en', { numeric: true });
}

/** The iteration that a trajectory id begins with: `3.0.1` and `eval3.7` are of iteration 3. */
export function iterationOf(id: string): number {
  return Number(/\d+/.exec(id)?.[0] ?? 0);
}

/** Rule events are numbered without gaps; `next` is the number that is free. */
export function checkEvents(runId: string, events: readonly RuleEvent[], next: number): void {
  const wrong = events.findIndex((event, i) => event.seq !== next + i);
  if (wrong < 0) return;
  throw new UserError(
    `Rule event ${events[wrong]?.seq} of ${runId} does not follow event ${next + wrong - 1}; the rules were changed elsewhere. Read them again and repeat the change.`,
  );
}

/** Two writers, or one that repeats itself, must not both succeed: iterations come one after the other. */
export function checkIteration(runId: string, iteration: number, last: number): void {
  if (iteration === last + 1) return;
  throw new UserError(`Iteration ${iteration} of ${runId} cannot be stored after iteration ${last}; resume the run from what is stored.`);
}
