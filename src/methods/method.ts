/** What every method is given, and what one iteration of it leaves behind. */
import type { References } from '../algo/references.ts';
import type { EnvHost } from '../envs/env.ts';
import type { Rng } from '../lib/rng.ts';
import type { Policy } from '../policy/policy.ts';
import type { Pool } from '../rules/pool.ts';
import type { Reflector } from '../rules/reflector.ts';
import type { Metrics, Phase, Rule, RuleEvent, Task, Trajectory } from '../types.ts';

/** The constants of a run, in the paper's terms. */
export interface MethodConfig {
  /** G (the paper's N): rollouts of each task. */
  group: number;
  /** T: most actions in an episode. */
  steps: number;
  temperature: number;
  lr: number;
  weightDecay: number;
  /** 0 clips nothing. */
  maxGradNorm: number;
  clip: number;
  /** beta */
  kl: number;
  minibatches: number;
  epochs: number;
  /** Working rules in the prompt. */
  k: number;
  /** Which pools a task reads and writes. */
  keys: string;
  /** Most rules of one pool. */
  capacity: number;
  /** Cap of T+(d). */
  references: number;
  /** Episodes per rule on which its absorption is measured. */
  absorption: number;
  /** `jerp-frozen-pool`: iterations in which rules are still edited. */
  poolIterations: number;
}

/** What is learnt besides the weights (those live in the policy). */
export interface Knowledge {
  pool: Pool;
  /** T+ */
  references: References;
}

/** Tells the world where the loop is. Both may throw to cancel; a promise is to be awaited (slow motion, single steps). */
export interface Watch {
  phase(phase: Phase, done: number, total: number, detail?: string): Promise<void> | void;
  episodes(trajectories: readonly Trajectory[], finished: number): Promise<void> | void;
}

export interface IterationInput {
  /** 1, 2, 3, ... */
  iteration: number;
  tasks: Task[];
  policy: Policy;
  host: EnvHost;
  reflector: Reflector;
  knowledge: Knowledge;
  config: MethodConfig;
  /** This iteration's own stream. */
  rng: Rng;
  watch: Watch;
}

export interface IterationResult {
  knowledge: Knowledge;
  events: RuleEvent[];
  trajectories: Trajectory[];
  metrics: Omit<Metrics, 'seconds' | 'evaluation' | 'crossed'>;
}

/** The rules in the prompt of a task, the same in training and in evaluation. */
export type RulesFor = (pool: Pool, task: Task, config: MethodConfig) => Rule[];

export interface Method {
  iterate(input: IterationInput): Promise<IterationResult>;
  rulesFor: RulesFor;
  /** What an iteration plays: new training games, or (Reflexion) the evaluated games again and again. */
  plays: 'training' | 'panel';
}
