/** The exercise that the page was opened with, until a person leaves it; its bar can be folded. */
import { openedBy, type Opened } from './exercises.ts';
import { remember, remembered } from './remember.ts';

class CurrentExercise {
  opened = $state.raw<Opened | null>(openedBy(new URLSearchParams(globalThis.location?.search ?? '')));
  folded = $state(remembered('exercise-folded') !== null);

  fold(): void {
    this.folded = !this.folded;
    remember('exercise-folded', this.folded ? '1' : null);
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
