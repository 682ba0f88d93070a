/** One press, one deed: what is asked for again while it is being done, or within a moment, is the same press. */

/** Milliseconds: the second click of a double click comes within them. */
export const MOMENT = 500;

interface Deed<T> {
  kind: string;
  /** When it was asked for. */
  at: number;
  result: Promise<T>;
  underWay: boolean;
}

export class OnePress<T> {
  private last: Deed<T> | null = null;

  /** @param now milliseconds on a clock that only goes forward. */
  constructor(private readonly now: () => number) {}

  /** What is pressed now was meant for what the page showed before the last press. */
  get justNow(): boolean {
    return this.last !== null && this.now() - this.last.at < MOMENT;
  }

  /** Resolves when nothing is under way, whether it went well or not. */
  async rest(): Promise<void> {
    while (this.last?.underWay) await this.last.result.catch(() => undefined);
  }

  /** Does it, or gives the result of the same kind of deed that is under way or was asked for just now; another kind waits its turn. */
  once(kind: string, act: () => Promise<T>): Promise<T> {
    const before = this.last;
    if (before?.kind === kind && (before.underWay || this.justNow)) return before.result;
    const result = before?.underWay ? before.result.then(act, act) : act();
    const deed = { kind, at: this.now(), result, underWay: true };
    const over = () => void (deed.underWay = false);
    result.then(over, over);
    this.last = deed;
    return result;
  }
}
