/** The key-value cache on the wasm heap: rows grow in place, and attention reads only what a row has. */
import * as tf from '@tensorflow/tfjs';
import type { Chunk, KeyValueCache } from '../cache.ts';
import type { LlamaConfig } from '../config.ts';
import { gemmScratch } from './gemm.ts';
import { packedSize } from './wasm-heap.ts';
import type { WasmHeap } from './wasm-heap.ts';

/** From this many new tokens of a row on, packing its keys for a matrix product pays. */
const blockFrom = 4;

export class WasmCache implements KeyValueCache {
  /** Per layer keys and values, each [R, KV, Tmax, K], so that one head's positions lie next to each other. */
  private keys: tf.Tensor[];
  private values: tf.Tensor[];

  constructor(
    private readonly heap: WasmHeap,
    private readonly config: LlamaConfig,
    private readonly rows: number,
    private length: number,
    filled?: { keys: tf.Tensor[]; values: tf.Tensor[] },
  ) {
    this.keys = filled?.keys ?? this.allocate(rows, length);
    this.values = filled?.values ?? this.allocate(rows, length);
  }

  private allocate(rows: number, length: number): tf.Tensor[] {
    const { layers, kvHeads, headWidth } = this.config;
    return Array.from({ length: layers }, () => tf.keep(tf.zeros([rows, kvHeads, length, headWidth])));
  }

  /** Copies cells of `from` into fresh tensors of another size: row i of the result is row sources[i]. */
  private copies(from: tf.Tensor[], sources: number[], length: number): tf.Tensor[] {
    const { kvHeads, headWidth } = this.config;
    const to = this.allocate(sources.length, length);
    from.forEach((layer, l) => {
      const a = this.heap.floats(layer);
      const b = this.heap.floats(to[l] as tf.Tensor);
      sources.forEach((source, row) => {
        for (let kv = 0; kv < kvHeads; kv++) {
          const start = (source * kvHeads + kv) * this.length * headWidth;
          b.set(a.subarray(start, start + this.length * headWidth), (row * kvHeads + kv) * length * headWidth);
        }
      });
    });
    return to;
  }

  reserve(length: number): void {
    if (length <= this.length) return;
    const longer = Math.max(length, Math.min(2 * this.length, this.config.context));
    const all = Array.from({ length: this.rows }, (_, row) => row);
    const [keys, values] = [this.copies(this.keys, all, longer), this.copies(this.values, all, longer)];
    this.dispose();
    [this.keys, this.values, this.length] = [keys, values, longer];
  }

  attend(layer: number, qkv: tf.Tensor2D, { rows, starts, counts, total }: Chunk): tf.Tensor2D {
    const { heads, kvHeads, headWidth } = this.config;
    const { heap, length } = this;
    const { simd } = heap;
    const scale = 1 / Math.sqrt(headWidth);
    const rowBytes = (heads + 2 * kvHeads) * headWidth * 4;
    const outBytes = heads * headWidth * 4;
    const headBytes = headWidth * 4;
    const group = heads / kvHeads;
    const most = Math.max(...counts);
    const stride = Math.ceil(length / 8) * 32;
    const out = heap.output([total, heads * headWidth]);
    const [packedK, packedV, scores, stats, tile] = heap.scratch(
      packedSize(headWidth, length),
      packedSize(length, headWidth),
      (most * stride) / 4,
      2 * most,
      gemmScratch,
    ) as [number, number, number, number, number];
    const x = heap.address(qkv);
    const y = heap.address(out);
    const keyBase = heap.address(this.keys[layer] as tf.Tensor);
    const valueBase = heap.address(this.values[layer] as tf.Tensor);
    const bytes = heap.backend.wasm.HEAPU8;
    let packed = 0;
    rows.forEach((row, j) => {
      const start = starts[j] as number;
      const count = counts[j] as number;
      const seen = start + count;
      for (let kv = 0; kv < kvHeads; kv++) {
        const cell = (row * kvHeads + kv) * length * headBytes;
        const keys = keyBase + cell;
        const values = valueBase + cell;
        for (let i = 0; i < count; i++) {
          const from = x + (packed + i) * rowBytes;
          const at = (start + i) * headBytes;
          bytes.copyWithin(keys + at, from + (heads + kv) * headBytes, from + (heads + kv + 1) * headBytes);
          bytes.copyWithin(values + at, from + (heads + kvHeads + kv) * headBytes, from + (heads + kvHeads + kv + 1) * headBytes);
        }
        if (count >= blockFrom) {
          simd.pack(keys, 4, headBytes, headWidth, seen, packedK);
          simd.pack(values, headBytes, 4, seen, headWidth, packedV);
        }
        for (let head = kv * group; head < (kv + 1) * group; head++) {
          const q = x + packed * rowBytes + head * headBytes;
          const to = y + packed * outBytes + head * headBytes;
          if (count >= blockFrom) {
            simd.gemm(q, rowBytes, 4, packedK, headWidth, scores, stride, count, headWidth, seen, 0, tile);
            simd.causalSoftmax(scores, stride, count, start + 1, seen, scale, stats);
            simd.gemm(scores, stride, 4, packedV, seen, to, outBytes, count, seen, headWidth, 0, tile);
          } else {
            for (let i = 0; i < count; i++) {
              simd.attendOne(q + i * rowBytes, keys, values, headBytes, start + i + 1, headWidth, scale, scores, to + i * outBytes);
            }
          }
        }
      }
      packed += count;
    });
    return tf.engine().makeTensorFromTensorInfo(out) as tf.Tensor2D;
  }

  tile(sources: number[]): KeyValueCache {
    const { heap, config, length } = this;
    return new WasmCache(heap, config, sources.length, length, {
      keys: this.copies(this.keys, sources, length),
      values: this.copies(this.values, sources, length),
    });
  }

  dispose(): void {
    tf.dispose(this.keys);
    tf.dispose(this.values);
  }
}
