/**
 * One update of a language model's adapter: the loss's gradients over micro-batches, and how far the two engines were apart.
 *
 * Old log-probabilities are those of the sampler as long as both engines agree. Where they do not (mean |log-ratio| above
 * `negligible`, as with half-precision rounding), the ratio starts from the trainer's own log-probabilities and each choice
 * is weighted by the truncated importance weight min(pi_train / pi_sample, `truncation`).
 */
import * as tf from '@tensorflow/tfjs';
import { mean } from '../../lib/stats.ts';
import type { DecoderAdapter } from '../decoder/adapter.ts';
import { optimise } from '../decoder/trainer.ts';
import type { DecoderTrainer } from '../decoder/trainer.ts';
import type { TrainSequence, UpdateOptions } from '../policy.ts';
import type { UpdateStats } from '../../types.ts';
import { lossArrays, planSteps } from './batches.ts';

/** Mean |log pi_train - log pi_sample| per choice, in nats, up to which the two engines count as one. */
const negligible = 1e-3;
/** Upper bound of an importance weight (truncated importance sampling). */
const truncation = 2;

export interface StepParts {
  trainer: DecoderTrainer;
  adapter: DecoderAdapter;
  /** Most padded tokens of one micro-batch. */
  microTokens: number;
  /** Log-probabilities of the sequences' choices under the present adapter. */
  score: () => Promise<Float32Array[]>;
}

/** Changes the adapter's arrays; what fails in between leaves them half changed, so the caller keeps a copy. */
export async function gradientStep(
  { trainer, adapter, microTokens, score }: StepParts,
  sequences: readonly TrainSequence[],
  options: UpdateOptions,
): Promise<UpdateStats> {
  const tokens = sequences.map((sequence) => sequence.tokens);
  const usable = tokens.flatMap(({ choices }, i) => (choices.length > 0 ? [i] : []));
  const sampled = tokens.map(({ choices }) => Float32Array.from(choices, ({ logprob }) => logprob));
  const trained = await score();
  const gaps = trained.map((logprobs, i) => logprobs.map((logprob, k) => logprob - ((sampled[i] as Float32Array)[k] as number)));
  const mismatch = mean(gaps.flatMap((gap) => [...gap].map(Math.abs)));
  const correct = mismatch > negligible;
  const old = correct ? trained : sampled;
  const importance = gaps.map((gap) => gap.map((d) => (correct ? Math.min(Math.exp(d), truncation) : 1)));

  const plan = planSteps(tokens, usable, options, microTokens);
  const total = plan.flat().length;
  let done = 0;
  let loss = 0;
  const entropies: number[] = [];
  const ratios: number[] = [];
  const norms: number[] = [];
  for (const batches of plan) {
    const gradients = adapter.trainables.map(({ data }) => new Float32Array(data.length));
    const count = batches.reduce((sum, { at_N }) => sum + at_N.length, 0);
    for (const batch of batches) {
      const arrays = lossArrays(sequences, batch, old, importance, 1 / count);
      const result = await trainer.accumulate(
        tokens,
        batch,
        adapter,
        (logprobs_N) =>
          options.loss({
            logprobs_N,
            oldLogprobs_N: tf.tensor1d(arrays.old_N),
            refLogprobs_N: tf.tensor1d(arrays.reference_N),
            advantages_N: tf.tensor1d(arrays.advantage_N),
            weights_N: tf.tensor1d(arrays.weight_N),
          }),
        gradients,
        // Between layers, so that a pause need not wait for a whole micro-batch.
        () => options.onProgress?.(done, total),
      );
      loss += result.loss;
      entropies.push(...result.entropy_N);
      result.logprobs_N.forEach((logprob, n) => ratios.push(logprob - (arrays.old_N[n] as number)));
      options.onProgress?.(++done, total);
    }
    norms.push(optimise(adapter, gradients, options));
  }
  const after = await score();
  return {
    loss: loss / plan.length,
    kl: mean(
      after.flatMap((logprobs, i) =>
        Array.from(logprobs, (logprob, k) => {
          const d = logprob - ((trained[i] as Float32Array)[k] as number);
          return Math.exp(d) - d - 1;
        }),
      ),
    ),
    entropy: mean(entropies),
    clipFraction: mean(ratios.map((d) => (Math.abs(Math.exp(d) - 1) > options.clip ? 1 : 0))),
    ratio: mean(ratios.map(Math.exp)),
    ratioMax: Math.exp(ratios.reduce((most, d) => Math.max(most, d), -Infinity)),
    gradNorm: mean(norms),
    mismatch,
    tokens: plan.flat().reduce((sum, batch) => sum + batch.tokens, 0),
    optimiserSteps: plan.length,
  };
}
