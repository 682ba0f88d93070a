/** What can be done with the run in view: one word from the trainer, the locks and what is stored. */
import type { RunConfig } from '../trainer/config.ts';
import type { RunRecord } from '../storage/store.ts';
import type { Metrics } from '../types.ts';

export type Mode =
  /** Policy and backend are being opened. */
  | 'loading'
  | 'broken'
  /** No run yet. */
  | 'ready'
  | 'running'
  /** Goes step by step and waits for the next word. */
  | 'held'
  | 'pausing'
  /** Another tab trains it. */
  | 'elsewhere'
  | 'paused'
  /** Stored as running, but nobody runs it: its tab was closed. */
  | 'interrupted'
  | 'failed'
  | 'finished';

export interface Facts {
  machine: 'opening' | 'ready' | 'broken';
  busy: string | null;
  pausing: boolean;
  holding: boolean;
  held: ReadonlySet<string>;
  /** How runs were put down in this tab: known a moment before it can be read from the store. */
  putDown: ReadonlyMap<string, 'paused' | 'finished' | 'failed'>;
}

export function modeOf(run: RunRecord | null, routed: string | null, { machine, busy, pausing, holding, held, putDown }: Facts): Mode {
  if (machine === 'broken') return 'broken';
  const mine = busy !== null && (run ? busy === run.id : busy === routed);
  if (mine) return pausing ? 'pausing' : holding ? 'held' : 'running';
  if (run && held.has(run.id)) return 'elsewhere';
  if (machine === 'opening') return 'loading';
  if (!run) return 'ready';
  if (run.status === 'running') return putDown.get(run.id) ?? 'interrupted';
  if (run.status === 'imported') return 'paused';
  return run.status;
}

const sum = (seconds: Metrics['seconds']) => Object.values(seconds).reduce((total, s) => total + s, 0);

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2;
}

/** Seconds until the run is done, from what its iterations took; null before the first training iteration. */
export function secondsLeft(metrics: readonly Metrics[], config: RunConfig): number | null {
  const trained = metrics.filter((m) => m.iteration > 0);
  if (trained.length === 0) return null;
  // The median: one iteration during which the tab was frozen says nothing about the next.
  const each = median(trained.slice(-5).map((m) => sum(m.seconds) - (m.seconds.evaluate ?? 0)));
  const evaluations = metrics.flatMap((m) => (m.seconds.evaluate ? [m.seconds.evaluate] : []));
  const done = metrics.at(-1)?.iteration ?? 0;
  let due = 0;
  for (let i = done + 1; i <= config.iterations; i++)
    if (i === config.iterations || (config.evalEvery > 0 && i % config.evalEvery === 0)) due++;
  return each * (config.iterations - done) + due * (evaluations.at(-1) ?? 0);
}
