/** Sequences to learn from, and how a step's sequences are cut into padded micro-batches of similar length. */
import { UserError } from '../lib/errors.ts';

export interface Sequence {
  ids: ArrayLike<number>;
  /** 1 where the token is predicted with loss; entry 0 is ignored, since nothing stands before it. */
  lossMask: Uint8Array;
  /** Weight of each token's loss; 1 where absent. */
  weights?: Float32Array;
}

/** One padded micro-batch of [B, T] tokens with N loss positions. */
export interface MicroBatch {
  batch: number;
  ids_B_T: Int32Array;
  /** Rows of [B T] whose next token carries loss, that token, and its weight. */
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

function pad(sequences: Sequence[]): MicroBatch {
  const batch = sequences.length;
  const time = Math.max(...sequences.map((s) => s.ids.length));
  const ids_B_T = new Int32Array(batch * time);
  const at: number[] = [];
  const targets: number[] = [];
  const weights: number[] = [];
  sequences.forEach((sequence, b) => {
    for (let t = 0; t < sequence.ids.length; t++) {
      const id = sequence.ids[t] as number;
      ids_B_T[b * time + t] = id;
      if (t === 0 || !sequence.lossMask[t]) continue;
      at.push(b * time + t - 1);
      targets.push(id);
      weights.push(sequence.weights ? (sequence.weights[t] as number) : 1);
    }
  });
  return {
    batch,
    ids_B_T,
    at_N: Int32Array.from(at),
    targets_N: Int32Array.from(targets),
    weights_N: Float32Array.from(weights),
  };
}

/**
 * Cuts a step's sequences into micro-batches of at most `tokens` padded tokens and deals them to `workers` lists of
 * about equal cost. The same sequences give the same lists in the same order.
 */
export function cutBatches(sequences: Sequence[], tokens: number, workers: number, context: number): MicroBatch[][] {
  const usable = sequences.filter((s) => lossWeight(s) > 0);
  for (const { ids } of usable) {
    if (ids.length > context)
      throw new UserError(`A sequence has ${ids.length} tokens, but the model's context is ${context}; shorten it.`);
  }
  // Longest first; the sort is stable, so ties keep their order.
  const sorted = usable.slice().sort((a, b) => b.ids.length - a.ids.length);
  // Small steps are cut finer, so that every worker gets about the same.
  const all = sorted.reduce((sum, { ids }) => sum + ids.length, 0);
  const limit = Math.min(tokens, Math.ceil(all / (workers === 1 ? 1 : 2 * workers)));
  const lists: MicroBatch[][] = Array.from({ length: workers }, () => []);
  const load = lists.map(() => 0);
  for (let i = 0; i < sorted.length;) {
    const time = (sorted[i] as Sequence).ids.length;
    const rows = Math.max(1, Math.floor(limit / time));
    const lightest = load.indexOf(Math.min(...load));
    const rowsHere = sorted.slice(i, i + rows);
    (lists[lightest] as MicroBatch[]).push(pad(rowsHere));
    // Attention makes long rows dearer than their tokens.
    load[lightest] = (load[lightest] as number) + rowsHere.length * time * (1 + time / 2500);
    i += rows;
  }
  return lists;
}
