/** The run that the worker has in hand, and how it is put down. */
import type { Pace } from './pace.ts';
import type { TrainingRun } from './session.ts';

export class Hand {
  /** Null while it is being set up. */
  run: TrainingRun | null = null;
  /** A pause was asked for. */
  asked = false;
  /** Resolves when the run is put down before its piece of work has ended. */
  readonly letGo: Promise<void>;
  private go = (): void => {};

  constructor(
    readonly id: string,
    readonly pace: Pace,
  ) {
    this.letGo = new Promise((done) => (this.go = done));
  }

  pause(): void {
    this.asked = true;
    this.pace.stop();
    // From now on nothing of the iteration is stored; what is being computed need not be waited for.
    if (this.run?.iterating && !this.run.committing) this.go();
  }
}
