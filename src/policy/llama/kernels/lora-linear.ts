/**
 * A linear layer with a low-rank adapter in one kernel: no product is scaled, added or kept on its own.
 *
 * x [M, K], W [N, K] frozen, A [K, R], B [R, N] -> y [M, N] = x W^T + s u B with u = x A [M, R].
 * With v = dy B^T [M, R]: dx = dy W + s v A^T, dA = s x^T v, dB = s u^T dy.
 */
import * as tf from '@tensorflow/tfjs';
import { gemmScratch } from './gemm.ts';
import { hasKernel, register, runKernel } from './registry.ts';
import { packedSize } from './wasm-heap.ts';
import type { WasmHeap } from './wasm-heap.ts';
import { drop, runShader } from './webgpu.ts';

/** Has gradients with respect to x, A and B; W is taken as a constant. */
export function loraLinear(x: tf.Tensor2D, w: tf.Tensor2D, a: tf.Tensor2D, b: tf.Tensor2D, scale: number): tf.Tensor2D {
  if (!hasKernel('LoraLinear')) return composed(x, w, a, b, scale);
  const op = tf.customGrad((...args) => {
    const [x, a, b] = args as [tf.Tensor, tf.Tensor, tf.Tensor];
    const [y, u] = runKernel<[tf.Tensor, tf.Tensor]>('LoraLinear', { x, w, a, b }, { scale });
    (args[3] as unknown as tf.GradSaveFunc)([x, w, a, b, u]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [x, w, a, b, u] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        return runKernel<tf.Tensor[]>('LoraLinearGrad', { dy, x, w, a, b, u }, { scale });
      },
    };
  });
  return op(x, a, b) as tf.Tensor2D;
}

/** The plain form, which is also the kernels' oracle. */
function composed(x: tf.Tensor2D, w: tf.Tensor2D, a: tf.Tensor2D, b: tf.Tensor2D, scale: number): tf.Tensor2D {
  return tf.tidy(() => tf.matMul(x, w, false, true).add(tf.matMul(tf.matMul(x, a).mul(scale) as tf.Tensor2D, b)));
}

type Forward = Record<'x' | 'w' | 'a' | 'b', tf.TensorInfo>;
type Backward = Record<'dy' | 'x' | 'w' | 'a' | 'b' | 'u', tf.TensorInfo>;

/** M, K, N and R. */
function sizes({ x, b }: Pick<Forward, 'x' | 'b'>): [number, number, number, number] {
  const [rank, n] = b.shape as [number, number];
  return [x.shape[0] as number, x.shape[1] as number, n, rank];
}

export function registerLoraLinearWasm(heap: WasmHeap): void {
  const { pack, gemm } = heap.simd;
  const at = (tensor: tf.TensorInfo) => heap.address(tensor);
  /** The adapter's strength goes into the small factor, once it is packed. */
  const strengthen = (packed: number, floats: number, scale: number) => {
    const values = new Float32Array(heap.buffer, packed, floats);
    for (let i = 0; i < floats; i++) values[i] = (values[i] as number) * scale;
  };
  register('wasm', 'LoraLinear', (inputs: Forward, attributes) => {
    const { x, w, a, b } = inputs;
    const [m, k, n, rank] = sizes(inputs);
    const y = heap.output([m, n]);
    const u = heap.output([m, rank]);
    const [packed, tile] = heap.scratch(Math.max(packedSize(k, n), packedSize(k, rank)), gemmScratch) as [number, number];
    pack(at(w), 4, k * 4, k, n, packed);
    gemm(at(x), k * 4, 4, packed, k, at(y), n * 4, m, k, n, 0, tile);
    pack(at(a), rank * 4, 4, k, rank, packed);
    gemm(at(x), k * 4, 4, packed, k, at(u), rank * 4, m, k, rank, 0, tile);
    pack(at(b), n * 4, 4, rank, n, packed);
    strengthen(packed, packedSize(rank, n), attributes.scale as number);
    gemm(at(u), rank * 4, 4, packed, rank, at(y), n * 4, m, rank, n, 1, tile);
    return [y, u];
  });
  register('wasm', 'LoraLinearGrad', (inputs: Backward, attributes) => {
    const { dy, x, w, a, b, u } = inputs;
    const [m, k, n, rank] = sizes(inputs);
    const [dx, da, db] = [heap.output([m, k]), heap.output([k, rank]), heap.output([rank, n])];
    const largest = Math.max(packedSize(n, rank), packedSize(n, k), packedSize(rank, k), packedSize(m, rank), packedSize(m, n));
    const [packed, v, tile] = heap.scratch(largest, m * rank, gemmScratch) as [number, number, number];
    const scale = attributes.scale as number;
    // v = s dy B^T
    pack(at(b), 4, n * 4, n, rank, packed);
    strengthen(packed, packedSize(n, rank), scale);
    gemm(at(dy), n * 4, 4, packed, n, v, rank * 4, m, n, rank, 0, tile);
    pack(at(w), k * 4, 4, n, k, packed);
    gemm(at(dy), n * 4, 4, packed, n, at(dx), k * 4, m, n, k, 0, tile);
    pack(at(a), 4, rank * 4, rank, k, packed);
    gemm(v, rank * 4, 4, packed, rank, at(dx), k * 4, m, rank, k, 1, tile);
    pack(v, rank * 4, 4, m, rank, packed);
    gemm(at(x), 4, k * 4, packed, m, at(da), rank * 4, k, m, rank, 0, tile);
    pack(at(dy), n * 4, 4, m, n, packed);
    gemm(at(u), 4, rank * 4, packed, m, at(db), n * 4, rank, m, n, 0, tile);
    strengthen(at(db), rank * n, scale);
    return [dx, da, db];
  });
}

/** result [rows, columns] = base + scale * u [rows, rank] f, with f [rank, columns], or [columns, rank] when transposed. */
const addCode = `
  fn main(index : i32) {
    if (index >= uniforms.rows * uniforms.columns) { return; }
    let row = index / uniforms.columns;
    let column = index % uniforms.columns;
    var sum = 0.0;
    for (var r = 0; r < uniforms.rank; r++) {
      let place = select(r * uniforms.columns + column, column * uniforms.rank + r, uniforms.transposed == 1);
      sum += u[row * uniforms.rank + r] * f[place];
    }
    result[index] = base[index] + uniforms.scale * sum;
  }`;
const scaleCode = `
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    result[index] = uniforms.scale * x[index];
  }`;

export function registerLoraLinearWebGpu(): void {
  const product = (backend: unknown, a: tf.TensorInfo, b: tf.TensorInfo, transposeA: boolean, transposeB: boolean): tf.TensorInfo => {
    // The backend's own kernel takes batches; one dimension of 1 in front changes no byte.
    const batched = (tensor: tf.TensorInfo): tf.TensorInfo => ({ ...tensor, shape: [1, ...tensor.shape] });
    const kernel = tf.getKernel('BatchMatMul', 'webgpu');
    const inputs = { a: batched(a), b: batched(b) };
    const out = kernel.kernelFunc({ inputs, attrs: { transposeA, transposeB }, backend: backend as object }) as tf.TensorInfo;
    return { ...out, shape: out.shape.slice(1) };
  };
  const added = (backend: unknown, base: tf.TensorInfo, u: tf.TensorInfo, f: tf.TensorInfo, scale: number, transposed: boolean) => {
    const [rows, columns] = base.shape as [number, number];
    const ints = { rows, columns, rank: u.shape[1] as number, transposed: transposed ? 1 : 0 };
    const work = rows * columns;
    const out = runShader(backend, {
      name: 'AddLowRank',
      inputs: { base, u, f },
      ints,
      floats: { scale },
      output: [rows, columns],
      work,
      code: addCode,
    });
    drop(backend, base);
    return out;
  };
  const scaled = (backend: unknown, x: tf.TensorInfo, scale: number) => {
    const size = tf.util.sizeFromShape(x.shape);
    const out = runShader(backend, {
      name: 'Scaled',
      inputs: { x },
      ints: { size },
      floats: { scale },
      output: x.shape,
      work: size,
      code: scaleCode,
    });
    drop(backend, x);
    return out;
  };
  register('webgpu', 'LoraLinear', ({ x, w, a, b }: Forward, attributes, backend) => {
    const u = product(backend, x, a, false, false);
    return [added(backend, product(backend, x, w, false, true), u, b, attributes.scale as number, false), u];
  });
  register('webgpu', 'LoraLinearGrad', ({ dy, x, w, a, b, u }: Backward, attributes, backend) => {
    const scale = attributes.scale as number;
    const v = product(backend, dy, b, false, true);
    const dx = added(backend, product(backend, dy, w, false, false), v, a, scale, true);
    const da = scaled(backend, product(backend, x, v, true, false), scale);
    const db = scaled(backend, product(backend, u, dy, true, false), scale);
    drop(backend, v);
    return [dx, da, db];
  });
}
