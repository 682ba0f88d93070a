/** Small matrix products on WebGPU without workgroup memory: a thread takes a tile of 4 x 4 and waits for nobody. */
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
    let columns = uniforms.columns;
    let across = (columns + 3) / 4;
    let row = 4 * (index / across);
    let column = 4 * (index % across);
    if (row >= uniforms.rows) { return; }
    // Rows and columns beyond the last repeat it and are not written.
    let four = vec4<i32>(0, 1, 2, 3);
    var fromA = min(row + four, vec4<i32>(uniforms.rows - 1)) * uniforms.aRow;
    var fromB = min(column + four, vec4<i32>(columns - 1)) * uniforms.bColumn;
    let stepA = vec4<i32>(uniforms.aDepth);
    let stepB = vec4<i32>(uniforms.bDepth);
    let depth = uniforms.depth;
    var sum0 = vec4<f32>(0.0);
    var sum1 = vec4<f32>(0.0);
    var sum2 = vec4<f32>(0.0);
    var sum3 = vec4<f32>(0.0);
    for (var k = 0; k < depth; k++) {
      let y = vec4<f32>(b[fromB.x], b[fromB.y], b[fromB.z], b[fromB.w]);
      sum0 += a[fromA.x] * y;
      sum1 += a[fromA.y] * y;
      sum2 += a[fromA.z] * y;
      sum3 += a[fromA.w] * y;
      fromA += stepA;
      fromB += stepB;
    }
    var sums = array<vec4<f32>, 4>(sum0, sum1, sum2, sum3);
    for (var i = 0; i < min(4, uniforms.rows - row); i++) {
      for (var j = 0; j < min(4, columns - column); j++) { result[(row + i) * columns + column + j] = sums[i][j]; }
    }
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
      work: Math.ceil(rows / 4) * Math.ceil(columns / 4),
      code,
    });
  });
}
