/** The training side of choices: padded micro-batches of episodes, and masked log-probabilities with gradients. */
import * as tf from '@tensorflow/tfjs';
import type { EpisodeTokens } from '../../types.ts';
import { forwardBatch } from './model.ts';
import type { Linear, Weights } from './model.ts';
import type { LlamaConfig } from './config.ts';
import type { RopeTable } from './ops.ts';

/** Some sequences with N choices in all, padded to one [B, T]. */
export interface ChoiceBatch {
  /** Indices of the sequences in the caller's list, in row order; their choices follow one another. */
  members: number[];
  tokens: number;
  ids_B_T: Int32Array;
  /** Rows of [B T] whose logits decide a choice, the chosen ids, and 0 / -1e9 for allowed / forbidden tokens. */
  at_N: Int32Array;
  chosen_N: Int32Array;
  mask_N_V: Float32Array;
}

/** Cuts sequences (those that have choices) into batches of similar length under a budget of padded tokens. */
export function cutChoices(
  sequences: readonly EpisodeTokens[],
  indices: readonly number[],
  tokens: number,
  vocabulary: number,
): ChoiceBatch[] {
  const sequence = (i: number) => sequences[i] as EpisodeTokens;
  // What follows the last choice decides nothing and is not read.
  const used = (i: number) => sequence(i).choices.at(-1)?.at ?? 0;
  const sorted = indices.filter((i) => sequence(i).choices.length > 0).sort((a, b) => used(b) - used(a) || a - b);
  const batches: ChoiceBatch[] = [];
  for (let from = 0; from < sorted.length;) {
    const time = used(sorted[from] as number);
    const members = sorted.slice(from, from + Math.max(1, Math.floor(tokens / time)));
    from += members.length;
    const choices = members.flatMap((i, b) => sequence(i).choices.map((choice) => ({ ...choice, row: b, ids: sequence(i).ids })));
    const ids_B_T = new Int32Array(members.length * time);
    members.forEach((i, b) => ids_B_T.set(sequence(i).ids.slice(0, used(i)), b * time));
    const mask_N_V = new Float32Array(choices.length * vocabulary).fill(-1e9);
    choices.forEach(({ allowed }, n) => {
      for (const id of allowed) mask_N_V[n * vocabulary + id] = 0;
    });
    batches.push({
      members,
      tokens: members.reduce((sum, i) => sum + used(i), 0),
      ids_B_T,
      mask_N_V,
      at_N: Int32Array.from(choices, ({ row, at }) => row * time + at - 1),
      chosen_N: Int32Array.from(choices, ({ ids, at }) => ids[at] as number),
    });
  }
  return batches;
}

/** log pi of the N chosen tokens and the entropy of each choice, under the decoder's masks at temperature 1. */
export function scoreChoices(
  config: LlamaConfig,
  weights: Weights,
  linear: Linear,
  table: RopeTable,
  batch: ChoiceBatch,
): { logprobs_N: tf.Tensor1D; entropy_N: tf.Tensor1D } {
  const { ids_B_T, members, at_N, chosen_N, mask_N_V } = batch;
  const logits_N_V = forwardBatch(config, weights, linear, table, ids_B_T, members.length, at_N);
  const masked = logits_N_V.add(tf.tensor2d(mask_N_V, [at_N.length, config.vocabulary]));
  const all_N_V = tf.logSoftmax(masked);
  const chosen_N_V = tf.oneHot(tf.tensor1d(chosen_N, 'int32'), config.vocabulary);
  return {
    logprobs_N: all_N_V.mul(chosen_N_V).sum(1) as tf.Tensor1D,
    entropy_N: tf.exp(all_N_V).mul(all_N_V).sum(1).neg() as tf.Tensor1D,
  };
}
