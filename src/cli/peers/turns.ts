/** Peers taking turns at every step, so that a busy machine slows all alike; medians, quartiles, and a check that all did the same. */
import { systemClock, type Clock } from '../../lib/clock.ts';
import { CheckFailed } from '../../lib/errors.ts';
import { quantile } from '../../lib/stats.ts';
import { gpuCalls, type GpuCalls } from './count.ts';
import type { Peer } from './peer.ts';

export type Row = Record<string, string | number>;

export interface Comparison {
  /** Steps measured for each row, after one that warms up. */
  steps: number;
  /** Sequences of a step, and tokens of a sequence. */
  batch: number;
  time: number;
  /** Where this runs, for the rows. */
  where: string;
  say: (row: Row) => void;
}

export interface Contestant {
  row: Row & { peer: string };
  open: () => Peer | Promise<Peer>;
  /** Called before each of its steps, when another may have had its turn. */
  prepare?: () => void;
}

/** Losses agree to four decimals when they lie closer than half a unit of the fourth. */
const CLOSE = 5e-5;

/**
 * Measures training steps.
 * @throws CheckFailed when the losses of the last step do not agree: the rows are of different steps then.
 */
export async function takeTurns(
  { steps, batch, time, where, say }: Comparison,
  contestants: readonly Contestant[],
  clock: Clock = systemClock,
): Promise<void> {
  const runs: (Contestant & { peer: Peer; seconds: number[]; calls: GpuCalls; loss: number })[] = [];
  for (const contestant of contestants) {
    contestant.prepare?.();
    const peer = await contestant.open();
    await peer.step();
    runs.push({ ...contestant, peer, seconds: [], calls: { dispatches: 0, mappings: 0 }, loss: NaN });
  }
  const graphics = String(contestants[0]?.row.backend).startsWith('webgpu');
  for (let i = 0; i < steps; i++) {
    for (const run of runs) {
      run.prepare?.();
      const before = graphics ? gpuCalls() : null;
      const started = clock.seconds();
      run.loss = await run.peer.step();
      run.seconds.push(clock.seconds() - started);
      if (!before) continue;
      const after = gpuCalls();
      for (const name of ['dispatches', 'mappings'] as const) run.calls[name] += after[name] - before[name];
    }
  }
  for (const { row, peer, prepare, seconds, calls, loss } of runs) {
    prepare?.();
    peer.close();
    const { median, quartiles } = rates(seconds, batch * time, Math.round);
    const perStep: Row = graphics ? { dispatches: Math.round(calls.dispatches / steps), mappings: Math.round(calls.mappings / steps) } : {};
    say({ where, ...row, batch, time, tokensPerSecond: median, quartiles, ...perStep, loss: Number(loss.toFixed(4)) });
  }
  const losses = runs.map(({ loss }) => loss);
  // Written so that a loss that is no number agrees with nothing.
  if (!(Math.max(...losses) - Math.min(...losses) < CLOSE)) {
    const each = runs.map(({ row, loss }) => `${row.peer} ${loss.toFixed(6)}`).join(', ');
    throw new CheckFailed(
      `The losses after ${steps + 1} steps do not agree to four decimals (${each}), so the rows above do not measure the same training step.`,
    );
  }
}

/** Of something done `units` at a time: units per second, their median and quartiles. */
export function rates(seconds: readonly number[], units: number, round: (rate: number) => number): { median: number; quartiles: string } {
  const sorted = seconds.map((each) => units / each).sort((a, b) => a - b);
  const at = (share: number) => round(quantile(sorted, share));
  return { median: at(0.5), quartiles: `${at(0.25)}-${at(0.75)}` };
}
