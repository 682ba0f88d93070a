/** Where an iteration is: times its phases, passes progress on, holds it at boundaries, and ends it when a pause is asked for. */
import type { Clock } from '../lib/clock.ts';
import type { Watch } from '../methods/method.ts';
import type { Metrics, Phase, Trajectory } from '../types.ts';
import type { Boundary } from './pace.ts';

/** Thrown out of the middle of an iteration when a pause was asked for; the unfinished iteration leaves no trace. */
export class Paused extends Error {
  override name = 'Paused';
}

/** What a run reports while it works. */
export interface Progress {
  phase(iteration: number, phase: Phase, done: number, total: number, detail: string): void;
  /** All episodes being played, after every joint step. */
  episodes(iteration: number, phase: Phase, trajectories: readonly Trajectory[], finished: number): void;
  iteration(metrics: Metrics): void;
}

/** What an iteration is watched with. */
export interface Watched {
  clock: Clock;
  progress: Progress;
  /** True when the person wants to pause; asked often. */
  pauseAsked: () => boolean;
  /** Holds the run at a boundary for slow motion and single steps; null when it may go on at once. */
  gate?: (boundary: Boundary, phase: Phase) => Promise<void> | null;
}

/** Adds up the seconds of each phase, passes progress on, and cancels the iteration when a pause is asked for. */
export class PhaseTimer {
  private readonly seconds: Partial<Record<Phase, number>> = {};
  private current: { phase: Phase; since: number } | null = null;

  constructor(
    private readonly deps: Watched,
    private readonly iteration: number,
  ) {}

  readonly watch: Watch = {
    phase: (phase, done, total, detail = '') => {
      const begins = phase !== this.current?.phase;
      this.enter(phase);
      this.deps.progress.phase(this.iteration, phase, done, total, detail);
      // The edits of each group are a step of their own; the parts of a policy step are not.
      if (!begins && phase !== 'edit') return undefined;
      return this.gate(phase === 'retrieve' || phase === 'act' ? 'phase' : 'group', phase);
    },
    episodes: (trajectories, finished) => {
      const phase = this.current?.phase ?? 'act';
      this.enter(phase);
      this.deps.progress.episodes(this.iteration, phase, trajectories, finished);
      return this.gate('action', phase);
    },
  };

  /** Waiting for a person is no time of the phase. */
  private gate(boundary: Boundary, phase: Phase): Promise<void> | undefined {
    const since = this.deps.clock.seconds();
    const wait = this.deps.gate?.(boundary, phase);
    if (!wait) return undefined;
    return wait.then(() => {
      if (this.current) this.current.since += this.deps.clock.seconds() - since;
      this.enter(phase);
    });
  }

  stop(): Partial<Record<Phase, number>> {
    this.enter(null);
    return this.seconds;
  }

  private enter(phase: Phase | null): void {
    if (phase !== null && this.deps.pauseAsked()) throw new Paused('The run was paused.');
    if (phase === this.current?.phase) return;
    const now = this.deps.clock.seconds();
    if (this.current) this.seconds[this.current.phase] = (this.seconds[this.current.phase] ?? 0) + now - this.current.since;
    this.current = phase === null ? null : { phase, since: now };
  }
}
