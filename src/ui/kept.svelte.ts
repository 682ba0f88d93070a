/** Whether the browser keeps what is stored, how much that is, and when it was last exported. */
import { remember, remembered } from './remember.ts';

class Kept {
  /** The browser promised not to clear it when space is short; null while unknown. */
  persisted = $state<boolean | null>(null);
  /** Bytes in use and allowed; null where the browser does not say. */
  usage = $state.raw<{ used: number; quota: number } | null>(null);
  /** Milliseconds since 1970 of the last export from this browser; null for never. */
  exportedAt = $state<number | null>(Number(remembered('exported')) || null);

  async look(): Promise<void> {
    this.persisted = (await navigator.storage?.persisted?.()) ?? null;
    const { usage, quota } = (await navigator.storage?.estimate?.()) ?? {};
    this.usage = usage !== undefined && quota !== undefined ? { used: usage, quota } : null;
  }

  /** Asks the browser to keep everything; some ask the person, some decide themselves. */
  async ask(): Promise<void> {
    if (this.persisted) return;
    await navigator.storage?.persist?.();
    await this.look();
  }

  exported(): void {
    this.exportedAt = new Date().getTime();
    remember('exported', String(this.exportedAt));
  }
}

export const kept = new Kept();
