/** One choice among allowed tokens: softmax in double precision and a draw from the row's own stream. */
import type { Rng } from '../lib/rng.ts';

/** log-softmax of the logits of the A allowed tokens, divided by a temperature first. */
export function logSoftmax(logits_A: ArrayLike<number>, temperature = 1): number[] {
  const scaled = Array.from(logits_A, (logit) => logit / temperature);
  const top = scaled.reduce((best, x) => Math.max(best, x), -Infinity);
  const logSum = top + Math.log(scaled.reduce((sum, x) => sum + Math.exp(x - top), 0));
  return scaled.map((x) => x - logSum);
}

/**
 * Index into the allowed, its log-probability at temperature 1, and those of all the allowed. Draws exactly one uniform
 * number, also at temperature 0 (which takes the most likely, the first of equals), so that streams stay aligned.
 */
export function choose(logits_A: ArrayLike<number>, temperature: number, rng: Pick<Rng, 'uniform'>): { index: number; logprob: number; logprobs: number[] } {
  const logprobs = logSoftmax(logits_A);
  let left = rng.uniform();
  let index = 0;
  if (temperature <= 0) {
    logprobs.forEach((value, i) => {
      if (value > (logprobs[index] as number)) index = i;
    });
  } else {
    const weights = temperature === 1 ? logprobs : logSoftmax(logits_A, temperature);
    index = weights.findIndex((value) => (left -= Math.exp(value)) < 0);
    // Rounding may leave a sliver after the last one.
    if (index < 0) index = weights.length - 1;
  }
  return { index, logprob: logprobs[index] as number, logprobs };
}
