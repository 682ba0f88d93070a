/** Replaces two kernels of the wasm backend: a fast BatchMatMul (all transposes), and the UnsortedSegmentSum that it lacks. */
import * as tf from '@tensorflow/tfjs';
import type { NamedAttrMap, NamedTensorInfoMap } from '@tensorflow/tfjs';
import { gemmScratch } from './gemm.ts';
import { register } from './registry.ts';
import { packedSize } from './wasm-heap.ts';
import type { WasmBackend, WasmHeap } from './wasm-heap.ts';

/** C [.., M, N] = A B per batch; a batch of one is shared by the other side's batches. */
function batchMatMul(heap: WasmHeap, inputs: NamedTensorInfoMap, attrs: NamedAttrMap): tf.TensorInfo {
  const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
  const transposeA = attrs.transposeA === true;
  const transposeB = attrs.transposeB === true;
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [rows, depth] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [bDepth, columns] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  if (depth !== bDepth) {
    throw new Error(`Matrices of shapes ${a.shape} and ${b.shape} cannot be multiplied (transposes ${transposeA}, ${transposeB}).`);
  }
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const aBatch = tf.util.sizeFromShape(a.shape.slice(0, -2));
  const bBatch = tf.util.sizeFromShape(b.shape.slice(0, -2));
  const batch = tf.util.sizeFromShape(outer);
  if ((aBatch !== batch && aBatch !== 1) || (bBatch !== batch && bBatch !== 1)) {
    throw new Error(`Matrix products that broadcast ${a.shape} with ${b.shape} are not supported.`);
  }
  const out = heap.output([...outer, rows, columns]);
  if (batch * rows * columns === 0) return out;
  const [packed, tile] = heap.scratch(packedSize(depth, columns), gemmScratch) as [number, number];
  const { pack, gemm } = heap.simd;
  // Addresses are read after the last allocation, which may grow but never move the heap.
  const aAt = heap.address(a);
  const bAt = heap.address(b);
  const cAt = heap.address(out);
  for (let i = 0; i < batch; i++) {
    if (i === 0 || bBatch > 1) {
      pack(bAt + i * depth * columns * 4, transposeB ? 4 : columns * 4, transposeB ? depth * 4 : 4, depth, columns, packed);
    }
    gemm(
      aAt + (aBatch > 1 ? i * rows * depth * 4 : 0),
      transposeA ? 4 : depth * 4,
      transposeA ? rows * 4 : 4,
      packed,
      depth,
      cAt + i * rows * columns * 4,
      columns * 4,
      rows,
      depth,
      columns,
      0,
      tile,
    );
  }
  return out;
}

/** What tfjs's own wasm backend lacks: out[segment] += x[row], in row order; the gradient of gather, hence of the embedding. */
export function registerSegmentSum(): void {
  register('wasm', 'UnsortedSegmentSum', (inputs, attributes, backend) => {
    const { x, segmentIds } = inputs as Record<'x' | 'segmentIds', tf.TensorInfo>;
    const wasm = backend as WasmBackend;
    const view = <T>(make: new (buffer: ArrayBuffer, at: number, size: number) => T, tensor: tf.TensorInfo): T =>
      new make(wasm.wasm.asm.memory.buffer, wasm.dataIdMap.get(tensor.dataId).memoryOffset >>> 0, tf.util.sizeFromShape(tensor.shape));
    const segments = attributes.numSegments as number;
    const rows = tf.util.sizeFromShape(segmentIds.shape);
    const width = rows === 0 ? 0 : tf.util.sizeFromShape(x.shape) / rows;
    const out = wasm.makeOutput([segments, ...x.shape.slice(segmentIds.shape.length)], 'float32');
    const to = view(Float32Array, out).fill(0);
    const [from, ids] = [view(Float32Array, x), view(Int32Array, segmentIds)];
    for (let row = 0; row < rows; row++) {
      const segment = ids[row] as number;
      if (segment < 0 || segment >= segments) continue;
      for (let i = 0, o = segment * width, f = row * width; i < width; i++, o++, f++) {
        to[o] = (to[o] as number) + (from[f] as number);
      }
    }
    return out;
  });
}

/** Replaces kernels of the backend that copy or are missing. */
export function registerMatMul(heap: WasmHeap): void {
  register('wasm', 'BatchMatMul', (inputs, attrs) => batchMatMul(heap, inputs, attrs as NamedAttrMap));
  registerSegmentSum();
  // tfjs clones every tensor that a gradient needs; its wasm kernel copies the bytes, where a second reference will do.
  register('wasm', 'Identity', ({ x }: Record<'x', tf.TensorInfo>) => {
    heap.backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  });
}
