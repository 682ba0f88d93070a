/** The one rule that is being measured now: games with it and without it; what comes of it is stored with its run. */
import type { Command, Event } from '../trainer/protocol.ts';
import type { Rule } from '../types.ts';
import { trialAfter, type Trial } from './trial.ts';

export class RuleTrials {
  now = $state.raw<Trial | null>(null);

  constructor(private readonly send: (command: Extract<Command, { type: 'tryWithout' | 'stopTrial' }>) => void) {}

  /** @param games each is played twice. */
  begin(runId: string, { id, text }: Rule, games: number): void {
    this.now = { runId, rule: id, text, done: 0, total: 2 * games, began: performance.now(), left: null };
    this.send({ type: 'tryWithout', runId, rule: id, games });
  }

  stop(): void {
    this.send({ type: 'stopTrial' });
  }

  hear(event: Extract<Event, { type: 'trial' | 'tried' }>): void {
    this.now = event.type === 'tried' || !this.now ? null : trialAfter(this.now, event, performance.now());
  }

  /** The trainer is gone, and the measurement with it. */
  lost(): void {
    this.now = null;
  }
}
