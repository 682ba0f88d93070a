/** How a run moves on: freely, in slow motion, or only as far as a person asked. */

/** How far to go: one joint action, until the groups of an iteration are over, one iteration, or to the end. */
export type Grain = 'action' | 'group' | 'iteration' | 'end';

/** Where a run may be held: after a joint action, or where a phase begins (`group` when whole groups are over by then). */
export type Boundary = 'action' | 'phase' | 'group';

/** Milliseconds of slow motion: long enough to see which phase is lit. */
const SLOW = { action: 300, phase: 900, group: 900 };

/** Stands between the run and its next step. Nothing here is random or measured: it only waits. */
export class Pace {
  private wake: (() => void) | null = null;
  private stopped = false;

  constructor(
    public until: Grain,
    private slow: boolean,
    /** Told when the run begins to wait for a person. */
    private readonly onHold: () => void,
  ) {}

  /** Resolves when the run may go on; null when it need not wait at all. */
  reach(boundary: Boundary, slowly: boolean): Promise<void> | null {
    if (this.stopped) return null;
    if (this.until === 'action' || (this.until === 'group' && boundary === 'group')) {
      this.onHold();
      return new Promise((go) => (this.wake = go));
    }
    if (!this.slow || !slowly) return null;
    return new Promise((go) => {
      const timer = setTimeout(go, SLOW[boundary]);
      this.wake = () => {
        clearTimeout(timer);
        go();
      };
    });
  }

  /** Lets a held run go on, or changes how far a moving one goes. */
  go(until: Grain): void {
    this.until = until;
    this.release();
  }

  setSlow(on: boolean): void {
    this.slow = on;
    // A run held by a person stays held; one that was only slow goes on at once.
    if (!on && this.until !== 'action' && this.until !== 'group') this.release();
  }

  /** The run is being put down: nothing may wait any more. */
  stop(): void {
    this.stopped = true;
    this.release();
  }

  private release(): void {
    const wake = this.wake;
    this.wake = null;
    wake?.();
  }
}
