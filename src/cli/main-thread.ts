/** The tasks of a page's main thread, from the browser's own trace: how long each lasted, and how long the processor worked on it. */
import type { CDPSession, Page } from '@playwright/test';

export interface Tasks {
  over50ms: number;
  longestMs: number;
  /** The same by processor time: other work on the machine lengthens a task without being part of it. */
  cpuOver50ms: number;
  longestCpuMs: number;
  /** Of all tasks together. */
  cpuMs: number;
}

interface TraceEvent {
  name: string;
  pid: number;
  tid: number;
  /** Microseconds that passed, and of the thread's processor time. */
  dur?: number;
  tdur?: number;
}

const MARK = 'jerp-lab bench';
const categories = ['disabled-by-default-devtools.timeline', 'blink.user_timing'];

export class MainThread {
  private constructor(
    private readonly page: Page,
    private readonly session: CDPSession,
  ) {}

  static async watch(page: Page): Promise<MainThread> {
    const browser = page.context().browser();
    if (!browser) throw new Error('The page has no browser to be traced.');
    const thread = new MainThread(page, await browser.newBrowserCDPSession());
    await thread.begin();
    return thread;
  }

  /** Tasks that ended since the last call. */
  async take(): Promise<Tasks> {
    // Of many threads the page's own is the one that makes this mark.
    await this.page.evaluate((name) => void performance.mark(name), MARK);
    const events: TraceEvent[] = [];
    const keep = ({ value }: { value: unknown[] }) => events.push(...(value as TraceEvent[]));
    this.session.on('Tracing.dataCollected', keep);
    const complete = new Promise((done) => this.session.once('Tracing.tracingComplete', done));
    await this.session.send('Tracing.end');
    await complete;
    this.session.off('Tracing.dataCollected', keep);
    await this.begin();
    const mine = events.find(({ name }) => name === MARK);
    if (!mine) throw new Error("The trace does not hold the page's mark.");
    const tasks = events.filter(({ name, pid, tid }) => name === 'RunTask' && pid === mine.pid && tid === mine.tid);
    const lasted = tasks.map(({ dur = 0 }) => dur / 1000);
    const worked = tasks.map(({ tdur = 0 }) => tdur / 1000);
    return {
      over50ms: lasted.filter((ms) => ms > 50).length,
      longestMs: Math.round(longest(lasted)),
      cpuOver50ms: worked.filter((ms) => ms > 50).length,
      longestCpuMs: Math.round(longest(worked)),
      cpuMs: Math.round(worked.reduce((sum, ms) => sum + ms, 0)),
    };
  }

  private async begin(): Promise<void> {
    await this.session.send('Tracing.start', {
      transferMode: 'ReportEvents',
      traceConfig: { recordMode: 'recordContinuously', includedCategories: categories, excludedCategories: ['*'] },
    });
  }
}

const longest = (all: readonly number[]) => all.reduce((most, ms) => Math.max(most, ms), 0);
