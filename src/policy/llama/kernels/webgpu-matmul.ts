/** Small matrix products on WebGPU without workgroup memory: a thread takes four columns of a row and waits for nobody. */
import * as tf from '@tensorflow/tfjs';
import { register } from './registry.ts';
import { runShader } from './webgpu.ts';

/**
 * Up to so many multiplications the starting of a kernel, and on software adapters its barriers, cost more than rereading
 * from memory does; tfjs's tiled kernels take larger products, and batches.
 */
const SMALL = 2 ** 22;

const code = `
  fn main(index : i32) {
    let groups = (uniforms.columns + 3) / 4;
    if (index >= uniforms.rows * groups) { return; }
    let row = index / groups;
    let column = 4 * (index % groups);
    // Columns beyond the last repeat it and are not written.
    let at = min(vec4<i32>(column, column + 1, column + 2, column + 3), vec4<i32>(uniforms.columns - 1)) * uniforms.bColumn;
    var sum = vec4<f32>(0.0);
    for (var k = 0; k < uniforms.depth; k++) {
      let place = at + k * uniforms.bDepth;
      sum += a[row * uniforms.aRow + k * uniforms.aDepth] * vec4<f32>(b[place.x], b[place.y], b[place.z], b[place.w]);
    }
    for (var i = 0; i < min(4, uniforms.columns - column); i++) { result[row * uniforms.columns + column + i] = sum[i]; }
  }`;

let stock: tf.KernelFunc | null = null;

/** tfjs's own kernel again, for who compares with it. */
export function registerStockMatMulWebGpu(): void {
  const kernel = stock;
  if (kernel)
    register('webgpu', 'BatchMatMul', (inputs, attrs, backend) =>
      kernel({ inputs, attrs: attrs as tf.NamedAttrMap, backend: backend as object }),
    );
}

export function registerSmallMatMulWebGpu(): void {
  const kernel = (stock ??= tf.getKernel('BatchMatMul', 'webgpu').kernelFunc);
  register('webgpu', 'BatchMatMul', (inputs: Record<'a' | 'b', tf.TensorInfo>, attrs, backend) => {
    const { a, b } = inputs;
    const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
    const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
    const [rows, depth, aRow, aDepth] = attrs.transposeA === true ? [aColumns, aRows, 1, aColumns] : [aRows, aColumns, aColumns, 1];
    const [columns, bDepth, bColumn] = attrs.transposeB === true ? [bRows, 1, bColumns] : [bColumns, bColumns, 1];
    const batch = [...a.shape.slice(0, -2), ...b.shape.slice(0, -2)].some((size) => size !== 1);
    if (batch || rows * columns * depth > SMALL || rows * columns * depth === 0) {
      return kernel({ inputs, attrs: attrs as tf.NamedAttrMap, backend: backend as object });
    }
    const outer = a.shape.length >= b.shape.length ? a.shape.slice(0, -2) : b.shape.slice(0, -2);
    return runShader(backend, {
      name: 'SmallMatMul',
      inputs: { a, b },
      ints: { rows, columns, depth, aRow, aDepth, bDepth, bColumn },
      output: [...outer, rows, columns],
      work: rows * Math.ceil(columns / 4),
      code,
    });
  });
}
