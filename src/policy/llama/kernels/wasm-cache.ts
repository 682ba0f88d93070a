/** Keys and values on the wasm heap, as the matrix product reads them: keys in panels of eight positions, values in panels of eight columns. */
import * as tf from '@tensorflow/tfjs';
import type { LlamaConfig } from '../config.ts';
import { tileColumns } from './gemm.ts';
import type { WasmHeap } from './wasm-heap.ts';

export class KeyValueStore {
  /** Per layer, each [R, KV, Tmax K]: keys [Tmax / 8, K, 8], values [K / 8, Tmax, 8]. */
  private keys: tf.Tensor[];
  private values: tf.Tensor[];
  /** Tmax, a multiple of 8. */
  capacity: number;

  constructor(
    private readonly heap: WasmHeap,
    private readonly config: LlamaConfig,
    private readonly rows: number,
    length: number,
  ) {
    this.capacity = roundUp(length);
    this.keys = this.allocate();
    this.values = this.allocate();
  }

  private allocate(): tf.Tensor[] {
    const { layers, kvHeads, headWidth } = this.config;
    return Array.from({ length: layers }, () => tf.keep(tf.zeros([this.rows, kvHeads, this.capacity * headWidth])));
  }

  addresses(layer: number, row: number, kv: number): { keys: number; values: number } {
    const at = (row * this.config.kvHeads + kv) * this.capacity * this.config.headWidth * 4;
    return { keys: this.heap.address(this.keys[layer] as tf.Tensor) + at, values: this.heap.address(this.values[layer] as tf.Tensor) + at };
  }

  /** Stores `count` new positions of a row from `start` on, taken from rotated keys [count, KV K] with their values right behind each row. */
  keep(layer: number, { row, start, count }: { row: number; start: number; count: number }, fresh: number, stride: number): void {
    const { kvHeads, headWidth } = this.config;
    const { keepKeys, copyRows } = this.heap.simd;
    const panel = 4 * tileColumns;
    for (let kv = 0; kv < kvHeads; kv++) {
      const { keys, values } = this.addresses(layer, row, kv);
      keepKeys(fresh + kv * headWidth * 4, stride, keys, start, count, headWidth);
      const from = fresh + (kvHeads + kv) * headWidth * 4;
      for (let p = 0; p < headWidth / tileColumns; p++) {
        copyRows(from + p * panel, stride, values + (p * this.capacity + start) * panel, panel, count, tileColumns);
      }
    }
  }

  /** Makes room for rows of that many positions. */
  reserve(length: number): void {
    if (length <= this.capacity) return;
    const { kvHeads, headWidth } = this.config;
    const old = { keys: this.keys, values: this.values, capacity: this.capacity };
    this.capacity = roundUp(Math.max(length, Math.min(2 * this.capacity, this.config.context)));
    this.keys = this.allocate();
    this.values = this.allocate();
    const copy = (from: tf.Tensor[], to: tf.Tensor[], pieces: number) => {
      const [small, large] = [old.capacity, this.capacity].map((capacity) => (capacity * headWidth) / pieces) as [number, number];
      from.forEach((layer, l) => {
        const [a, b] = [this.heap.floats(layer), this.heap.floats(to[l] as tf.Tensor)];
        for (let i = 0; i < this.rows * kvHeads * pieces; i++) b.set(a.subarray(i * small, (i + 1) * small), i * large);
        layer.dispose();
      });
    };
    copy(old.keys, this.keys, 1);
    copy(old.values, this.values, headWidth / tileColumns);
  }

  dispose(): void {
    tf.dispose(this.keys);
    tf.dispose(this.values);
  }
}

const roundUp = (length: number): number => Math.ceil(length / 8) * 8;
