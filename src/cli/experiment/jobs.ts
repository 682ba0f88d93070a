/** What an experiment is made of: jobs that can be done one by one, each kept as one small file under its own key. */
import { createHash } from 'node:crypto';
import { defaultConfig, type RunConfig } from '../../trainer/config.ts';
import { codeVersion } from '../../trainer/version.ts';
import type { EnvName, Evaluation, Phase } from '../../types.ts';
import type { Finding } from '../../rules/misalignment.ts';

export interface PlainRule {
  scope: string;
  text: string;
  score: number;
}

/** What a job plays with; the same for all jobs of one command. */
export interface Setup {
  /** Folder below public/models. */
  policy: string;
  backend: string;
  /** AlfWorld: path of a zip or folder of games; null for generated homes. */
  games: string | null;
  /** WebShop: folder of a shop's files; null for the made-up shop. */
  shop: string | null;
  /** Digests of the policy's index file and of each environment's files, so that other weights or games are other jobs. */
  digests: { policy: string; alfworld: string; webshop: string };
}

export type Job = { setup: Setup } & (
  | { kind: 'run'; config: RunConfig; /** Rules that stand in the pool from the start. */ rules: PlainRule[] | null }
  /** A pool, or none, on the panel with the base weights. */
  | { kind: 'evaluation'; config: RunConfig; rules: PlainRule[]; /** Keyed by task (own), or every task reads the rules of the other families (foreign). */ reads: 'own' | 'foreign'; label: string }
  /** The reflector on contrast pairs with a known truth. */
  | { kind: 'reflector'; env: string; reflector: string; pairs: number; seed: number }
);

/** One row of a run's curve. */
export interface CurvePoint {
  iteration: number;
  /** Totals up to here. */
  episodes: number;
  tokens: { rollouts: number; reflection: number; updates: number };
  trainSuccess: number;
  /** On the panel, where it was played. */
  success: number | null;
  score: number | null;
  activeRules: number;
  edits: Record<string, number>;
  dropped: number;
  /** Mean gain over the rules measured, in nats an action; and how many rules. */
  absorption: { gain: number; rules: number } | null;
}

export interface RunResult {
  kind: 'run';
  config: RunConfig;
  policy: string;
  world: { name: string; hash: string };
  panel: { name: string; hash: string };
  reflector: string;
  curve: CurvePoint[];
  /** Before training, after it, and after it with rules and adapter on and off. */
  before: Evaluation;
  after: Evaluation;
  crossed: Evaluation[];
  /** On the test split, played once when all was learnt: the agent, and the base policy. Only where there is such a split. */
  test?: Evaluation[];
  rules: (PlainRule & { id: string; born: number })[];
  /** Per rule and iteration. */
  absorption: { iteration: number; rule: string; gain: number }[];
  misalignments: Finding[];
}

export interface EvaluationResult {
  kind: 'evaluation';
  label: string;
  evaluation: Evaluation;
}

export interface ReflectorResult {
  kind: 'reflector';
  reflector: string;
  env: string;
  /** By kind of pair and of truth: pairs, pairs in which an edit named the truth, edits, wrong edits. */
  counts: Record<string, { pairs: number; named: number; edits: number; wrong: number }>;
  tokens: number;
}

export type Result = RunResult | EvaluationResult | ReflectorResult;

/** Whether a value read from a file is a whole result of that kind, as far as its tables need it. */
export function isResult(value: unknown, kind: Job['kind']): value is Result {
  const result = value as Partial<RunResult & Omit<EvaluationResult, 'kind'> & Omit<ReflectorResult, 'kind'>> | null;
  const played = (evaluation: Evaluation | undefined) => Array.isArray(evaluation?.rewards);
  if (!result || (result.kind as string) !== kind) return false;
  if (kind === 'evaluation') return played(result.evaluation);
  if (kind === 'reflector') return typeof result.counts === 'object';
  const lists = [result.curve, result.crossed, result.rules, result.absorption, result.misalignments];
  return typeof result.config === 'object' && played(result.before) && played(result.after) && lists.every(Array.isArray) && result.curve?.length !== 0;
}

/** Wall-clock seconds, kept apart from results so that these are the same bytes every time. */
export type Seconds = Partial<Record<Phase | 'all', number>>;

/** Child to parent. */
export type Message =
  | { type: 'progress'; done: number; total: number; what: string }
  | { type: 'result'; result: Result; seconds: Seconds }
  | { type: 'error'; message: string; user: boolean };

/** The name under which a job is kept: what it depends on, and nothing else (paths, core counts, settings at their defaults). */
export function keyOf({ setup, ...job }: Job): string {
  const { policy, backend, digests } = setup;
  const env = job.kind === 'reflector' ? null : (job.config.env as EnvName);
  // A setting that is added later, at its default, must not make every kept run another one.
  const told = job.kind === 'reflector' ? job : { ...job, config: changedSettings(job.config) };
  const text = JSON.stringify([codeVersion, told, policy, backend, digests.policy, env === null ? null : digests[env]]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function changedSettings(config: RunConfig): [string, string | number][] {
  return (Object.entries(config) as [keyof RunConfig, string | number][]).filter(([name, value]) => value !== defaultConfig[name]).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** Units of work, for progress and estimates: iterations and panels. */
export function sizeOf(job: Job): number {
  if (job.kind === 'run') return job.config.iterations + 1;
  return 1;
}

export function describeJob(job: Job): string {
  if (job.kind === 'run') return `${job.config.method} on ${job.config.env}, seed ${job.config.seed}`;
  if (job.kind === 'evaluation') return `${job.label}, seed ${job.config.seed}`;
  return `${job.reflector} reflector on ${job.pairs} pairs`;
}
