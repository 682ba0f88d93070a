/** The training side of choices: packed micro-batches of episodes, and log-probabilities with gradients. */
import * as tf from '@tensorflow/tfjs';
import type { EpisodeTokens } from '../../types.ts';
import type { LlamaConfig } from './config.ts';
import { embeddingName } from './config.ts';
import { choiceLogprobs } from './kernels/choices.ts';
import type { RopeTable } from './kernels/rope.ts';
import { forwardPacked, weight } from './model.ts';
import type { Linear, Weights } from './model.ts';
import { byTokens, packSequences, sharedLength } from './packing.ts';
import type { Packed } from './packing.ts';

/** Sequences that are computed together. */
export interface Cut {
  /** Their indices in the caller's list; relatives stand next to each other. */
  members: number[];
  /** Their tokens, shared beginnings counted every time. */
  tokens: number;
}

/** Some sequences with N choices in all, packed; their choices follow one another. */
export interface ChoiceBatch {
  packed: Packed;
  /** Packed rows that decide a choice. */
  at_N: Int32Array;
  /** The A most allowed tokens of a choice, [N, A]; -1 where it has fewer. */
  allowed_N_A: Int32Array;
  /** Added to the logits of the allowed, [N, A]; what was foreseen when the choice was made. */
  prior_N_A: Float32Array;
  /** Place of the chosen token among the allowed. */
  picked_N: Int32Array;
}

/** What follows the last choice decides nothing and is not read. */
const usedIds = ({ ids, choices }: EpisodeTokens): number[] => ids.slice(0, choices.at(-1)?.at ?? 0);

/** Cuts sequences (those that have choices) into batches under a budget of packed tokens; relatives stay together. */
export function cutChoices(sequences: readonly EpisodeTokens[], indices: readonly number[], tokens: number): Cut[] {
  const some = indices.filter((i) => (sequences[i] as EpisodeTokens).choices.length > 0);
  const used = new Map(some.map((i) => [i, usedIds(sequences[i] as EpisodeTokens)]));
  const ids = (i: number) => used.get(i) as number[];
  const cuts: Cut[] = [];
  let size = Infinity;
  for (const i of some.sort((a, b) => byTokens(ids(a), ids(b)) || a - b)) {
    const last = cuts.at(-1)?.members.at(-1);
    const own = ids(i).length - (last === undefined ? 0 : sharedLength(ids(last), ids(i)));
    if (size + own > tokens) {
      cuts.push({ members: [], tokens: 0 });
      size = ids(i).length;
    } else size += own;
    const cut = cuts.at(-1) as Cut;
    cut.members.push(i);
    cut.tokens += ids(i).length;
  }
  return cuts;
}

/** Packs sequences that each have a choice; relatives next to each other (`cutChoices`) share their beginning. */
export function packChoices(sequences: readonly EpisodeTokens[]): ChoiceBatch {
  const packed = packSequences(sequences.map(usedIds));
  const choices = sequences.flatMap(({ ids, choices }, b) =>
    choices.map(({ at, allowed, prior = [] }) => ({
      row: packed.rowOf(b, at - 1),
      allowed,
      prior,
      picked: allowed.indexOf(ids[at] as number),
    })),
  );
  if (choices.some(({ allowed }) => allowed.length === 0))
    throw new Error('The embedded policy scores a choice among the allowed tokens, but none are named.');
  const most = Math.max(...choices.map(({ allowed }) => allowed.length));
  const allowed_N_A = new Int32Array(choices.length * most).fill(-1);
  const prior_N_A = new Float32Array(choices.length * most);
  choices.forEach(({ allowed, prior }, n) => {
    allowed_N_A.set(allowed, n * most);
    prior_N_A.set(prior, n * most);
  });
  return {
    packed,
    at_N: Int32Array.from(choices, ({ row }) => row),
    allowed_N_A,
    prior_N_A,
    picked_N: Int32Array.from(choices, ({ picked }) => picked),
  };
}

/** log pi of the N chosen tokens and the entropy of each choice, over the allowed tokens at temperature 1. */
export function scoreChoices(
  config: LlamaConfig,
  weights: Weights,
  linear: Linear,
  table: RopeTable,
  { packed, at_N, allowed_N_A, prior_N_A, picked_N }: ChoiceBatch,
): { logprobs_N: tf.Tensor1D; entropy_N: tf.Tensor1D } {
  const hidden_N_D = forwardPacked(config, weights, linear, table, packed, at_N);
  const count = at_N.length;
  const both_N_2 = choiceLogprobs(hidden_N_D, weight(weights, embeddingName) as tf.Tensor2D, {
    ids: tf.tensor2d(allowed_N_A, [count, allowed_N_A.length / count], 'int32'),
    prior: tf.tensor2d(prior_N_A, [count, prior_N_A.length / count]),
    picked_N: tf.tensor1d(picked_N, 'int32'),
  });
  const [logprobs_N, entropy_N] = tf.unstack(both_N_2, 1) as [tf.Tensor1D, tf.Tensor1D];
  return { logprobs_N, entropy_N };
}
