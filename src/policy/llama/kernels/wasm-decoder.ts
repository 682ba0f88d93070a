/** Decoding on the wasm heap without a tensor per operation: weights, keys and values lie packed as the matrix product reads them. */
import * as tf from '@tensorflow/tfjs';
import { embeddingName, finalNormName, layerName, linearNames } from '../config.ts';
import { foreseeByReading } from '../decoding.ts';
import type { Candidate, Decoder, Fresh, SamplingModel } from '../decoding.ts';
import { weight } from '../model.ts';
import { gemmScratch } from './gemm.ts';
import { KeyValueStore } from './wasm-cache.ts';
import { packedSize } from './wasm-heap.ts';
import type { WasmHeap } from './wasm-heap.ts';

/** Most tokens of one pass (unless one row has more): what a pass writes should stay in the processor's cache. */
const chunkTokens = 512;
/** Queries, of one or several rows with one prompt, whose scores are computed together. */
const blockTokens = 128;

/** New tokens of a row; they stand in the pass from place `at` on, and in the row's part of the cache from `start` on. */
interface Piece {
  row: number;
  start: number;
  count: number;
  at: number;
}

/** Addresses of what one pass computes with. */
type Scratch = Record<(typeof scratchNames)[number], number>;
const scratchNames = [
  'x',
  'normed',
  'qkv',
  'attended',
  'hidden',
  'gated',
  'positions',
  'ids',
  'logits',
  'queries',
  'scores',
  'outs',
  'stats',
  'tile',
] as const;

export class WasmDecoder implements Decoder {
  /** Every linear weight packed for x W^T. */
  private readonly packed: Map<string, tf.Tensor>;
  private readonly prompts: KeyValueStore;
  private readonly rows: KeyValueStore;
  private promptsRead = false;

  constructor(
    private readonly heap: WasmHeap,
    private readonly model: SamplingModel,
    private readonly promptIds: readonly number[][],
    private readonly sources: readonly number[],
  ) {
    const { config, weights } = model;
    const names = Array.from({ length: config.layers }, (_, layer) => linearNames.map((part) => layerName(layer, part))).flat();
    this.packed = new Map(
      names.map((name) => {
        const w = weight(weights, name) as tf.Tensor2D;
        const [out, depth] = w.shape;
        const packed = tf.keep(tf.zeros([packedSize(depth, out)]));
        heap.simd.pack(heap.address(w), 4, depth * 4, depth, out, heap.address(packed));
        return [name, packed];
      }),
    );
    this.prompts = new KeyValueStore(heap, config, promptIds.length, Math.max(1, ...promptIds.map(({ length }) => length)));
    this.rows = new KeyValueStore(heap, config, sources.length, 64);
  }

  async read(fresh: readonly Fresh[], allowed: readonly number[][]): Promise<Float32Array[]> {
    if (!this.promptsRead) {
      this.promptsRead = true;
      const unread = this.promptIds.flatMap((ids, row) => (ids.length > 0 ? [{ row, ids, start: 0 }] : []));
      this.passes(unread, (some) => this.pass(this.prompts, some));
    }
    const own = fresh.map((next) => ({ ...next, start: next.start - this.promptLength(next.row) }));
    this.rows.reserve(Math.max(0, ...own.map(({ start, ids }) => start + ids.length)));
    const logits: Float32Array[] = [];
    this.passes(own, (some, from) => logits.push(...this.pass(this.rows, some, allowed.slice(from, from + some.length))));
    return logits;
  }

  foresee(candidates: readonly Candidate[], words: number[]): Promise<number[]> {
    return foreseeByReading(this, candidates, words);
  }

  private promptLength(row: number): number {
    return this.promptIds[this.sources[row] as number]?.length ?? 0;
  }

  private passes(fresh: readonly Fresh[], run: (some: readonly Fresh[], from: number) => void): void {
    for (let from = 0, to = 0; from < fresh.length; from = to) {
      let total = 0;
      while (to < fresh.length && (to === from || total + (fresh[to] as Fresh).ids.length <= chunkTokens)) {
        total += (fresh[to++] as Fresh).ids.length;
      }
      run(fresh.slice(from, to), from);
    }
  }

  /** One forward pass; with `allowed`, the logits of each row's allowed tokens. */
  private pass(store: KeyValueStore, fresh: readonly Fresh[], allowed: readonly number[][] = []): Float32Array[] {
    const { heap } = this;
    const { simd } = heap;
    const { config, weights, table } = this.model;
    const { width, heads, kvHeads, headWidth, ffn, rmsEps } = config;
    let total = 0;
    let pieces = fresh.map(({ row, start, ids }): Piece => {
      total += ids.length;
      return { row, start, count: ids.length, at: total - ids.length };
    });
    const s = this.scratch(store, pieces, total, Math.max(0, ...allowed.map(({ length }) => length)));
    const embedding = heap.address(weight(weights, embeddingName));
    const bytes = heap.backend.wasm.HEAPU8;
    const positions = new Int32Array(heap.buffer, s.positions, total);
    fresh.forEach(({ row, start, ids }, j) => {
      const { at } = pieces[j] as Piece;
      const first = start + (store === this.rows ? this.promptLength(row) : 0);
      ids.forEach((id, t) => {
        positions[at + t] = first + t;
        bytes.copyWithin(s.x + (at + t) * width * 4, embedding + id * width * 4, embedding + (id + 1) * width * 4);
      });
    });
    const rotate = (at: number, slots: number, turned: number) => {
      simd.rope(at, at, total, slots, turned, headWidth / 2, heap.address(table.cos), heap.address(table.sin), s.positions);
    };
    const [queryColumns, columns] = [heads * headWidth, (heads + 2 * kvHeads) * headWidth];
    for (let layer = 0; layer < config.layers; layer++) {
      const name = (part: string) => layerName(layer, part);
      /** c (+)= a W^T of the rows of W from `first` on, a multiple of 8. */
      const linear = (a: number, part: string, depth: number, c: number, out: number, add: 0 | 1, first = 0) => {
        const w = heap.address(this.packed.get(name(part)) as tf.Tensor) + first * depth * 4;
        simd.gemm(a, depth * 4, 4, w, depth, c, out * 4, total, depth, out, add, s.tile);
      };
      const norm = (part: string) => simd.rmsNorm(s.x, heap.address(weight(weights, name(part))), s.normed, total, width, rmsEps);
      norm('input_layernorm');
      if (layer < config.layers - 1) {
        linear(s.normed, 'self_attn.qkv_proj', width, s.qkv, columns, 0);
        rotate(s.qkv, heads + 2 * kvHeads, heads + kvHeads);
        for (const piece of pieces) store.keep(layer, piece, s.qkv + (piece.at * columns + queryColumns) * 4, columns * 4);
        this.attend(store, layer, pieces, s, columns * 4);
      } else {
        // Of the last layer other tokens need keys and values only; the rest is computed for each row's last token.
        const own = columns - queryColumns;
        linear(s.normed, 'self_attn.qkv_proj', width, s.qkv, own, 0, queryColumns);
        rotate(s.qkv, 2 * kvHeads, kvHeads);
        for (const piece of pieces) store.keep(layer, piece, s.qkv + piece.at * own * 4, own * 4);
        if (allowed.length === 0) return [];
        pieces = pieces.map(({ row, start, count, at }, j) => {
          const from = at + count - 1;
          simd.copyRows(s.x + from * width * 4, width * 4, s.x + j * width * 4, width * 4, 1, width);
          simd.copyRows(s.normed + from * width * 4, width * 4, s.normed + j * width * 4, width * 4, 1, width);
          positions[j] = positions[from] as number;
          return { row, start: start + count - 1, count: 1, at: j };
        });
        total = pieces.length;
        linear(s.normed, 'self_attn.qkv_proj', width, s.qkv, queryColumns, 0);
        rotate(s.qkv, heads, heads);
        this.attend(store, layer, pieces, s, queryColumns * 4);
      }
      linear(s.attended, 'self_attn.o_proj', queryColumns, s.x, width, 1);
      norm('post_attention_layernorm');
      linear(s.normed, 'mlp.gate_up_proj', width, s.hidden, 2 * ffn, 0);
      simd.swiglu(s.hidden, s.gated, total, ffn);
      linear(s.gated, 'mlp.down_proj', ffn, s.x, width, 1);
    }
    return this.logits(allowed, embedding, s);
  }

  /**
   * Scores over the row's prompt, shared with its relatives, and then over its own tokens, block by block of queries.
   * @param rowBytes from one token's queries to the next.
   */
  private attend(store: KeyValueStore, layer: number, pieces: readonly Piece[], s: Scratch, rowBytes: number): void {
    const { heads, kvHeads, headWidth } = this.model.config;
    const { gemm, causalSoftmax, copyRows } = this.heap.simd;
    const [outBytes, headBytes] = [heads * headWidth * 4, headWidth * 4];
    const group = heads / kvHeads;
    const scale = 1 / Math.sqrt(headWidth);
    for (const block of this.blocks(store, pieces)) {
      const prompt = store === this.rows ? (this.sources[(block[0] as Piece).row] as number) : 0;
      const before = store === this.rows ? (this.promptIds[prompt]?.length ?? 0) : 0;
      const stride = strideOf(before, block);
      for (let kv = 0; kv < kvHeads; kv++) {
        let rows = 0;
        for (const { at, count } of block) {
          for (let head = kv * group; head < (kv + 1) * group; head++, rows += count) {
            copyRows(s.qkv + at * rowBytes + head * headBytes, rowBytes, s.queries + rows * headBytes, headBytes, count, headWidth);
          }
        }
        const shared = this.prompts.addresses(layer, prompt, kv);
        if (before > 0) gemm(s.queries, headBytes, 4, shared.keys, headWidth, s.scores, stride, rows, headWidth, before, 0, s.tile);
        rows = 0;
        for (const { row, start, count } of block) {
          const { keys } = store.addresses(layer, row, kv);
          const [from, to] = [s.queries + rows * headBytes, s.scores + rows * stride];
          const seen = start + count;
          gemm(from, headBytes, 4, keys, headWidth, to + before * 4, stride, group * count, headWidth, seen, 0, s.tile);
          for (let h = 0; h < group; h++) {
            causalSoftmax(to + h * count * stride, stride, count, before + start + 1, before + seen, scale, s.stats);
          }
          rows += group * count;
        }
        if (before > 0)
          gemm(s.scores, stride, 4, shared.values, this.prompts.capacity, s.outs, headBytes, rows, before, headWidth, 0, s.tile);
        rows = 0;
        for (const { row, start, count, at } of block) {
          const { values } = store.addresses(layer, row, kv);
          const [from, to] = [s.scores + rows * stride + before * 4, s.outs + rows * headBytes];
          const add = before > 0 ? 1 : 0;
          gemm(from, stride, 4, values, store.capacity, to, headBytes, group * count, start + count, headWidth, add, s.tile);
          for (let head = kv * group; head < (kv + 1) * group; head++, rows += count) {
            copyRows(s.outs + rows * headBytes, headBytes, s.attended + at * outBytes + head * headBytes, outBytes, count, headWidth);
          }
        }
      }
    }
  }

  /** Pieces cut and joined into blocks of queries that have one prompt in common. */
  private blocks(store: KeyValueStore, pieces: readonly Piece[]): Piece[][] {
    const blocks: Piece[][] = [];
    let size = Infinity;
    let prompt: number | undefined;
    for (const { row, start, count, at } of pieces) {
      // Prompts have nothing before them to share.
      const own = store === this.rows ? this.sources[row] : undefined;
      for (let t = 0; t < count; t += blockTokens) {
        const n = Math.min(blockTokens, count - t);
        if (size + n > blockTokens || own === undefined || own !== prompt) {
          blocks.push([]);
          size = 0;
        }
        (blocks.at(-1) as Piece[]).push({ row, start: start + t, count: n, at: at + t });
        [size, prompt] = [size + n, own];
      }
    }
    return blocks;
  }

  private scratch(store: KeyValueStore, pieces: readonly Piece[], total: number, most: number): Scratch {
    const { width, heads, kvHeads, headWidth, ffn } = this.model.config;
    const queries = blockTokens * (heads / kvHeads);
    const before = store === this.rows ? Math.max(...pieces.map(({ row }) => this.promptLength(row))) : 0;
    const choices = most === 0 ? 0 : pieces.length;
    const floats: Scratch = {
      x: total * width,
      normed: total * width,
      qkv: total * (heads + 2 * kvHeads) * headWidth,
      attended: total * heads * headWidth,
      hidden: 2 * total * ffn,
      gated: total * ffn,
      positions: total,
      ids: choices * most,
      logits: choices * most,
      queries: queries * headWidth,
      scores: (queries * strideOf(before, pieces)) / 4,
      outs: queries * headWidth,
      stats: 2 * blockTokens,
      tile: gemmScratch,
    };
    const addresses = this.heap.scratch(...scratchNames.map((name) => floats[name]));
    return Object.fromEntries(scratchNames.map((name, i) => [name, addresses[i]])) as Scratch;
  }

  /** After the last layer x holds each row's last token. */
  private logits(allowed: readonly number[][], embedding: number, s: Scratch): Float32Array[] {
    const { heap } = this;
    const { width, rmsEps } = this.model.config;
    const rows = allowed.length;
    const most = Math.max(...allowed.map(({ length }) => length));
    heap.simd.rmsNorm(s.x, heap.address(weight(this.model.weights, finalNormName)), s.normed, rows, width, rmsEps);
    const ids = new Int32Array(heap.buffer, s.ids, rows * most).fill(-1);
    allowed.forEach((some, i) => ids.set(some, i * most));
    heap.simd.allowedDots(s.normed, embedding, s.ids, s.logits, rows, most, width);
    const logits = new Float32Array(heap.buffer, s.logits, rows * most);
    return allowed.map(({ length }, i) => logits.slice(i * most, i * most + length));
  }

  dispose(): void {
    for (const packed of this.packed.values()) packed.dispose();
    this.prompts.dispose();
    this.rows.dispose();
  }
}

/** Bytes from one row of scores to the next. */
const strideOf = (before: number, pieces: readonly Piece[]): number =>
  Math.ceil((before + Math.max(...pieces.map(({ start, count }) => start + count))) / 8) * 32;
