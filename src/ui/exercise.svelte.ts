/** The exercise that the page was opened with, until a person leaves it; its bar can be folded. */
import { openedBy, type Opened } from './exercises.ts';
import { lab } from './lab.svelte.ts';
import { remember, remembered } from './remember.ts';
import { router } from './route.svelte.ts';
import { chosen } from './settings.svelte.ts';

class CurrentExercise {
  opened = $state.raw<Opened | null>(openedBy(new URLSearchParams(globalThis.location?.search ?? '')));
  folded = $state(remembered('exercise-folded') !== null);
  /** Counts how often Back or Forward led into an exercise or out of one: the page is then as if opened with that address. */
  turned = $state(0);

  constructor() {
    globalThis.addEventListener?.('popstate', () => this.turn());
  }

  fold(): void {
    this.folded = !this.folded;
    remember('exercise-folded', this.folded ? '1' : null);
  }

  /**
   * Follows a link to an exercise without loading the page again, since that would end the run being trained in the middle of an
   * iteration. What a person asks the browser to open elsewhere, it opens; a trainer that has stopped needs the page anew.
   * @param inView the run that is shown where the link stands: Back leads to it, whatever is trained meanwhile.
   */
  follow(event: MouseEvent & { currentTarget: HTMLAnchorElement }, inView: string | null): void {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || lab.machine.state === 'broken') return;
    event.preventDefault();
    const address = new URL(event.currentTarget.href);
    if (inView) router.name(inView);
    router.go('train', '-');
    history.replaceState(null, '', `${address.pathname}${address.search}${location.hash}`);
    this.opened = openedBy(address.searchParams);
    chosen.readAddress();
    lab.games.chosen = null;
    // The link that had the focus is gone.
    document.getElementById('main')?.focus();
    scrollTo(0, 0);
  }

  /** After Back or Forward: the exercise of the address is open, or none, with its settings. */
  private turn(): void {
    const opened = openedBy(new URLSearchParams(location.search));
    if (opened?.exercise === this.opened?.exercise && opened?.setup === this.opened?.setup) return;
    // First, so that no run of the view that was left is taken for the one in view.
    router.read();
    this.opened = opened;
    this.turned++;
    chosen.readAddress();
    lab.games.chosen = null;
  }

  /** Its settings and its runs stay, and what is being trained goes on. */
  leave(): void {
    const query = new URLSearchParams(location.search);
    for (const key of ['exercise', 'setup']) query.delete(key);
    const text = query.toString();
    history.replaceState(null, '', `${location.pathname}${text ? `?${text}` : ''}${location.hash}`);
    this.opened = null;
  }
}

export const current = new CurrentExercise();
