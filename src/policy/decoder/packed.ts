/** Matrices that stay packed on the device (4-bit groups, halves) or lie there as floats, and products with them. */
import * as tf from '@tensorflow/tfjs';
import { fromHalf, toHalf } from '../mlc/floats.ts';
import { dequantise, groupsOf } from '../mlc/groups.ts';
import { gatherKernel, packedKernels, roundKernel } from './packed-webgpu.ts';

/** `group4`: eight 4-bit codes to a word, with scales. `half`: two half-precision numbers to a word. */
export type Format = 'group4' | 'half';

/** W [N, K], `[out, in]`. */
export type Matrix =
  | { format: 'dense'; rows: number; columns: number; dense: tf.Tensor2D }
  /** words [N, 4 G] as int32, scales [N, G] */
  | { format: 'group4'; rows: number; columns: number; words: tf.Tensor2D; scales: tf.Tensor2D }
  /** words [N, K / 2] as int32, the even column in the lower half */
  | { format: 'half'; rows: number; columns: number; words: tf.Tensor2D };

export function tensorsOf(w: Matrix): tf.Tensor2D[] {
  return w.format === 'dense' ? [w.dense] : w.format === 'half' ? [w.words] : [w.words, w.scales];
}

const fused = (): boolean => tf.getBackend() === 'webgpu';

function run(kernel: string, inputs: Record<string, tf.Tensor>, sizes: { M: number; N: number; K: number }): tf.Tensor2D {
  return tf.engine().runKernel(kernel, inputs, sizes) as unknown as tf.Tensor2D;
}

/** The words as numbers, on backends that can be read at once (wasm, cpu). */
function unpack(w: Exclude<Matrix, { format: 'dense' }>, scales?: tf.Tensor2D): Float32Array {
  const words = w.words.dataSync();
  const unsigned = new Uint32Array(words.buffer, words.byteOffset, words.length);
  if (w.format === 'half') return fromHalf(new Uint16Array(unsigned.buffer, unsigned.byteOffset, 2 * unsigned.length));
  return dequantise({ words: unsigned, scales: (scales ?? w.scales).dataSync() as Float32Array }, w.rows, w.columns);
}

/** W as floats [N, K]: the fallback where no fused kernel runs. The caller disposes it. */
function dense(w: Matrix): tf.Tensor2D {
  return w.format === 'dense' ? w.dense.clone() : tf.tensor2d(unpack(w), [w.rows, w.columns]);
}

const packedInputs = (w: Exclude<Matrix, { format: 'dense' }>): Record<string, tf.Tensor> =>
  w.format === 'half' ? { words: w.words } : { words: w.words, scales: w.scales };

/** y = x W^T for x [M, K]; differentiable in x. */
export function matMulPacked(x: tf.Tensor2D, w: Matrix): tf.Tensor2D {
  if (w.format === 'dense') return tf.matMul(x, w.dense, false, true);
  const op = tf.customGrad((input) => ({
    value: product(input as tf.Tensor2D, w),
    gradFunc: (dy: tf.Tensor) => productGrad(dy as tf.Tensor2D, w),
  }));
  return op(x) as tf.Tensor2D;
}

/** y = x W^T where W has the given scales [N, G] in place of its own; differentiable in x and in the scales. */
export function matMulScaled(x: tf.Tensor2D, w: Matrix & { format: 'group4' }, scales: tf.Tensor2D): tf.Tensor2D {
  const op = tf.customGrad((...args) => {
    const [input, s] = args as unknown as [tf.Tensor2D, tf.Tensor2D];
    const save = args[2] as unknown as tf.GradSaveFunc;
    save([input, s]);
    return {
      value: product(input, { ...w, scales: s }),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [input, s] = saved as [tf.Tensor2D, tf.Tensor2D];
        return [productGrad(dy as tf.Tensor2D, { ...w, scales: s }), scaleGrad(input, dy as tf.Tensor2D, w)];
      },
    };
  });
  return op(x, scales) as tf.Tensor2D;
}

function product(x: tf.Tensor2D, w: Exclude<Matrix, { format: 'dense' }>): tf.Tensor2D {
  const sizes = { M: x.shape[0], N: w.rows, K: w.columns };
  if (fused()) return run(packedKernels(w.format).forward, { x, ...packedInputs(w) }, sizes);
  return tf.tidy(() => tf.matMul(x, dense(w), false, true));
}

/** dx = dy W for dy [M, N] -> [M, K]. */
export function productGrad(dy: tf.Tensor2D, w: Matrix): tf.Tensor2D {
  if (w.format === 'dense') return tf.matMul(dy, w.dense);
  const sizes = { M: dy.shape[0], N: w.rows, K: w.columns };
  if (fused()) return run(packedKernels(w.format).backward, { dy, ...packedInputs(w) }, sizes);
  return tf.tidy(() => tf.matMul(dy, dense(w)));
}

/** Gradient of the scales: dscale[n, g] = sum over k in g of (code - 7)[n, k] (dy^T x)[n, k]. */
function scaleGrad(x: tf.Tensor2D, dy: tf.Tensor2D, w: Matrix & { format: 'group4' }): tf.Tensor2D {
  const groups = groupsOf(w.columns);
  if (fused()) return run(packedKernels('group4').scales, { x, dy, words: w.words }, { M: x.shape[0], N: w.rows, K: w.columns });
  return tf.tidy(() => {
    const codes = tf.tensor2d(unpack(w, tf.ones([w.rows, groups])), [w.rows, w.columns]);
    const weighted = tf.matMul(dy, x, true, false).mul(codes) as tf.Tensor2D;
    return weighted
      .pad([
        [0, 0],
        [0, groups * 32 - w.columns],
      ])
      .reshape([w.rows, groups, 32])
      .sum(2) as tf.Tensor2D;
  });
}

/** Rows ids [M] of W as floats [M, K]; not differentiable. */
export function rowsOf(w: Matrix, ids: tf.Tensor1D): tf.Tensor2D {
  if (w.format === 'dense') return tf.gather(w.dense, ids) as tf.Tensor2D;
  const count = ids.shape[0];
  if (fused()) return run(packedKernels(w.format).rows, { ids, ...packedInputs(w) }, { M: count, N: w.rows, K: w.columns });
  return tf.tidy(() => dense(gatherRows(w, ids)));
}

/** The matrix of rows ids [M] of W, packed as W is. The caller disposes its tensors. */
export function gatherRows(w: Matrix, ids: tf.Tensor1D): Matrix {
  const rows = ids.shape[0];
  const floats = (tensor: tf.Tensor2D) => tf.gather(tensor, ids) as tf.Tensor2D;
  const integers = (words: tf.Tensor2D) =>
    fused() ? run(gatherKernel(), { ids, words }, { M: rows, N: 1, K: words.shape[1] }) : (tf.gather(words, ids) as tf.Tensor2D);
  if (w.format === 'dense') return { ...w, rows, dense: floats(w.dense) };
  if (w.format === 'half') return { ...w, rows, words: integers(w.words) };
  return { ...w, rows, words: integers(w.words), scales: floats(w.scales) };
}

/** Rows from .. from + count of W, packed as W is. The caller disposes its tensors. */
export function sliceRows(w: Matrix, from: number, count: number): Matrix {
  const ids = tf.tensor1d(
    Int32Array.from({ length: count }, (_, i) => from + i),
    'int32',
  );
  const rows = gatherRows(w, ids);
  ids.dispose();
  return rows;
}

/** W as numbers [N, K], read back from the device. */
export async function readMatrix(w: Matrix): Promise<Float32Array> {
  if (w.format === 'dense') return (await w.dense.data()) as Float32Array;
  const words = await w.words.data();
  const unsigned = new Uint32Array(words.buffer, words.byteOffset, words.length);
  if (w.format === 'half') return fromHalf(new Uint16Array(unsigned.buffer, unsigned.byteOffset, 2 * unsigned.length));
  return dequantise({ words: unsigned, scales: (await w.scales.data()) as Float32Array }, w.rows, w.columns);
}

/** The values as half precision can hold them, still as floats. */
export function roundedToHalf(values: tf.Tensor): tf.Tensor {
  if (fused()) return tf.engine().runKernel(roundKernel(), { x: values }, { M: values.size, N: 1, K: 1 }) as unknown as tf.Tensor;
  return tf.tensor(fromHalf(toHalf(values.dataSync() as Float32Array)), values.shape);
}

/** Bytes on the device. */
export const matrixBytes = (w: Matrix): number => tensorsOf(w).reduce((sum, tensor) => sum + 4 * tensor.size, 0);
