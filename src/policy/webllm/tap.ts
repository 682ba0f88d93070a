/** Sees what the engine is about to sample from: the one public place where logits and token ids pass by. */
import type { LogitProcessor } from './engine.ts';
import type { AnswerWalk } from './grammar.ts';
import type { SingleSequences } from './sequences.ts';

/** Catches the logits on their way to the engine's own sampler, whose draw is not used. One for each engine. */
export class LogitTap implements LogitProcessor {
  latest: Float32Array | null = null;
  /** Whose tokens are in the engine's only sequence; null when others (a chat request, new weights) have used it. */
  owner: { session: SingleSequences; row: number } | null = null;

  /** The answer being spoken under a grammar, if one is. */
  walk: AnswerWalk | null = null;

  processLogits(logits: Float32Array): Float32Array {
    if (this.walk) return this.walk.next(logits);
    this.latest = logits.slice();
    return logits;
  }
  processSampledToken(token: number): void {
    this.walk?.sampled(token);
  }
  resetState(): void {}
}
