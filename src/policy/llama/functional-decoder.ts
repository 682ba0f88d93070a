/** Decoding in tfjs's own operations, for backends whose memory is not at hand. */
import * as tf from '@tensorflow/tfjs';
import { embeddingName } from './config.ts';
import type { LlamaConfig } from './config.ts';
import { foreseeByReading } from './decoding.ts';
import type { Candidate, Decoder, Fresh, SamplingModel } from './decoding.ts';
import { allowedShare } from './kernels/allowed-share.ts';
import { cachedAttention, hasCachedAttention, type Cells } from './kernels/cached-attention.ts';
import { allowedLogits } from './kernels/choices.ts';
import { keepRows } from './kernels/keep-rows.ts';
import { takeRows } from './kernels/take-rows.ts';
import { blocks, finalNorm, headLogits, weight } from './model.ts';
import type { Attend } from './model.ts';

/** New tokens of some rows, packed one after another without padding. */
interface Chunk {
  /** Rows that get tokens; the k-th one's tokens stand after those of the k - 1 before it. */
  rows: number[];
  /** Length of each of these rows before, and how many tokens it gets. */
  starts: number[];
  counts: number[];
  /** M, the sum of counts. */
  total: number;
  cells: Cells;
  /** Whether they stay in the cache. */
  kept: boolean;
}

/** Most tokens of one forward pass (unless one row has more); longer reads are cut, to bound memory. */
const chunkTokens = 4096;

export class FunctionalDecoder implements Decoder {
  /** Before the first read the prompts have not been read either. */
  private cache: FunctionalCache | null = null;

  constructor(
    private readonly model: SamplingModel,
    private readonly prompts: readonly number[][],
    private readonly sources: readonly number[],
  ) {}

  async read(fresh: readonly Fresh[], allowed: readonly number[][]): Promise<Float32Array[]> {
    this.cache ??= await this.readPrompts();
    return this.feed(this.cache, fresh, allowed);
  }

  private async readPrompts(): Promise<FunctionalCache> {
    const { config } = this.model;
    const longest = Math.max(...this.prompts.map((ids) => ids.length));
    const read = new FunctionalCache(config, this.prompts.length, Math.min(config.context, longest + 256));
    await this.feed(
      read,
      this.prompts.flatMap((ids, row) => (ids.length > 0 ? [{ row, ids, start: 0 }] : [])),
      [],
    );
    const cache = read.tile(this.sources);
    read.dispose();
    return cache;
  }

  private async feed(cache: FunctionalCache, fresh: readonly Fresh[], allowed: readonly number[][]): Promise<Float32Array[]> {
    cache.reserve(Math.max(0, ...fresh.map(({ start, ids }) => start + ids.length)));
    const logits: Float32Array[] = [];
    for (let from = 0; from < fresh.length;) {
      let to = from;
      let total = 0;
      while (to < fresh.length && (to === from || total + (fresh[to] as Fresh).ids.length <= chunkTokens)) {
        total += (fresh[to++] as Fresh).ids.length;
      }
      const here = allowed.slice(from, to);
      const result = this.forward(cache, fresh.slice(from, to), here);
      if (result) {
        const data = (await result.data()) as Float32Array;
        const most = result.shape[1];
        here.forEach(({ length }, i) => logits.push(data.subarray(i * most, i * most + length)));
        result.dispose();
      }
      from = to;
    }
    return logits;
  }

  /** Logits [B, A] of the allowed tokens, A being the most that a row has; null when none are asked for. */
  private forward(cache: FunctionalCache, fresh: readonly Fresh[], allowed: readonly number[][]): tf.Tensor2D | null {
    let logits: tf.Tensor2D | null = null;
    tf.tidy(() => {
      const hidden = this.hidden(cache, fresh, true);
      if (allowed.some(({ length }) => length > 0)) logits = tf.keep(allowedLogits(hidden, this.embedding, padded(allowed)));
    });
    return logits;
  }

  async foresee(candidates: readonly Candidate[], words: number[]): Promise<number[]> {
    const { cache } = this;
    if (!cache || !hasCachedAttention()) return foreseeByReading(this, candidates, words);
    const fresh = candidates.map(({ row, id, start }) => ({ row, ids: [id], start }));
    const shares = tf.tidy(() => {
      const logits = headLogits(this.model.weights, this.hidden(cache, fresh, false));
      const ids = padded(candidates.map(({ follow }) => [...follow]));
      return allowedShare(logits, tf.tensor1d(words, 'int32'), ids);
    });
    const data = await shares.data();
    shares.dispose();
    return [...data];
  }

  private get embedding(): tf.Tensor2D {
    return weight(this.model.weights, embeddingName) as tf.Tensor2D;
  }

  /** The normed hidden rows [B, D] of each row's last token. */
  private hidden(cache: FunctionalCache, fresh: readonly Fresh[], kept: boolean): tf.Tensor2D {
    const { config, weights, linear, table } = this.model;
    const counts = fresh.map(({ ids }) => ids.length);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const cells = cache.cells(fresh);
    const chunk: Chunk = { rows: fresh.map(({ row }) => row), total, starts: fresh.map(({ start }) => start), counts, cells, kept };
    const ids_M = Int32Array.from(fresh.flatMap(({ ids }) => ids));
    const positions_M = Int32Array.from(fresh.flatMap(({ ids, start }) => ids.map((_, t) => start + t)));
    let seen = 0;
    const last_B = Int32Array.from(counts, (count) => (seen += count) - 1);
    const attend: Attend = (layer, qkv, wanted_B) => cache.attend(layer, qkv, chunk, wanted_B);
    const x = blocks(config, weights, linear, table, ids_M, tf.tensor1d(positions_M, 'int32'), attend, last_B);
    return finalNorm(config, weights, x);
  }

  dispose(): void {
    this.cache?.dispose();
  }
}

/** Lists of ids as [N, A], A being the longest's length; -1 where one has fewer. */
function padded(lists: readonly number[][]): tf.Tensor2D {
  const most = Math.max(1, ...lists.map(({ length }) => length));
  const ids = new Int32Array(lists.length * most).fill(-1);
  lists.forEach((list, n) => ids.set(list, n * most));
  return tf.tensor2d(ids, [lists.length, most], 'int32');
}

/** Each layer's cache [R, Tmax, 2 KV K], written in place on WebGPU; elsewhere it is a new tensor after every chunk. */
class FunctionalCache {
  private layers_R_T: tf.Tensor2D[];
  private readonly width: number;

  constructor(
    private readonly config: LlamaConfig,
    private readonly rows: number,
    private length: number,
    layers?: tf.Tensor2D[],
  ) {
    this.width = 2 * config.kvHeads * config.headWidth;
    this.layers_R_T = layers ?? Array.from({ length: config.layers }, () => tf.keep(tf.zeros([rows * length, this.width])));
  }

  /** Makes room for rows of that many tokens. */
  reserve(length: number): void {
    if (length <= this.length) return;
    const longer = Math.min(Math.max(length, 2 * this.length), Math.max(length, this.config.context));
    this.replaceAll(
      (layer) =>
        layer
          .reshape([this.rows, this.length, this.width])
          .pad([
            [0, 0],
            [0, longer - this.length],
            [0, 0],
          ])
          .reshape([this.rows * longer, this.width]) as tf.Tensor2D,
    );
    this.length = longer;
  }

  private replaceAll(change: (layer: tf.Tensor2D) => tf.Tensor2D): void {
    this.layers_R_T = this.layers_R_T.map((layer) => {
      const next = tf.keep(tf.tidy(() => change(layer)));
      layer.dispose();
      return next;
    });
  }

  /** The cells of some rows' next tokens. */
  cells(fresh: readonly Fresh[]): Cells {
    const places = (cell: (row: number, place: number) => number) =>
      tf.tensor1d(
        fresh.flatMap(({ row, ids, start }) => ids.map((_, i) => cell(row * this.length, start + i))),
        'int32',
      );
    return { first_M: places((row) => row), own_M: places((row, place) => row + place) };
  }

  /** Stores the chunk's keys and values and attends: rotated qkv [M, (H + 2 KV) K] -> [M, H K], or of the rows wanted. */
  attend(layer: number, qkv: tf.Tensor2D, chunk: Chunk, wanted_B: Int32Array | null): tf.Tensor2D {
    const { heads, headWidth } = this.config;
    const old = this.layers_R_T[layer] as tf.Tensor2D;
    const cache = chunk.kept ? keepRows(old, qkv, heads * headWidth, chunk.cells.own_M) : old;
    this.layers_R_T[layer] = cache;
    if (hasCachedAttention()) return cachedAttention(qkv, cache, chunk.cells, wanted_B, this.config);
    const attended = this.composed(cache, qkv, chunk);
    return wanted_B ? takeRows(attended, wanted_B) : attended;
  }

  private composed(cache: tf.Tensor2D, qkv: tf.Tensor2D, { rows, starts, counts, total }: Chunk): tf.Tensor2D {
    const { heads, kvHeads, headWidth } = this.config;
    const most = Math.max(...counts);
    const seen = Math.max(...starts.map((start, j) => start + (counts[j] as number)));
    // Queries are padded to [B, most]; padding repeats a real token and is dropped again.
    const queryAt = new Int32Array(rows.length * most);
    const back = new Int32Array(total);
    const keyAt = new Int32Array(rows.length * seen);
    const mask = new Float32Array(rows.length * most * seen);
    let packed = 0;
    rows.forEach((row, j) => {
      const start = starts[j] as number;
      const count = counts[j] as number;
      for (let i = 0; i < count; i++) back[packed + i] = j * most + i;
      for (let i = 0; i < most; i++) {
        queryAt[j * most + i] = packed + Math.min(i, count - 1);
        for (let t = Math.min(start + i, start + count - 1) + 1; t < seen; t++) mask[(j * most + i) * seen + t] = -1e9;
      }
      for (let t = 0; t < seen; t++) keyAt[j * seen + t] = row * this.length + t;
      packed += count;
    });
    return tf.tidy(() => {
      const group = heads / kvHeads;
      const q = tf
        .gather(qkv.slice([0, 0], [total, heads * headWidth]), tf.tensor1d(queryAt, 'int32'))
        .reshape([rows.length, most, heads, headWidth])
        .transpose([0, 2, 1, 3])
        .reshape([rows.length * kvHeads, group * most, headWidth]) as tf.Tensor3D;
      const cells = tf
        .gather(cache, tf.tensor1d(keyAt, 'int32'))
        .reshape([rows.length, seen, 2 * kvHeads, headWidth])
        .transpose([0, 2, 1, 3]);
      const part = (from: number) =>
        cells
          .slice([0, from, 0, 0], [rows.length, kvHeads, seen, headWidth])
          .reshape([rows.length * kvHeads, seen, headWidth]) as tf.Tensor3D;
      const scores = tf
        .matMul(q, part(0), false, true)
        .mul(1 / Math.sqrt(headWidth))
        .reshape([rows.length, heads, most, seen])
        .add(tf.tensor4d(mask, [rows.length, 1, most, seen]));
      const p = tf.softmax(scores).reshape([rows.length * kvHeads, group * most, seen]) as tf.Tensor3D;
      const out = tf
        .matMul(p, part(kvHeads))
        .reshape([rows.length, heads, most, headWidth])
        .transpose([0, 2, 1, 3])
        .reshape([rows.length * most, heads * headWidth]);
      return tf.gather(out, tf.tensor1d(back, 'int32')) as tf.Tensor2D;
    });
  }

  /** A new cache whose row i is a copy of this one's row `sources[i]`. */
  tile(sources: readonly number[]): FunctionalCache {
    const { length } = this;
    const index = Int32Array.from(
      { length: sources.length * length },
      (_, i) => (sources[Math.floor(i / length)] as number) * length + (i % length),
    );
    const layers = this.layers_R_T.map((layer) => tf.keep(tf.tidy(() => takeRows(layer, index))));
    return new FunctionalCache(this.config, sources.length, length, layers);
  }

  dispose(): void {
    tf.dispose(this.layers_R_T);
  }
}
