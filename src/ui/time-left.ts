/** How long a run will still take: from its own iterations once there are some, before that from what was measured so far. */
import type { RunConfig } from '../trainer/config.ts';
import type { Metrics } from '../types.ts';

/** Episodes end sooner than their limit; measured on the embedded policy, over a run. */
const PLAYED = 0.5;
/** A policy step takes about as long as half of the playing. */
const LEARNING = 1.5;

const withoutStep = new Set(['rules-only', 'expel', 'training-free-grpo', 'reflexion', 'prompt-only']);
const withoutRules = new Set(['grpo', 'rloo']);

const sum = (seconds: Metrics['seconds']) => Object.values(seconds).reduce((total, s) => total + s, 0);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** Evaluations still to be played; after the last iteration the panel is played once more for every way to take away rules or adapter. */
function evaluationsDue({ iterations, evalEvery, method }: RunConfig, done: number): number {
  let due = 0;
  for (let i = done + 1; i <= iterations; i++) if (i === 0 || i === iterations || (evalEvery > 0 && i % evalEvery === 0)) due++;
  const crossed = done >= iterations ? 0 : withoutStep.has(method) || withoutRules.has(method) ? 1 : 3;
  return due + crossed;
}

/**
 * Seconds until the run is done; null while nothing is known.
 * @param secondsPerAction as timed when the policy was opened (`trainer/calibrate.ts`), or null.
 */
export function secondsLeft(metrics: readonly Metrics[], config: RunConfig, secondsPerAction: number | null): number | null {
  const done = metrics.at(-1)?.iteration ?? -1;
  const trained = metrics.filter((m) => m.iteration > 0 && sum(m.seconds) > 0);
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
      : (evaluation / each) * slots * (withoutStep.has(config.method) ? 1 : LEARNING);
  return iteration * (config.iterations - Math.max(0, done)) + evaluation * evaluationsDue(config, done);
}
