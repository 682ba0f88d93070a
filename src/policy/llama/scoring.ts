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

/** Some sequences with N choices in all. */
export interface ChoiceBatch {
  /** Indices of the sequences in the caller's list; their choices follow one another. */
  members: number[];
  /** Tokens of the sequences, shared beginnings counted every time. */
  tokens: number;
  packed: Packed;
  /** Packed rows that decide a choice. */
  at_N: Int32Array;
  /** The A most allowed tokens of a choice, [N, A]; -1 where it has fewer. */
  allowed_N_A: Int32Array;
  /** Place of the chosen token among the allowed. */
  picked_N: Int32Array;
}

/** Cuts sequences (those that have choices) into batches under a budget of packed tokens; relatives stay together. */
export function cutChoices(sequences: readonly EpisodeTokens[], indices: readonly number[], tokens: number): ChoiceBatch[] {
  const sequence = (i: number) => sequences[i] as EpisodeTokens;
  // What follows the last choice decides nothing and is not read.
  const used = new Map(indices.map((i) => [i, sequence(i).ids.slice(0, sequence(i).choices.at(-1)?.at ?? 0)]));
  const ids = (i: number) => used.get(i) as number[];
  const sorted = indices.filter((i) => sequence(i).choices.length > 0).sort((a, b) => byTokens(ids(a), ids(b)) || a - b);
  const batches: ChoiceBatch[] = [];
  let members: number[] = [];
  let size = 0;
  for (const i of sorted) {
    const last = members.at(-1);
    const own = ids(i).length - (last === undefined ? 0 : sharedLength(ids(last), ids(i)));
    if (last !== undefined && size + own > tokens) {
      batches.push(choiceBatch(members, members.map(ids), members.map(sequence)));
      members = [];
      size = 0;
    }
    size += members.length === 0 ? ids(i).length : own;
    members.push(i);
  }
  if (members.length > 0) batches.push(choiceBatch(members, members.map(ids), members.map(sequence)));
  return batches;
}

function choiceBatch(members: number[], ids: number[][], sequences: EpisodeTokens[]): ChoiceBatch {
  const packed = packSequences(ids);
  const choices = sequences.flatMap(({ ids, choices }, b) =>
    choices.map(({ at, allowed }) => ({ row: packed.rowOf(b, at - 1), allowed, picked: allowed.indexOf(ids[at] as number) })),
  );
  const most = Math.max(...choices.map(({ allowed }) => allowed.length));
  const allowed_N_A = new Int32Array(choices.length * most).fill(-1);
  choices.forEach(({ allowed }, n) => allowed_N_A.set(allowed, n * most));
  return {
    members,
    tokens: ids.reduce((sum, { length }) => sum + length, 0),
    packed,
    at_N: Int32Array.from(choices, ({ row }) => row),
    allowed_N_A,
    picked_N: Int32Array.from(choices, ({ picked }) => picked),
  };
}

/** log pi of the N chosen tokens and the entropy of each choice, over the allowed tokens at temperature 1. */
export function scoreChoices(
  config: LlamaConfig,
  weights: Weights,
  linear: Linear,
  table: RopeTable,
  { packed, at_N, allowed_N_A, picked_N }: ChoiceBatch,
): { logprobs_N: tf.Tensor1D; entropy_N: tf.Tensor1D } {
  const hidden_N_D = forwardPacked(config, weights, linear, table, packed, at_N);
  const count = at_N.length;
  const both_N_2 = choiceLogprobs(hidden_N_D, weight(weights, embeddingName) as tf.Tensor2D, {
    ids: tf.tensor2d(allowed_N_A, [count, allowed_N_A.length / count], 'int32'),
    picked_N: tf.tensor1d(picked_N, 'int32'),
  });
  const [logprobs_N, entropy_N] = tf.unstack(both_N_2, 1) as [tf.Tensor1D, tf.Tensor1D];
  return { logprobs_N, entropy_N };
}
