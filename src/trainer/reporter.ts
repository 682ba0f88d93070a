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
  /** The episodes of the phase under way, so that its last state is told even between two reports. */
  private playing: readonly Trajectory[] = [];

  constructor(
    private readonly runId: string,
    private readonly config: RunConfig | undefined,
    private readonly clock: Clock,
    private readonly post: (event: Event) => void,
  ) {}

  phase(iteration: number, phase: Phase, done: number, total: number, detail: string): void {
    const now = this.clock.seconds();
    if (phase !== this.phaseNow) this.close(iteration);
    if (phase === this.phaseNow && now - this.phaseAt < PHASE_EVERY) return;
    this.phaseNow = phase;
    this.phaseAt = now;
    this.total = total;
    this.post({ type: 'phase', runId: this.runId, iteration, phase, done, total, detail });
  }

  episodes(iteration: number, phase: Phase, trajectories: readonly Trajectory[], finished: number): void {
    const now = this.clock.seconds();
    const most = phase === 'evaluate' ? this.config?.evalSteps : this.config?.steps;
    this.playing = trajectories;
    if (now - this.phaseAt >= PHASE_EVERY || phase !== this.phaseNow) {
      this.phaseAt = now;
      this.phaseNow = phase;
      const pips = Array.from({ length: Math.max(this.total, trajectories.length) }, (_, i) => pip(trajectories[i], most));
      this.post({ type: 'phase', runId: this.runId, iteration, phase, done: finished, total: pips.length, detail: '', pips });
    }
    if (now - this.liveAt >= LIVE_EVERY) {
      this.liveAt = now;
      const live = trajectories.find((t) => pip(t, most) === 'wait' && t.turns.length > 0);
      if (live) this.post({ type: 'live', runId: this.runId, trajectory: live });
    }
  }

  /** All episodes of the phase are over: what was not won is lost. */
  private close(iteration: number): void {
    if (this.playing.length === 0 || this.phaseNow === null) return;
    const pips = this.playing.map((t) => (t.won ? 'won' : 'lost'));
    this.playing = [];
    this.post({
      type: 'phase',
      runId: this.runId,
      iteration,
      phase: this.phaseNow,
      done: pips.length,
      total: pips.length,
      detail: '',
      pips,
    });
  }

  iteration(metrics: Metrics): void {
    this.close(metrics.iteration);
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
