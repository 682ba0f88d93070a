/** The key-value cache of a session, in two forms: written in place on the wasm heap, or rebuilt functionally elsewhere. */
import * as tf from '@tensorflow/tfjs';
import { wasmHeap } from '../backend.ts';
import type { LlamaConfig } from './config.ts';
import { WasmCache } from './kernels/wasm-cache.ts';

/** New tokens of some rows, packed one after another without padding. */
export interface Chunk {
  /** Rows that get tokens; the k-th one's tokens stand after those of the k - 1 before it. */
  rows: number[];
  /** Length of each of these rows before, and how many tokens it gets. */
  starts: number[];
  counts: number[];
  /** M, the sum of counts. */
  total: number;
}

export interface KeyValueCache {
  /** Makes room for rows of that many tokens. */
  reserve(length: number): void;
  /** Stores the chunk's keys and values and attends: rotated qkv [M, (H + 2 KV) K] -> [M, H K]. */
  attend(layer: number, qkv: tf.Tensor2D, chunk: Chunk): tf.Tensor2D;
  /** A new cache whose row i is a copy of this one's row `sources[i]`. */
  tile(sources: number[]): KeyValueCache;
  dispose(): void;
}

export function openCache(config: LlamaConfig, rows: number, length: number): KeyValueCache {
  const heap = wasmHeap();
  return heap ? new WasmCache(heap, config, rows, length) : new FunctionalCache(config, rows, length);
}

/** For backends without in-place writes: each layer's cache [R, Tmax, 2 KV K] is a new tensor after every chunk. */
class FunctionalCache implements KeyValueCache {
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

  attend(layer: number, qkv: tf.Tensor2D, { rows, starts, counts, total }: Chunk): tf.Tensor2D {
    const { heads, kvHeads, headWidth } = this.config;
    const old = this.layers_R_T[layer] as tf.Tensor2D;
    // Where each cell of the new cache comes from: the old cache, or one of the M new tokens behind it.
    const source = Int32Array.from({ length: this.rows * this.length }, (_, i) => i);
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
      for (let i = 0; i < count; i++) {
        source[row * this.length + start + i] = this.rows * this.length + packed + i;
        back[packed + i] = j * most + i;
      }
      for (let i = 0; i < most; i++) {
        queryAt[j * most + i] = packed + Math.min(i, count - 1);
        for (let t = Math.min(start + i, start + count - 1) + 1; t < seen; t++) mask[(j * most + i) * seen + t] = -1e9;
      }
      for (let t = 0; t < seen; t++) keyAt[j * seen + t] = row * this.length + t;
      packed += count;
    });
    const fresh = tf.tidy(() => {
      const keysValues = qkv.slice([0, heads * headWidth], [total, this.width]);
      return tf.gather(tf.concat([old, keysValues], 0), tf.tensor1d(source, 'int32')) as tf.Tensor2D;
    });
    this.layers_R_T[layer] = tf.keep(fresh);
    old.dispose();
    return tf.tidy(() => {
      const group = heads / kvHeads;
      const q = tf
        .gather(qkv.slice([0, 0], [total, heads * headWidth]), tf.tensor1d(queryAt, 'int32'))
        .reshape([rows.length, most, heads, headWidth])
        .transpose([0, 2, 1, 3])
        .reshape([rows.length * kvHeads, group * most, headWidth]) as tf.Tensor3D;
      const cells = tf
        .gather(fresh, tf.tensor1d(keyAt, 'int32'))
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

  tile(sources: number[]): KeyValueCache {
    const { length } = this;
    const index = Int32Array.from(
      { length: sources.length * length },
      (_, i) => (sources[Math.floor(i / length)] as number) * length + (i % length),
    );
    const layers = this.layers_R_T.map((layer) => tf.keep(tf.tidy(() => tf.gather(layer, tf.tensor1d(index, 'int32')) as tf.Tensor2D)));
    return new FunctionalCache(this.config, sources.length, length, layers);
  }

  dispose(): void {
    tf.dispose(this.layers_R_T);
  }
}
