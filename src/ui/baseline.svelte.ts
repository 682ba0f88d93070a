/** The run that others are compared with, chosen under Runs and remembered by this browser. */
import { remember, remembered } from './remember.ts';

class BaselineChoice {
  id = $state<string | null>(remembered('baseline'));

  /** Chooses a run, or lets go of it when it is the baseline already. */
  toggle(id: string): void {
    this.id = this.id === id ? null : id;
    remember('baseline', this.id);
  }
}

export const baselineChoice = new BaselineChoice();
