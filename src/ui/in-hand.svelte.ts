/** The run that the trainer of this tab has in hand: what it is doing now, and how runs were put down. */
import type { Event } from '../trainer/protocol.ts';
import type { Trajectory } from '../types.ts';
import type { PhaseEvent } from './client.ts';

export type End = 'paused' | 'finished' | 'failed';

export class InHand {
  busy = $state<string | null>(null);
  pausing = $state(false);
  /** It goes step by step and waits. */
  holding = $state(false);
  /** How runs were put down in this tab. */
  putDown = $state.raw<ReadonlyMap<string, End>>(new Map());
  phase = $state.raw<PhaseEvent | null>(null);
  /** The last event of each phase of the iteration under way. */
  phases = $state.raw<Partial<Record<PhaseEvent['phase'], PhaseEvent>>>({});
  /** Evaluations of the iteration under way that are behind: after the last one the panel is played several times. */
  rounds = $state(0);
  /** The episode that is being played. */
  live = $state.raw<Trajectory | null>(null);
  private waitingForPause: (() => void)[] = [];

  protected take(runId: string): void {
    this.putDown = new Map([...this.putDown].filter(([id]) => id !== runId));
    this.busy = runId;
  }

  protected see(event: Extract<Event, { type: 'phase' | 'held' | 'live' }>): void {
    if (event.type === 'held') this.holding = true;
    else if (event.type === 'live') this.live = event.trajectory;
    else {
      const goesOn = event.iteration === this.phase?.iteration && event.runId === this.phase.runId;
      const again = event.phase === 'evaluate' && this.phase?.phase === 'evaluate' && event.done < this.phase.done;
      this.rounds = goesOn ? this.rounds + Number(again) : 0;
      this.phases = { ...(goesOn ? this.phases : {}), [event.phase]: event };
      this.phase = event;
    }
  }

  /** Resolves when the run has been put down. */
  protected put(): Promise<void> {
    return new Promise((done) => this.waitingForPause.push(done));
  }

  protected letGo(how: End): void {
    if (this.busy) this.putDown = new Map([...this.putDown, [this.busy, how]]);
    this.busy = null;
    this.pausing = this.holding = false;
    this.phase = null;
    this.live = null;
    for (const done of this.waitingForPause.splice(0)) done();
  }
}
