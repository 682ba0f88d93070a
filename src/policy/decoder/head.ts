/**
 * The head's loss without a matrix of tokens times vocabulary: log-probabilities of N choices and their gradient, computed
 * over chunks of the vocabulary. Where every choice is among a few allowed tokens, only those tokens' rows are touched.
 */
import * as tf from '@tensorflow/tfjs';
import type { TokenChoice } from '../../types.ts';
import { headChunk } from './memory.ts';
import { gatherRows, matMulPacked, productGrad, sliceRows } from './packed.ts';
import type { Matrix } from './packed.ts';

/** Which tokens are candidates, and which of them each choice may take. */
export interface Candidates {
  /** Candidate ids in ascending order; null means the whole vocabulary. */
  ids: Int32Array | null;
  /** Place of each chosen token among the candidates. */
  chosen_N: Int32Array;
  /** Places of the tokens that each choice allows; null allows all. */
  allowed_N: (Int32Array | null)[];
}

/** @param choices with the id that was chosen; an empty `allowed` is the whole vocabulary. */
export function candidatesOf(choices: readonly { choice: TokenChoice; id: number }[]): Candidates {
  if (choices.some(({ choice }) => choice.allowed.length === 0)) {
    return {
      ids: null,
      chosen_N: Int32Array.from(choices, ({ id }) => id),
      allowed_N: choices.map(({ choice }) => (choice.allowed.length === 0 ? null : Int32Array.from(choice.allowed))),
    };
  }
  const ids = Int32Array.from(new Set(choices.flatMap(({ choice }) => choice.allowed))).sort();
  const place = new Map([...ids].map((id, i) => [id, i]));
  return {
    ids,
    chosen_N: Int32Array.from(choices, ({ id }) => place.get(id) as number),
    allowed_N: choices.map(({ choice }) => Int32Array.from(choice.allowed, (id) => place.get(id) as number)),
  };
}

interface Chunk {
  from: number;
  size: number;
  rows: Matrix;
  logits_N_C: tf.Tensor2D;
}

export class ChunkedHead {
  private readonly size: number;

  constructor(
    private readonly head: Matrix,
    private readonly candidates: Candidates,
    private readonly chunk = headChunk,
  ) {
    this.size = candidates.ids?.length ?? head.rows;
  }

  /** Calls back with the masked logits of each chunk, inside a tidy. */
  private eachChunk(h_N_D: tf.Tensor2D, visit: (chunk: Chunk) => void): void {
    for (let from = 0; from < this.size; from += this.chunk) {
      tf.tidy(() => {
        const size = Math.min(this.chunk, this.size - from);
        const { ids } = this.candidates;
        const rows = ids ? gatherRows(this.head, tf.tensor1d(ids.subarray(from, from + size), 'int32')) : sliceRows(this.head, from, size);
        const logits = matMulPacked(h_N_D, rows);
        const mask = this.mask(from, size);
        visit({ from, size, rows, logits_N_C: mask ? (logits.add(mask) as tf.Tensor2D) : logits });
      });
    }
  }

  /** 0 / -1e9 for allowed / forbidden tokens of a chunk; null when all are allowed. */
  private mask(from: number, size: number): tf.Tensor2D | null {
    const { allowed_N } = this.candidates;
    if (allowed_N.every((allowed) => allowed === null)) return null;
    const mask = new Float32Array(allowed_N.length * size).fill(-1e9);
    allowed_N.forEach((allowed, n) => {
      if (allowed === null) mask.fill(0, n * size, (n + 1) * size);
      else for (const place of allowed) if (place >= from && place < from + size) mask[n * size + place - from] = 0;
    });
    return tf.tensor2d(mask, [allowed_N.length, size]);
  }

  /** 1 where the chosen token stands in the chunk. */
  private chosen({ from, size }: Chunk): tf.Tensor2D {
    const at = Int32Array.from(this.candidates.chosen_N, (place) => (place >= from && place < from + size ? place - from : -1));
    return tf.oneHot(tf.tensor1d(at, 'int32'), size).cast('float32') as tf.Tensor2D;
  }

  /** log pi of the chosen tokens, entropy, and log of the partition sum, each [N]; the caller disposes them. */
  score(h_N_D: tf.Tensor2D): { logprobs_N: tf.Tensor1D; entropy_N: tf.Tensor1D; logSum_N: tf.Tensor1D } {
    const count = h_N_D.shape[0];
    // Running maximum, sum of exponentials, their sum weighted by the logits, and the chosen logits, all [N, 1].
    let state = [tf.fill([count, 1], -1e30), tf.zeros([count, 1]), tf.zeros([count, 1]), tf.zeros([count, 1])] as tf.Tensor[];
    this.eachChunk(h_N_D, (chunk) => {
      const { logits_N_C } = chunk;
      const [top, sum, weighted, chosen] = state as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const newTop = tf.maximum(top, logits_N_C.max(1, true));
      const shrink = top.sub(newTop).exp();
      const exp = logits_N_C.sub(newTop).exp();
      const next = [
        newTop,
        sum.mul(shrink).add(exp.sum(1, true)),
        weighted.mul(shrink).add(exp.mul(logits_N_C).sum(1, true)),
        chosen.add(this.chosen(chunk).mul(logits_N_C).sum(1, true)),
      ];
      tf.dispose(state);
      state = next.map((tensor) => tf.keep(tensor));
    });
    const [top, sum, weighted, chosen] = state as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const out = tf.tidy(() => {
      const logSum = top.add(sum.log());
      const flat = (tensor: tf.Tensor) => tensor.reshape([count]) as tf.Tensor1D;
      return { logprobs_N: flat(chosen.sub(logSum)), entropy_N: flat(logSum.sub(weighted.div(sum))), logSum_N: flat(logSum) };
    });
    tf.dispose(state);
    return out;
  }

  /** Gradient of sum_n g_n logprob_n with respect to h, [N, D]: the chunks' logits are computed once more. */
  gradient(h_N_D: tf.Tensor2D, logSum_N: tf.Tensor1D, g_N: tf.Tensor1D): tf.Tensor2D {
    let sum: tf.Tensor = tf.keep(tf.zeros(h_N_D.shape));
    this.eachChunk(h_N_D, (chunk) => {
      const p = chunk.logits_N_C.sub(logSum_N.expandDims(1)).exp();
      const dLogits = this.chosen(chunk).sub(p).mul(g_N.expandDims(1)) as tf.Tensor2D;
      const next = tf.keep(sum.add(productGrad(dLogits, chunk.rows)));
      sum.dispose();
      sum = next;
    });
    return sum as tf.Tensor2D;
  }
}
