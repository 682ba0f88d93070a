/**
 * Some rows of a table: x [R, D], rows i [M] -> y [M, D] with y_m = x[i_m]. Its gradient adds dy_m to row i_m, in the order
 * of m. A kernel on WebGPU, where tfjs transposes, adds by atomics (in any order) and transposes back; else tfjs's own.
 */
import * as tf from '@tensorflow/tfjs';
import { hasKernel, register, runKernel } from './registry.ts';
import { byFours, runShader } from './webgpu.ts';

export function takeRows(x: tf.Tensor2D, rows_M: Int32Array): tf.Tensor2D {
  if (!hasKernel('TakeRowsGrad')) return tf.tidy(() => tf.gather(x, tf.tensor1d(rows_M, 'int32')) as tf.Tensor2D);
  const op = tf.customGrad((...args) => {
    const [x] = args as [tf.Tensor];
    return {
      value: runKernel<tf.Tensor2D>('TakeRows', { x, rows: tf.tensor1d(rows_M, 'int32') }),
      gradFunc: (dy: tf.Tensor) => {
        const { starts, takers } = takersOf(rows_M, x.shape[0] as number);
        return runKernel<tf.Tensor>('TakeRowsGrad', { dy, starts: tf.tensor1d(starts, 'int32'), takers: tf.tensor1d(takers, 'int32') });
      },
    };
  });
  return op(x) as tf.Tensor2D;
}

/** Those m that take row r are `takers` from starts[r] up to starts[r + 1]. */
function takersOf(rows_M: Int32Array, count: number): { starts: Int32Array; takers: Int32Array } {
  const starts = new Int32Array(count + 1);
  for (const row of rows_M) starts[row + 1] = (starts[row + 1] as number) + 1;
  for (let row = 0; row < count; row++) starts[row + 1] = (starts[row + 1] as number) + (starts[row] as number);
  const next = starts.slice();
  const takers = new Int32Array(rows_M.length);
  rows_M.forEach((row, m) => {
    const place = next[row] as number;
    takers[place] = m;
    next[row] = place + 1;
  });
  return { starts, takers };
}

/** One thread per element, or per four of them. */
const takeCode = `
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    result[index] = x[rows[index / uniforms.width] * uniforms.width + index % uniforms.width];
  }`;
const gradCode = `
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let row = index / uniforms.width;
    var sum = Value();
    for (var i = starts[row]; i < starts[row + 1]; i++) { sum += dy[takers[i] * uniforms.width + index % uniforms.width]; }
    result[index] = sum;
  }`;

export function registerTakeRowsWebGpu(): void {
  const shared = (count: number, width: number) => {
    const { by, suffix, vectors, alias } = byFours([width], ['x', 'dy', 'result']);
    const work = (count * width) / by;
    return { suffix, alias, rest: { vectors, ints: { size: work, width: width / by }, output: [count, width], work } };
  };
  register('webgpu', 'TakeRows', (inputs: Record<'x' | 'rows', tf.TensorInfo>, _, backend) => {
    const { suffix, rest } = shared(inputs.rows.shape[0] as number, inputs.x.shape[1] as number);
    return runShader<string>(backend, { ...rest, name: `TakeRows${suffix}`, inputs, code: takeCode });
  });
  register('webgpu', 'TakeRowsGrad', (inputs: Record<'dy' | 'starts' | 'takers', tf.TensorInfo>, _, backend) => {
    const { suffix, alias, rest } = shared((inputs.starts.shape[0] as number) - 1, inputs.dy.shape[1] as number);
    return runShader<string>(backend, { ...rest, name: `TakeRowsGrad${suffix}`, inputs, code: alias + gradCode });
  });
}
