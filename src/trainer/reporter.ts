/** Turns a run's progress into events, few enough for a page: every change of phase, otherwise some a second. */
import type { Clock } from '../lib/clock.ts';
import type { Metrics, Phase, Trajectory } from '../types.ts';
import type { RunConfig } from './config.ts';
import type { Event } from './protocol.ts';
import type { Progress } from './phase-timer.ts';

const PHASE_EVERY = 0.25;
const LIVE_EVERY = 0.5;

export class Reporter implements Progress {
  private phaseAt = -Infinity;
  private liveAt = -Infinity;
  private phaseNow: Phase | null = null;
  private total = 0;
  /** The episodes of the phase under way, so that its last state is told even between two reports. */
  private playing: readonly Trajectory[] = [];
  private playingSince = 0;
  private told: { iteration: number; done: number } = { iteration: 0, done: 0 };

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
    if (this.playing.length === 0) this.playingSince = this.phaseAt;
    this.playing = trajectories;
    this.told = { iteration, done: finished };
    if (now - this.phaseAt >= PHASE_EVERY || phase !== this.phaseNow) {
      this.phaseAt = now;
      this.phaseNow = phase;
      this.tellEpisodes(now);
    }
    if (now - this.liveAt >= LIVE_EVERY) {
      this.liveAt = now;
      this.tellLive();
    }
  }

  /** Tells what is so far untold: the run is going to wait, and a person will look. */
  settle(): void {
    if (this.playing.length === 0) return;
    this.tellEpisodes(this.clock.seconds());
    this.tellLive();
  }

  private tellEpisodes(now: number): void {
    const { playing, phaseNow: phase } = this;
    if (phase === null) return;
    const most = this.mostTurns(phase);
    const pips = Array.from({ length: Math.max(this.total, playing.length) }, (_, i) => pip(playing[i], most));
    const turns = playing.reduce((sum, { turns }) => sum + turns.length, 0);
    const spent = now - this.playingSince;
    const rate = spent > 0 ? turns / spent : undefined;
    const { iteration, done } = this.told;
    this.post({ type: 'phase', runId: this.runId, iteration, phase, done, total: pips.length, detail: '', pips, rate });
  }

  private tellLive(): void {
    const most = this.mostTurns(this.phaseNow);
    const live = this.playing.find((t) => pip(t, most) === 'wait' && t.turns.length > 0);
    if (live) this.post({ type: 'live', runId: this.runId, trajectory: live });
  }

  private mostTurns(phase: Phase | null): number | undefined {
    return phase === 'evaluate' ? this.config?.evalSteps : this.config?.steps;
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
