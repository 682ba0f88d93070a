/** Registers the fused transformer kernels (RmsNorm, Swiglu, Rope, CausalAttention and gradients) for the wasm backend. */
import * as tf from '@tensorflow/tfjs';
import { gemmScratch } from './gemm.ts';
import { register } from './registry.ts';
import type { Inputs } from './registry.ts';
import { packedSize } from './wasm-heap.ts';
import type { WasmHeap } from './wasm-heap.ts';

/** Queries that share one block of scores: what lies above the diagonal of a block is computed in vain. */
const block = 60;

export interface AttentionShape {
  batch: number;
  time: number;
  heads: number;
  kvHeads: number;
  headWidth: number;
}

/** Addresses and strides that forward and gradient share. One row of qkv holds queries | keys | values. */
function layout(shape: AttentionShape) {
  const { time, heads, kvHeads, headWidth } = shape;
  const rowBytes = (heads + 2 * kvHeads) * headWidth * 4;
  const stride = Math.ceil(time / 8) * 32;
  return {
    rowBytes,
    outBytes: heads * headWidth * 4,
    group: heads / kvHeads,
    scale: 1 / Math.sqrt(headWidth),
    stride,
    scoreFloats: (Math.min(block, time) * stride) / 4,
    keyAt: (kv: number) => (heads + kv) * headWidth * 4,
    valueAt: (kv: number) => (heads + kvHeads + kv) * headWidth * 4,
    headAt: (head: number) => head * headWidth * 4,
  };
}

/** qkv [B T, (H + 2 KV) K] -> output [B T, H K] and softmax statistics [B, H, T, 2]. */
function causalAttention(heap: WasmHeap, { qkv }: Inputs, shape: AttentionShape): tf.TensorInfo[] {
  const { batch, time, heads, kvHeads, headWidth } = shape;
  const at = layout(shape);
  const out = heap.output([batch * time, heads * headWidth]);
  const stats = heap.output([batch, heads, time, 2]);
  const [keys, values, scores, tile] = heap.scratch(
    packedSize(headWidth, time),
    packedSize(time, headWidth),
    at.scoreFloats,
    gemmScratch,
  ) as [number, number, number, number];
  const { pack, gemm, causalSoftmax } = heap.simd;
  const x = heap.address(qkv as tf.TensorInfo);
  const y = heap.address(out);
  const s = heap.address(stats);
  for (let b = 0; b < batch; b++) {
    const row = x + b * time * at.rowBytes;
    for (let kv = 0; kv < kvHeads; kv++) {
      pack(row + at.keyAt(kv), 4, at.rowBytes, headWidth, time, keys);
      pack(row + at.valueAt(kv), at.rowBytes, 4, time, headWidth, values);
      for (let head = kv * at.group; head < (kv + 1) * at.group; head++) {
        for (let t = 0; t < time; t += block) {
          const n = Math.min(block, time - t);
          gemm(row + t * at.rowBytes + at.headAt(head), at.rowBytes, 4, keys, headWidth, scores, at.stride, n, headWidth, t + n, 0, tile);
          causalSoftmax(scores, at.stride, n, t + 1, t + n, at.scale, s + ((b * heads + head) * time + t) * 8);
          gemm(
            scores,
            at.stride,
            4,
            values,
            time,
            y + (b * time + t) * at.outBytes + at.headAt(head),
            at.outBytes,
            n,
            t + n,
            headWidth,
            0,
            tile,
          );
        }
      }
    }
  }
  return [out, stats];
}

/** Scores are computed again rather than kept: four layers of T x T would not fit a tab's memory for long. */
function causalAttentionGrad(heap: WasmHeap, { qkv, out, stats, dy }: Inputs, shape: AttentionShape): tf.TensorInfo {
  const { batch, time, heads, kvHeads, headWidth } = shape;
  const at = layout(shape);
  const dx = heap.zeros((qkv as tf.TensorInfo).shape);
  const [keysT, valuesT, keys, queries, dOut, scores, dScores, delta, tile] = heap.scratch(
    packedSize(headWidth, time),
    packedSize(headWidth, time),
    packedSize(time, headWidth),
    packedSize(block, headWidth),
    packedSize(block, headWidth),
    at.scoreFloats,
    at.scoreFloats,
    time,
    gemmScratch,
  ) as [number, number, number, number, number, number, number, number, number];
  const { pack, gemm, causalSoftmaxGrad, dots } = heap.simd;
  const x = heap.address(qkv as tf.TensorInfo);
  const y = heap.address(out as tf.TensorInfo);
  const g = heap.address(dy as tf.TensorInfo);
  const s = heap.address(stats as tf.TensorInfo);
  const d = heap.address(dx);
  for (let b = 0; b < batch; b++) {
    const row = x + b * time * at.rowBytes;
    const dRow = d + b * time * at.rowBytes;
    for (let kv = 0; kv < kvHeads; kv++) {
      pack(row + at.keyAt(kv), 4, at.rowBytes, headWidth, time, keysT);
      pack(row + at.valueAt(kv), 4, at.rowBytes, headWidth, time, valuesT);
      pack(row + at.keyAt(kv), at.rowBytes, 4, time, headWidth, keys);
      for (let head = kv * at.group; head < (kv + 1) * at.group; head++) {
        const gHead = g + b * time * at.outBytes + at.headAt(head);
        dots(gHead, y + b * time * at.outBytes + at.headAt(head), at.outBytes, time, headWidth, delta);
        for (let t = 0; t < time; t += block) {
          const n = Math.min(block, time - t);
          const q = row + t * at.rowBytes + at.headAt(head);
          const gBlock = gHead + t * at.outBytes;
          gemm(q, at.rowBytes, 4, keysT, headWidth, scores, at.stride, n, headWidth, t + n, 0, tile);
          gemm(gBlock, at.outBytes, 4, valuesT, headWidth, dScores, at.stride, n, headWidth, t + n, 0, tile);
          causalSoftmaxGrad(scores, dScores, at.stride, n, t + 1, t + n, at.scale, s + ((b * heads + head) * time + t) * 8, delta + t * 4);
          gemm(dScores, at.stride, 4, keys, time, dRow + t * at.rowBytes + at.headAt(head), at.rowBytes, n, t + n, headWidth, 0, tile);
          pack(q, at.rowBytes, 4, n, headWidth, queries);
          gemm(dScores, 4, at.stride, queries, n, dRow + at.keyAt(kv), at.rowBytes, t + n, n, headWidth, 1, tile);
          pack(gBlock, at.outBytes, 4, n, headWidth, dOut);
          gemm(scores, 4, at.stride, dOut, n, dRow + at.valueAt(kv), at.rowBytes, t + n, n, headWidth, 1, tile);
        }
      }
    }
  }
  return dx;
}

export function registerTransformerOps(heap: WasmHeap): void {
  const { simd } = heap;
  const rowsOf = (x: tf.TensorInfo) => tf.util.sizeFromShape(x.shape.slice(0, -1));
  const widthOf = (x: tf.TensorInfo) => x.shape.at(-1) as number;
  type Two = { x: tf.TensorInfo; w: tf.TensorInfo; dy: tf.TensorInfo };

  register('wasm', 'RmsNorm', (inputs, attrs) => {
    const { x, w } = inputs as Two;
    const y = heap.output(x.shape);
    simd.rmsNorm(heap.address(x), heap.address(w), heap.address(y), rowsOf(x), widthOf(x), attrs.eps as number);
    return y;
  });
  register('wasm', 'RmsNormGrad', (inputs, attrs) => {
    const { x, w, dy } = inputs as Two;
    const dx = heap.output(x.shape);
    const dw = heap.zeros(w.shape);
    simd.rmsNormGrad(
      heap.address(x),
      heap.address(w),
      heap.address(dy),
      heap.address(dx),
      heap.address(dw),
      rowsOf(x),
      widthOf(x),
      attrs.eps as number,
    );
    return [dx, dw];
  });
  register('wasm', 'Swiglu', (inputs) => {
    const { x } = inputs as Two;
    const y = heap.output([...x.shape.slice(0, -1), widthOf(x) / 2]);
    simd.swiglu(heap.address(x), heap.address(y), rowsOf(x), widthOf(x) / 2);
    return y;
  });
  register('wasm', 'SwigluGrad', (inputs) => {
    const { x, dy } = inputs as Two;
    const dx = heap.output(x.shape);
    simd.swigluGrad(heap.address(x), heap.address(dy), heap.address(dx), rowsOf(x), widthOf(x) / 2);
    return dx;
  });
  register('wasm', 'Rope', (inputs, attrs) => {
    const { x, cos, sin, positions } = inputs as Record<'x' | 'cos' | 'sin' | 'positions', tf.TensorInfo>;
    const half = widthOf(cos);
    const y = heap.output(x.shape);
    simd.rope(
      heap.address(x),
      heap.address(y),
      rowsOf(x),
      widthOf(x) / (2 * half),
      attrs.rotated as number,
      half,
      heap.address(cos),
      heap.address(sin),
      heap.address(positions),
    );
    return y;
  });
  register('wasm', 'CausalAttention', (inputs, attrs) => causalAttention(heap, inputs, attrs as unknown as AttentionShape));
  register('wasm', 'CausalAttentionGrad', (inputs, attrs) => causalAttentionGrad(heap, inputs, attrs as unknown as AttentionShape));
}
