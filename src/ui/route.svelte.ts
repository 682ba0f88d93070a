/** Where the person is: `#/page/run/detail?key=value`, so that every view of every run has an address. */

import { hidden } from './hidden.ts';

export const pages = ['train', 'episodes', 'rules', 'runs', 'learn'] as const;
/** Playing by hand is reached from the episodes and has no place of its own in the bar. */
export type Page = (typeof pages)[number] | 'play' | 'models';
const addressed: readonly Page[] = [...pages, 'play', 'models'];

/** A classroom link can hide pages: playing goes with the episodes, and Train is always there. */
export function isOpen(page: Page): boolean {
  return page === 'train' || !hidden.has(page === 'play' ? 'episodes' : page);
}

/** What a view is narrowed to: filters, an order, a turn. Empty values are left out of the address. */
export type View = Record<string, string>;

export interface Route {
  page: Page;
  run: string | null;
  /** An episode's id, or a kind of task. */
  detail: string | null;
  view: View;
  /** What the address names as its page, where there is no such page: Train is shown in its place. */
  unknown: string | null;
}

function read(hash: string): Route {
  const [path = '', view = ''] = hash.replace(/^#\/?/, '').split('?');
  const [page, run, detail] = path.split('/').map(decode);
  return {
    page: addressed.find((known) => known === page && isOpen(known)) ?? 'train',
    run: run && run !== '-' ? run : null,
    detail: detail || null,
    view: Object.fromEntries(new URLSearchParams(view)),
    unknown: page && !addressed.some((known) => known === page) ? page : null,
  };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function addressOf(page: Page, run?: string | null, detail?: string | null, view: View = {}): string {
  const parts = run || detail ? [page, run || '-', ...(detail ? [detail] : [])] : [page];
  const query = new URLSearchParams(Object.entries(view).filter(([, value]) => value !== '')).toString();
  return `#/${parts.map(encodeURIComponent).join('/')}${query ? `?${query}` : ''}`;
}

/** Where a link goes; nowhere if the page is hidden, and then an `a` is plain text. */
export function href(...to: Parameters<typeof addressOf>): string | undefined {
  return isOpen(to[0]) ? addressOf(...to) : undefined;
}

class Router {
  now = $state.raw<Route>(read(location.hash));

  constructor() {
    addEventListener('hashchange', () => this.read());
  }

  /** The address as it is now. */
  read(): void {
    this.now = read(location.hash);
  }

  /** Goes to a view; `replace` leaves no step in the history. */
  go(page: Page, run?: string | null, detail?: string | null, replace = false, view: View = {}): void {
    const address = addressOf(page, run, detail, view);
    if (replace) history.replaceState(null, '', address);
    else location.hash = address;
    // The event of a changed address comes later: nobody is to see the old one until then.
    this.read();
  }

  /** The address of this view names the run that it shows, where it names none. */
  name(run: string): void {
    const { page, run: named, detail, view } = this.now;
    if (named === null) this.go(page, run, detail, true, view);
  }

  /** Narrows the view where it is: `changes` over what the address says already. */
  narrow(changes: View): void {
    const { page, run, detail, view } = this.now;
    this.go(page, run, detail, true, { ...view, ...changes });
  }
}

export const router = new Router();
