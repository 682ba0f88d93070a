/**
 * Causal attention over packed sequences, flash-style: no T x T matrix outlives its block.
 *
 * qkv [M, (H + 2 KV) K] rotated queries | keys | values -> out [M, H K]:
 *   out_i = sum_j softmax_j(q_i . k_j / sqrt K) v_j, j over the rows of i's prefix and the rows of its own segment up to i.
 * Query head h shares the key/value head floor(h KV / H). The gradient recomputes the scores from each row's maximum and
 * sum: with P the softmax and delta_i = dout_i . out_i, dS = P (dout v^T - delta) / sqrt K, dq = dS k, dk = dS^T q, dv = P^T dout.
 */
import * as tf from '@tensorflow/tfjs';
import type { Segment } from '../packing.ts';
import { gemmScratch } from './gemm.ts';
import { hasKernel, register, runKernel } from './registry.ts';
import { packedSize } from './wasm-heap.ts';
import type { WasmHeap } from './wasm-heap.ts';

export interface AttentionShape {
  segments: readonly Segment[];
  heads: number;
  kvHeads: number;
  headWidth: number;
}

export function causalAttention(qkv: tf.Tensor2D, shape: AttentionShape): tf.Tensor2D {
  // The kernel for WebGPU takes four numbers at a time.
  if (!hasKernel('CausalAttention') || shape.headWidth % 4 !== 0) return composed(qkv, shape);
  const op = tf.customGrad((...args) => {
    const qkv = args[0] as tf.Tensor;
    const [out, stats] = runKernel<[tf.Tensor, tf.Tensor]>('CausalAttention', { qkv }, shape);
    (args[1] as unknown as tf.GradSaveFunc)([qkv, out, stats]);
    return {
      value: out,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [qkv, out, stats] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return runKernel<tf.Tensor>('CausalAttentionGrad', { qkv, out, stats, dy }, shape);
      },
    };
  });
  return op(qkv) as tf.Tensor2D;
}

/** Segments of equal length that follow one another go together. */
function composed(qkv: tf.Tensor2D, { segments, heads, kvHeads, headWidth }: AttentionShape): tf.Tensor2D {
  return tf.tidy(() => {
    const group = heads / kvHeads;
    /** Columns of `count` heads of some rows: [B KV, time * rest, K]. */
    const part = (rows: tf.Tensor2D, batch: number, from: number, count: number) =>
      rows
        .slice([0, from * headWidth], [-1, count * headWidth])
        .reshape([batch, -1, count, headWidth])
        .transpose([0, 2, 1, 3])
        .reshape([batch * kvHeads, -1, headWidth]) as tf.Tensor3D;
    const outs: tf.Tensor2D[] = [];
    for (let first = 0; first < segments.length;) {
      const { from, count, prefix } = segments[first] as Segment;
      let end = first + 1;
      const same = (s: Segment | undefined) => !prefix && s?.prefix === null && s.count === count;
      while (same(segments[end])) end++;
      const batch = end - first;
      const rows = qkv.slice([from, 0], [batch * count, -1]);
      const before = prefix ? prefix.count : 0;
      const seen = prefix ? (tf.concat([qkv.slice([prefix.from, 0], [before, -1]), rows], 0) as tf.Tensor2D) : rows;
      const unseen = tf
        .greater(tf.range(0, before + count).reshape([1, -1]), tf.range(before, before + count).reshape([-1, 1]))
        .cast('float32')
        .mul(-1e9);
      const scores = tf
        .matMul(part(rows, batch, 0, heads), part(seen, batch, heads, kvHeads), false, true)
        .mul(1 / Math.sqrt(headWidth))
        .reshape([batch * kvHeads, group, count, before + count])
        .add(unseen);
      const p = tf.softmax(scores).reshape([batch * kvHeads, group * count, before + count]) as tf.Tensor3D;
      outs.push(
        tf
          .matMul(p, part(seen, batch, heads + kvHeads, kvHeads))
          .reshape([batch, heads, count, headWidth])
          .transpose([0, 2, 1, 3])
          .reshape([batch * count, heads * headWidth]) as tf.Tensor2D,
      );
      first = end;
    }
    return outs.length === 1 ? (outs[0] as tf.Tensor2D) : tf.concat(outs, 0);
  });
}

/** Queries that share one block of scores: what lies above the diagonal of a block is computed in vain. */
const block = 60;

/** Addresses and strides in bytes that forward and gradient share. */
function layout({ segments, heads, kvHeads, headWidth }: AttentionShape) {
  const longest = Math.max(...segments.map(({ count, prefix }) => count + (prefix?.count ?? 0)));
  const stride = Math.ceil(longest / 8) * 32;
  return {
    longest,
    rowBytes: (heads + 2 * kvHeads) * headWidth * 4,
    outBytes: heads * headWidth * 4,
    group: heads / kvHeads,
    scale: 1 / Math.sqrt(headWidth),
    stride,
    scoreFloats: (Math.min(block, longest) * stride) / 4,
    keyAt: (kv: number) => (heads + kv) * headWidth * 4,
    valueAt: (kv: number) => (heads + kvHeads + kv) * headWidth * 4,
    headAt: (head: number) => head * headWidth * 4,
  };
}

/** Where one head's keys (or values) of a segment lie: in qkv itself, or behind its prefix's in scratch memory. */
function seenRows(
  heap: WasmHeap,
  qkv: number,
  column: number,
  rowBytes: number,
  headBytes: number,
  { from, count, prefix }: Segment,
  scratch: number,
): [address: number, stride: number] {
  if (!prefix) return [qkv + from * rowBytes + column, rowBytes];
  const bytes = new Uint8Array(heap.buffer);
  let to = scratch;
  for (const run of [prefix, { from, count }]) {
    for (let row = run.from; row < run.from + run.count; row++, to += headBytes) {
      const at = qkv + row * rowBytes + column;
      bytes.copyWithin(to, at, at + headBytes);
    }
  }
  return [scratch, headBytes];
}

/** -> out [M, H K], and each row's maximum and 1 / sum [M, H, 2]. */
function forward(heap: WasmHeap, qkv: tf.TensorInfo, shape: AttentionShape): tf.TensorInfo[] {
  const { segments, heads, kvHeads, headWidth } = shape;
  const { longest, rowBytes, outBytes, group, scale, stride, scoreFloats, keyAt, valueAt, headAt } = layout(shape);
  const rows = qkv.shape[0] as number;
  const out = heap.output([rows, heads * headWidth]);
  const stats = heap.output([heads, rows, 2]);
  const [run, keys, values, scores, tile] = heap.scratch(
    longest * headWidth,
    packedSize(headWidth, longest),
    packedSize(longest, headWidth),
    scoreFloats,
    gemmScratch,
  ) as [number, number, number, number, number];
  const { pack, gemm, causalSoftmax } = heap.simd;
  const [x, y, s] = [heap.address(qkv), heap.address(out), heap.address(stats)];
  for (const segment of segments) {
    const { from, count, prefix } = segment;
    const before = prefix?.count ?? 0;
    const seen = before + count;
    for (let kv = 0; kv < kvHeads; kv++) {
      pack(...transposed(seenRows(heap, x, keyAt(kv), rowBytes, headWidth * 4, segment, run)), headWidth, seen, keys);
      pack(...plain(seenRows(heap, x, valueAt(kv), rowBytes, headWidth * 4, segment, run)), seen, headWidth, values);
      for (let head = kv * group; head < (kv + 1) * group; head++) {
        for (let t = 0; t < count; t += block) {
          const n = Math.min(block, count - t);
          const row = from + t;
          const columns = before + t + n;
          gemm(x + row * rowBytes + headAt(head), rowBytes, 4, keys, headWidth, scores, stride, n, headWidth, columns, 0, tile);
          causalSoftmax(scores, stride, n, before + t + 1, columns, scale, s + (head * rows + row) * 8);
          gemm(scores, stride, 4, values, seen, y + row * outBytes + headAt(head), outBytes, n, columns, headWidth, 0, tile);
        }
      }
    }
  }
  return [out, stats];
}

/** Arguments of `pack` for a matrix [rows, K] as it lies, and for its transpose. */
const plain = ([address, stride]: [number, number]): [number, number, number] => [address, stride, 4];
const transposed = ([address, stride]: [number, number]): [number, number, number] => [address, 4, stride];

/** dqkv [M, (H + 2 KV) K] */
function backward(heap: WasmHeap, inputs: Record<'qkv' | 'out' | 'stats' | 'dy', tf.TensorInfo>, shape: AttentionShape): tf.TensorInfo {
  const { segments, kvHeads, headWidth } = shape;
  const { longest, rowBytes, outBytes, group, scale, stride, scoreFloats, keyAt, valueAt, headAt } = layout(shape);
  const rows = inputs.qkv.shape[0] as number;
  const dqkv = heap.zeros(inputs.qkv.shape);
  const [run, keysT, valuesT, keys, queries, dOut, scores, dScores, delta, tile] = heap.scratch(
    longest * headWidth,
    packedSize(headWidth, longest),
    packedSize(headWidth, longest),
    packedSize(longest, headWidth),
    packedSize(block, headWidth),
    packedSize(block, headWidth),
    scoreFloats,
    scoreFloats,
    longest,
    gemmScratch,
  ) as [number, number, number, number, number, number, number, number, number, number];
  const { pack, gemm, causalSoftmaxGrad, dots } = heap.simd;
  const [x, y, g, s, d] = (['qkv', 'out', 'dy', 'stats'] as const).map((name) => heap.address(inputs[name])).concat(heap.address(dqkv)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const rowAt = (row: number, head: number) => row * rowBytes + headAt(head);
  for (const segment of segments) {
    const { from, count, prefix } = segment;
    const before = prefix?.count ?? 0;
    const seen = before + count;
    for (let kv = 0; kv < kvHeads; kv++) {
      const ofKeys = seenRows(heap, x, keyAt(kv), rowBytes, headWidth * 4, segment, run);
      pack(...transposed(ofKeys), headWidth, seen, keysT);
      pack(...plain(ofKeys), seen, headWidth, keys);
      pack(...transposed(seenRows(heap, x, valueAt(kv), rowBytes, headWidth * 4, segment, run)), headWidth, seen, valuesT);
      /** Adds p^T r to the gradient of what was seen: of the prefix's rows first, then of the segment's own. */
      const addSeen = (p: number, packed: number, column: number, n: number, columns: number) => {
        if (prefix) gemm(p, 4, stride, packed, n, d + prefix.from * rowBytes + column, rowBytes, before, n, headWidth, 1, tile);
        gemm(p + before * 4, 4, stride, packed, n, d + from * rowBytes + column, rowBytes, columns - before, n, headWidth, 1, tile);
      };
      for (let head = kv * group; head < (kv + 1) * group; head++) {
        const outAt = (row: number) => row * outBytes + headAt(head);
        dots(g + outAt(from), y + outAt(from), outBytes, count, headWidth, delta);
        for (let t = 0; t < count; t += block) {
          const n = Math.min(block, count - t);
          const row = from + t;
          const columns = before + t + n;
          const [q, dRow] = [x + rowAt(row, head), g + outAt(row)];
          gemm(q, rowBytes, 4, keysT, headWidth, scores, stride, n, headWidth, columns, 0, tile);
          gemm(dRow, outBytes, 4, valuesT, headWidth, dScores, stride, n, headWidth, columns, 0, tile);
          causalSoftmaxGrad(scores, dScores, stride, n, before + t + 1, columns, scale, s + (head * rows + row) * 8, delta + t * 4);
          gemm(dScores, stride, 4, keys, seen, d + rowAt(row, head), rowBytes, n, columns, headWidth, 0, tile);
          pack(q, rowBytes, 4, n, headWidth, queries);
          addSeen(dScores, queries, keyAt(kv), n, columns);
          pack(dRow, outBytes, 4, n, headWidth, dOut);
          addSeen(scores, dOut, valueAt(kv), n, columns);
        }
      }
    }
  }
  return dqkv;
}

export function registerAttentionWasm(heap: WasmHeap): void {
  register('wasm', 'CausalAttention', ({ qkv }: Record<'qkv', tf.TensorInfo>, attributes) =>
    forward(heap, qkv, attributes as unknown as AttentionShape),
  );
  register('wasm', 'CausalAttentionGrad', (inputs: Record<'qkv' | 'out' | 'stats' | 'dy', tf.TensorInfo>, attributes) =>
    backward(heap, inputs, attributes as unknown as AttentionShape),
  );
}
