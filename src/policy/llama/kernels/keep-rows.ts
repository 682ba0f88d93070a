/** Writes some columns of new rows into their places of a cache: in place where the backend can, else into a new tensor. */
import * as tf from '@tensorflow/tfjs';
import { hasKernel, register, runKernel } from './registry.ts';
import { byFours, runShader } from './webgpu.ts';

/**
 * @param cache [R, D]; it is changed, or given back and replaced.
 * @param fresh [M, E], of which the columns from `first` on are kept, D in all.
 * @param at_M row of the cache for each of the M, all different.
 * @returns the cache; the caller keeps it.
 */
export function keepRows(cache: tf.Tensor2D, fresh: tf.Tensor2D, first: number, at_M: tf.Tensor1D): tf.Tensor2D {
  const [rows, width] = cache.shape;
  if (hasKernel('KeepRows')) {
    tf.tidy(() => runKernel('KeepRows', { cache, fresh, at: at_M }, { first }));
    return cache;
  }
  // Where each row comes from: the old cache, or one of the new rows behind it.
  const source = Int32Array.from({ length: rows }, (_, row) => row);
  const at = at_M.dataSync();
  at.forEach((row, m) => (source[row] = rows + m));
  const next = tf.tidy(() => {
    const kept = fresh.slice([0, first], [at.length, width]);
    return tf.keep(tf.gather(tf.concat([cache, kept], 0), tf.tensor1d(source, 'int32')) as tf.Tensor2D);
  });
  cache.dispose();
  return next;
}

const code = `
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let row = index / uniforms.width;
    let column = index % uniforms.width;
    result[at[row] * uniforms.width + column] = fresh[row * uniforms.stride + uniforms.first + column];
  }`;

export function registerKeepRowsWebGpu(): void {
  register('webgpu', 'KeepRows', (inputs: Record<'cache' | 'fresh' | 'at', tf.TensorInfo>, { first }, backend) => {
    const { cache, fresh, at } = inputs;
    const [width, stride] = [cache.shape[1] as number, fresh.shape[1] as number];
    const { by, suffix, vectors } = byFours([width, stride, first as number], ['fresh', 'result'] as const);
    const size = ((at.shape[0] as number) * width) / by;
    const ints = { size, width: width / by, stride: stride / by, first: (first as number) / by };
    const name = `KeepRows${suffix}`;
    runShader(backend, { name, inputs: { fresh, at }, ints, vectors, output: cache.shape, work: size, code, into: cache });
    return [];
  });
}
