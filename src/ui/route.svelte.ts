/** Where the person is: `#/page/run/detail`, so that every view of every run has an address. */

export const pages = ['train', 'episodes', 'rules', 'runs'] as const;
export type Page = (typeof pages)[number];

export interface Route {
  page: Page;
  run: string | null;
  /** An episode's id, or a kind of task. */
  detail: string | null;
}

function read(hash: string): Route {
  const [page, run, detail] = hash.replace(/^#\/?/, '').split('/').map(decode);
  return { page: pages.find((known) => known === page) ?? 'train', run: run && run !== '-' ? run : null, detail: detail || null };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function href(page: Page, run?: string | null, detail?: string | null): string {
  const parts = run ? [page, run, ...(detail ? [detail] : [])] : [page];
  return `#/${parts.map(encodeURIComponent).join('/')}`;
}

class Router {
  now = $state.raw<Route>(read(location.hash));

  constructor() {
    addEventListener('hashchange', () => (this.now = read(location.hash)));
  }

  /** Goes to a view; `replace` leaves no step in the history. */
  go(page: Page, run?: string | null, detail?: string | null, replace = false): void {
    const address = href(page, run, detail);
    if (replace) {
      history.replaceState(null, '', address);
      this.now = read(location.hash);
    } else location.hash = address;
  }
}

export const router = new Router();
