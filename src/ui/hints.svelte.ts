/** What the agent would do in the game that a person plays; asked of the trainer, whose policy it is. */
import type { Hint, Situation } from '../trainer/hint.ts';
import type { Command, Event } from '../trainer/protocol.ts';
import { told } from './text.ts';

export class Hints {
  /** The question that is waiting for its answer. */
  asked = $state<number | null>(null);
  hint = $state.raw<Hint | null>(null);
  /** Why there is no answer. */
  why = $state('');
  private tickets = 0;

  constructor(private readonly send: (command: Extract<Command, { type: 'askAgent' }>) => void) {}

  ask(runId: string | null, situation: Situation): void {
    this.clear();
    this.asked = this.tickets++;
    this.send({ type: 'askAgent', ticket: this.asked, runId, situation });
  }

  /** The game has moved on: an answer that is still under way would be about the past. */
  clear(): void {
    this.asked = this.hint = null;
    this.why = '';
  }

  hear({ ticket, hint, why }: Extract<Event, { type: 'hint' }>): void {
    if (ticket !== this.asked) return;
    this.asked = null;
    this.hint = hint;
    this.why = hint ? '' : why;
  }

  /** The trainer is gone, and the question with it. */
  lost(): void {
    if (this.asked !== null) this.why = told.trainerRestarted;
    this.asked = null;
  }
}
