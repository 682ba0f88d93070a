/** The exercise that the page was opened with, until a person leaves it; its bar can be folded. */
import { openedBy, type Opened } from './exercises.ts';
import { lab } from './lab.svelte.ts';
import { remember, remembered } from './remember.ts';
import { router } from './route.svelte.ts';
import { chosen } from './settings.svelte.ts';

class CurrentExercise {
  opened = $state.raw<Opened | null>(openedBy(new URLSearchParams(globalThis.location?.search ?? '')));
  folded = $state(remembered('exercise-folded') !== null);

  fold(): void {
    this.folded = !this.folded;
    remember('exercise-folded', this.folded ? '1' : null);
  }

  /**
   * Follows a link to an exercise without loading the page again, since that would end the run being trained in the middle of an
   * iteration. What a person asks the browser to open elsewhere, it opens; a trainer that has stopped needs the page anew.
   */
  follow(event: MouseEvent & { currentTarget: HTMLAnchorElement }): void {
    if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || lab.machine.state === 'broken') return;
    event.preventDefault();
    const address = new URL(event.currentTarget.href);
    router.go('train', '-');
    history.replaceState(null, '', `${address.pathname}${address.search}${location.hash}`);
    this.opened = openedBy(address.searchParams);
    chosen.readAddress();
    lab.games.chosen = null;
    // The link that had the focus is gone.
    document.getElementById('main')?.focus();
    scrollTo(0, 0);
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
