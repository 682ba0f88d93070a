/** Which runs are being trained now, in this tab or another one: their trainers hold locks. */

/** Milliseconds between two looks. */
const EVERY = 2000;
const PREFIX = 'jerp-lab run ';

export class RunLocks {
  held = $state.raw<ReadonlySet<string>>(new Set());

  watch(): void {
    void this.look();
    setInterval(() => void this.look(), EVERY);
  }

  /** This tab has put a run down: that is known before the lock is seen to be gone. */
  putDown(id: string): void {
    this.held = new Set([...this.held].filter((other) => other !== id));
  }

  async look(): Promise<void> {
    const names = (await navigator.locks?.query())?.held?.map((lock) => lock.name ?? '') ?? [];
    const held = names.filter((name) => name.startsWith(PREFIX)).map((name) => name.slice(PREFIX.length));
    if (held.length !== this.held.size || held.some((id) => !this.held.has(id))) this.held = new Set(held);
  }
}
