/** Turns a run's progress into events, few enough for a page: every change of phase, otherwise some a second. */
import type { Clock } from '../lib/clock.ts';
import type { Metrics, Phase, Trajectory } from '../types.ts';
import type { RunConfig } from './config.ts';
import type { Event } from './protocol.ts';
import type { Progress } from './session.ts';

const PHASE_EVERY = 0.25;
const LIVE_EVERY = 0.5;

export class Reporter implements Progress {
  private phaseAt = -Infinity;
  private liveAt = -Infinity;
  private phaseNow: Phase | null = null;
  private total = 0;

  constructor(
    private readonly runId: string,
    private readonly config: RunConfig | undefined,
    private readonly clock: Clock,
    private readonly post: (event: Event) => void,
  ) {}

  phase(iteration: number, phase: Phase, done: number, total: number, detail: string): void {
    const now = this.clock.seconds();
    if (phase === this.phaseNow && now - this.phaseAt < PHASE_EVERY) return;
    this.phaseNow = phase;
    this.phaseAt = now;
    this.total = total;
    this.post({ type: 'phase', runId: this.runId, iteration, phase, done, total, detail });
  }

  episodes(iteration: number, phase: Phase, trajectories: readonly Trajectory[], finished: number): void {
    const now = this.clock.seconds();
    const all = finished === this.total;
    if (now - this.phaseAt >= PHASE_EVERY || phase !== this.phaseNow || all) {
      this.phaseAt = now;
      this.phaseNow = phase;
      const most = phase === 'evaluate' ? this.config?.evalSteps : this.config?.steps;
      const pips = Array.from({ length: Math.max(this.total, trajectories.length) }, (_, i) => pip(trajectories[i], most));
      this.post({ type: 'phase', runId: this.runId, iteration, phase, done: finished, total: pips.length, detail: '', pips });
    }
    if (now - this.liveAt >= LIVE_EVERY) {
      this.liveAt = now;
      const playing = trajectories.find(
        (t) => pip(t, phase === 'evaluate' ? this.config?.evalSteps : this.config?.steps) === 'wait' && t.turns.length > 0,
      );
      if (playing) this.post({ type: 'live', runId: this.runId, trajectory: playing });
    }
  }

  iteration(metrics: Metrics): void {
    this.phaseNow = null;
    this.post({ type: 'iteration', runId: this.runId, metrics });
  }
}

/** `stop` says "steps" until something else ended the episode, so that the steps themselves have to be counted. */
function pip(trajectory: Trajectory | undefined, most: number | undefined): 'wait' | 'won' | 'lost' {
  if (!trajectory) return 'wait';
  if (trajectory.won) return 'won';
  return trajectory.stop !== 'steps' || trajectory.turns.length >= (most ?? Infinity) ? 'lost' : 'wait';
}
