/** How long a run will still take: from its own iterations once there are some, before that from what was measured so far. */
import type { RunConfig } from '../trainer/config.ts';
import type { Metrics, Phase } from '../types.ts';

/** Episodes end sooner than their limit; measured on the embedded policy, over a run. */
const PLAYED = 0.5;
/** One epoch of a policy step takes about as long as half of the playing. */
const LEARNING = 0.5;

const withoutStep = new Set(['rules-only', 'expel', 'training-free-grpo', 'reflexion', 'prompt-only']);
const withoutRules = new Set(['grpo', 'rloo']);

const sum = (seconds: Metrics['seconds']) => Object.values(seconds).reduce((total, s) => total + s, 0);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** Where the iteration under way is: of this phase so much is over, and so many evaluations are behind. */
export interface Under {
  iteration: number;
  phase: Phase;
  done: number;
  total: number;
  rounds: number;
}

/** After the last iteration the panel is played once more for every way to take away rules or adapter. */
function evaluationsOf(i: number, { iterations, evalEvery, method }: RunConfig): number {
  if (i < iterations) return i === 0 || (evalEvery > 0 && i % evalEvery === 0) ? 1 : 0;
  return 1 + (withoutStep.has(method) || withoutRules.has(method) ? 1 : 3);
}

function evaluationsDue(config: RunConfig, done: number): number {
  let due = 0;
  for (let i = done + 1; i <= config.iterations; i++) due += evaluationsOf(i, config);
  return due;
}

/** The policy step in seconds for every second of playing. */
const learning = ({ method, epochs }: RunConfig) => (withoutStep.has(method) ? 0 : LEARNING * epochs);

const isTrained = (m: Metrics) => m.iteration > 0 && sum(m.seconds) > 0;

/** Seconds of one iteration without its evaluation, and of one evaluation; null while nothing is known. */
function lengths(
  metrics: readonly Metrics[],
  config: RunConfig,
  secondsPerAction: number | null,
): { iteration: number; evaluation: number } | null {
  const trained = metrics.filter(isTrained);
  // An evaluation at the end is several: it says nothing about the next.
  const measured = metrics.flatMap((m) => (m.seconds.evaluate && m.crossed.length === 0 ? [m.seconds.evaluate] : []));
  const each = config.evalGames * config.evalSteps;
  const evaluation = measured.at(-1) ?? (secondsPerAction === null ? null : secondsPerAction * PLAYED * each);
  if (evaluation === null) return null;
  const slots = config.tasks * config.group * config.steps;
  const iteration =
    trained.length > 0
      ? // The median: one iteration during which the tab was frozen says nothing about the next.
        median(trained.slice(-5).map((m) => sum(m.seconds) - (m.seconds.evaluate ?? 0)))
      : (evaluation / each) * slots * (1 + learning(config));
  return { iteration, evaluation };
}

const order: readonly Phase[] = ['retrieve', 'act', 'reward', 'advantage', 'step', 'edit'];

/** The share of an iteration's seconds, without its evaluation, that is behind: by how long each phase took before. */
function trainedShare(metrics: readonly Metrics[], config: RunConfig, { phase, done, total }: Under): number {
  if (phase === 'evaluate') return 1;
  const rows = metrics.filter(isTrained).slice(-5);
  const guess: Partial<Record<Phase, number>> = { act: 1, step: learning(config) };
  const took = (of: Phase) => (rows.length > 0 ? rows.reduce((all, m) => all + (m.seconds[of] ?? 0), 0) : (guess[of] ?? 0));
  const all = order.reduce((seconds, of) => seconds + took(of), 0);
  const before = order.slice(0, order.indexOf(phase)).reduce((seconds, of) => seconds + took(of), 0);
  return all > 0 ? (before + took(phase) * (total > 0 ? done / total : 0)) / all : 0;
}

/** Seconds of the iteration under way that are behind. */
function secondsBehind(
  metrics: readonly Metrics[],
  config: RunConfig,
  { iteration, evaluation }: { iteration: number; evaluation: number },
  under: Under,
): number {
  const { phase, done, total, rounds } = under;
  const trained = under.iteration > 0 ? iteration * trainedShare(metrics, config, under) : 0;
  const round = phase === 'evaluate' && total > 0 ? done / total : 0;
  return trained + evaluation * Math.min(evaluationsOf(under.iteration, config), rounds + round);
}

/**
 * Seconds until the run is done; null while nothing is known.
 * @param secondsPerAction as timed when the policy was opened (`trainer/calibrate.ts`), or null.
 * @param under the iteration under way, if there is one.
 */
export function secondsLeft(
  metrics: readonly Metrics[],
  config: RunConfig,
  secondsPerAction: number | null,
  under: Under | null = null,
): number | null {
  const done = metrics.at(-1)?.iteration ?? -1;
  const each = lengths(metrics, config, secondsPerAction);
  if (!each) return null;
  const whole = each.iteration * (config.iterations - Math.max(0, done)) + each.evaluation * evaluationsDue(config, done);
  // What is stored already is counted there.
  return under?.iteration === done + 1 ? Math.max(0, whole - secondsBehind(metrics, config, each, under)) : whole;
}

/** How much of the iteration under way is behind, below 1: it is over only when it is stored. */
export function shareBehind(metrics: readonly Metrics[], config: RunConfig, secondsPerAction: number | null, under: Under | null): number {
  const each = lengths(metrics, config, secondsPerAction);
  if (!each || under?.iteration !== (metrics.at(-1)?.iteration ?? -1) + 1 || under.iteration === 0) return 0;
  const whole = each.iteration + each.evaluation * evaluationsOf(under.iteration, config);
  return whole > 0 ? Math.min(0.99, secondsBehind(metrics, config, each, under) / whole) : 0;
}
