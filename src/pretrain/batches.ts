/** Sequences to learn from, and how a step's sequences are cut into packed micro-batches. */
import { UserError } from '../lib/errors.ts';
import { packSequences } from '../policy/llama/packing.ts';
import type { PackedRows } from '../policy/llama/packing.ts';

export interface Sequence {
  ids: ArrayLike<number>;
  /** 1 where the token is predicted with loss; entry 0 is ignored, since nothing stands before it. */
  lossMask: Uint8Array;
  /** Weight of each token's loss; 1 where absent. */
  weights?: Float32Array;
}

/** One packed micro-batch with N loss positions. */
export interface MicroBatch {
  packed: PackedRows;
  /** Packed rows whose next token carries loss, that token, and its weight. */
  at_N: Int32Array;
  targets_N: Int32Array;
  weights_N: Float32Array;
}

/** Total weight of a sequence's loss. */
export function lossWeight({ lossMask, weights }: Sequence): number {
  let sum = 0;
  for (let t = 1; t < lossMask.length; t++) if (lossMask[t]) sum += weights ? (weights[t] as number) : 1;
  return sum;
}

function pack(sequences: Sequence[]): MicroBatch {
  const { rowOf, ...packed } = packSequences(sequences.map(({ ids }) => ids));
  const at: number[] = [];
  const targets: number[] = [];
  const weights: number[] = [];
  sequences.forEach((sequence, b) => {
    for (let t = 1; t < sequence.ids.length; t++) {
      if (!sequence.lossMask[t]) continue;
      at.push(rowOf(b, t - 1));
      targets.push(sequence.ids[t] as number);
      weights.push(sequence.weights ? (sequence.weights[t] as number) : 1);
    }
  });
  return { packed, at_N: Int32Array.from(at), targets_N: Int32Array.from(targets), weights_N: Float32Array.from(weights) };
}

/** What a sequence costs a worker; attention makes long ones dearer than their tokens. */
const cost = ({ ids }: Sequence): number => ids.length * (1 + ids.length / 2500);

/**
 * Deals a step's sequences to `workers` lists of about equal cost, cut into micro-batches of at most `tokens` tokens.
 * The same sequences give the same lists in the same order.
 */
export function cutBatches(sequences: Sequence[], tokens: number, workers: number, context: number): MicroBatch[][] {
  const usable = sequences.filter((s) => lossWeight(s) > 0);
  for (const { ids } of usable) {
    if (ids.length > context)
      throw new UserError(`A sequence has ${ids.length} tokens, but the model's context is ${context}; shorten it.`);
  }
  const shares: Sequence[][] = Array.from({ length: workers }, () => []);
  const load = shares.map(() => 0);
  // The dearest first; the sort is stable, so ties keep their order.
  for (const sequence of usable.slice().sort((a, b) => b.ids.length - a.ids.length)) {
    const lightest = load.indexOf(Math.min(...load));
    (shares[lightest] as Sequence[]).push(sequence);
    load[lightest] = (load[lightest] as number) + cost(sequence);
  }
  return shares.map((share) => {
    const batches: Sequence[][] = [];
    let size = Infinity;
    for (const sequence of share) {
      size += sequence.ids.length;
      if (size > tokens) {
        batches.push([]);
        size = sequence.ids.length;
      }
      batches.at(-1)?.push(sequence);
    }
    return batches.map(pack);
  });
}
