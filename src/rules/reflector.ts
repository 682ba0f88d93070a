/** ReflectAndEdit: whoever reads rollouts and proposes edits of the pool. */
import type { RuleEdit, Trajectory } from '../types.ts';
import type { Pool } from './pool.ts';

export interface ReflectInput {
  /** The pools of the task (`keys.ts`): their rules may be edited, and new ones go to the pool that they are about. */
  keys: readonly string[];
  pool: Pool;
  /** T_d: this iteration's rollouts of one task. */
  group: Trajectory[];
  /** T+(d): earlier successes of the same family, shortest first. */
  references: Trajectory[];
}

export interface ProposedEdit {
  edit: RuleEdit;
  /** One sentence: what in the trajectories speaks for it. */
  why: string;
  /** Ids of the trajectories that were contrasted. */
  trajectories: string[];
}

export interface Reflector {
  /** Says what writes the edits; stands in the run's manifest and on the page. */
  readonly name: string;
  /** Tokens fed to a model for reflection so far; 0 for a program. */
  readonly tokensFed: number;
  /** Edits that it wrote so far and that could not be read; absent where it can only write edits that can. */
  readonly unreadable?: number;
  reflect(input: ReflectInput): Promise<ProposedEdit[]>;
}
