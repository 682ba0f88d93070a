/** Small matrix products on WebGPU without workgroup memory: a thread takes a tile of 4 x 4 and waits for nobody. */
import * as tf from '@tensorflow/tfjs';
import { register } from './registry.ts';
import { runShader } from './webgpu.ts';

/**
 * Up to so many multiplications the starting of a kernel, and on software adapters its barriers, cost more than rereading
 * from memory does; tfjs's tiled kernels take larger products, and batches.
 */
const SMALL = 2 ** 22;

/** Any sizes and strides, a number at a time. Rows and columns beyond the last repeat it and are not written. */
const plainCode = `
  fn main(index : i32) {
    let columns = uniforms.columns;
    let across = (columns + 3) / 4;
    let row = 4 * (index / across);
    let column = 4 * (index % across);
    if (row >= uniforms.rows) { return; }
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

/** Four numbers at a time, where they lie side by side; `columns` is the number of fours, and so is `quarter` of the depth. */
const byFours = (body: string): string => `
  fn main(index : i32) {
    let columns = uniforms.columns / 4;
    let quarter = uniforms.depth / 4;
    let row = 4 * (index / columns);
    let column = index % columns;
    if (row >= uniforms.rows) { return; }
    let last = uniforms.rows - 1;
    var sum0 = vec4<f32>(0.0);
    var sum1 = vec4<f32>(0.0);
    var sum2 = vec4<f32>(0.0);
    var sum3 = vec4<f32>(0.0);${body}
    result[row * columns + column] = sum0;
    if (row + 1 <= last) { result[(row + 1) * columns + column] = sum1; }
    if (row + 2 <= last) { result[(row + 2) * columns + column] = sum2; }
    if (row + 3 <= last) { result[(row + 3) * columns + column] = sum3; }
  }`;
/** 4 x 4 of a and of b a turn; rows beyond the last repeat it. */
const overQuarters = (loadB: string, product: (row: string) => string): string => `
    let from0 = row * quarter;
    let from1 = min(row + 1, last) * quarter;
    let from2 = min(row + 2, last) * quarter;
    let from3 = min(row + 3, last) * quarter;
    for (var k = 0; k < quarter; k++) {
      ${loadB}
      sum0 += ${product('a[from0 + k]')};
      sum1 += ${product('a[from1 + k]')};
      sum2 += ${product('a[from2 + k]')};
      sum3 += ${product('a[from3 + k]')};
    }`;
const codes = {
  Plain: plainCode,
  /** a [rows, depth] b [depth, columns] */
  '': byFours(
    overQuarters(
      `let at = 4 * k * columns + column;
      let y = mat4x4<f32>(b[at], b[at + columns], b[at + 2 * columns], b[at + 3 * columns]);`,
      (x) => `y * ${x}`,
    ),
  ),
  /** a [rows, depth] b [columns, depth] */
  TransposeB: byFours(
    overQuarters(
      `let at = 4 * column * quarter + k;
      let y = mat4x4<f32>(b[at], b[at + quarter], b[at + 2 * quarter], b[at + 3 * quarter]);`,
      (x) => `${x} * y`,
    ),
  ),
  /** a [depth, rows] b [depth, columns] */
  TransposeA: byFours(`
    for (var k = 0; k < uniforms.depth; k++) {
      let x = a[(k * uniforms.rows + row) / 4];
      let y = b[k * columns + column];
      sum0 += x.x * y;
      sum1 += x.y * y;
      sum2 += x.z * y;
      sum3 += x.w * y;
    }`),
};

/** The fastest code for a product: numbers that a turn of it takes must stand in whole fours. */
function codeFor(transposeA: boolean, transposeB: boolean, rows: number, columns: number, depth: number): keyof typeof codes {
  if (columns % 4 !== 0 || (transposeA && transposeB)) return 'Plain';
  if (transposeA) return rows % 4 === 0 ? 'TransposeA' : 'Plain';
  if (depth % 4 !== 0) return 'Plain';
  return transposeB ? 'TransposeB' : '';
}

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
    const form = codeFor(attrs.transposeA === true, attrs.transposeB === true, rows, columns, depth);
    return runShader(backend, {
      name: `SmallMatMul${form}`,
      inputs: { a, b },
      ints: { rows, columns, depth, aRow, aDepth, bDepth, bColumn },
      vectors: form === 'Plain' ? [] : ['a', 'b', 'result'],
      output: [...outer, rows, columns],
      work: Math.ceil(rows / 4) * Math.ceil(columns / 4),
      code: codes[form],
    });
  });
}
