/**
 * RMSNorm over the last axis: x [M, D], w [D] -> y = x r w with r = 1 / sqrt(mean(x^2) + eps) of each row.
 * Gradient, with x_hat = x r: dx = r (dy w - x_hat mean(dy w x_hat)), dw = sum over rows of dy x_hat.
 */
import * as tf from '@tensorflow/tfjs';
import { count, f32, i32, v128 } from './assembler.ts';
import type { Assembler, Code, Local } from './assembler.ts';
import { hasKernel, register, runKernel } from './registry.ts';
import { at, bytes, lanesSum, splat } from './simd.ts';
import type { WasmHeap } from './wasm-heap.ts';
import { drop, runShader, teamPerRow } from './webgpu.ts';

/** @param trains whether w needs a gradient too; frozen weights get none computed. */
export function rmsNorm(x: tf.Tensor2D, w: tf.Tensor1D, eps: number, trains = w instanceof tf.Variable): tf.Tensor2D {
  if (!hasKernel('RmsNorm')) return tf.tidy(() => x.mul(tf.rsqrt(x.square().mean(1, true).add(eps))).mul(w));
  const op = tf.customGrad((...args) => {
    const x = args[0] as tf.Tensor;
    (args.at(-1) as unknown as tf.GradSaveFunc)([x, w]);
    return {
      value: runKernel<tf.Tensor2D>('RmsNorm', { x, w }, { eps }),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const inputs = { x: saved[0] as tf.Tensor, w: saved[1] as tf.Tensor, dy };
        const dx = runKernel<tf.Tensor>('RmsNormGrad', inputs, { eps });
        return trains ? [dx, runKernel<tf.Tensor>('RmsNormGradW', inputs, { eps })] : dx;
      },
    };
  });
  return (trains ? op(x, w) : op(x)) as tf.Tensor2D;
}

/** rmsNorm(x, w, y, rows, width, eps): y = x / rms(x) * w. */
export function addRmsNorm(assembler: Assembler): void {
  const meanInverse = (sum: Local, width: Local, eps: Local): Code =>
    f32.div(f32.const(1), f32.sqrt(f32.add(f32.div(lanesSum(sum), f32.ofInt(width.get)), eps.get)));
  const sumSquares = (x: Local, i: Local, end: Local, sum: Local): Code => [
    ...sum.set(splat(0)),
    ...count(i, i32.const(0), end.get, 16, sum.set(v128.add(sum.get, v128.mul(v128.load(at(x, i)), v128.load(at(x, i)))))),
  ];

  assembler.kernel('rmsNorm', ['i32', 'i32', 'i32', 'i32', 'i32', 'f32'], null, (p, local) => {
    const [x, w, y, rows, width, eps] = p as [Local, Local, Local, Local, Local, Local];
    const [row, i, end] = [local('i32'), local('i32'), local('i32')];
    const [sum, inverse] = [local('v128'), local('v128')];
    return [
      ...end.set(bytes(width.get)),
      ...count(row, i32.const(0), rows.get, 1, [
        ...sumSquares(x, i, end, sum),
        ...inverse.set(v128.splat(meanInverse(sum, width, eps))),
        ...count(
          i,
          i32.const(0),
          end.get,
          16,
          v128.store(at(y, i), v128.mul(v128.mul(v128.load(at(x, i)), inverse.get), v128.load(at(w, i)))),
        ),
        ...x.set(at(x, end)),
        ...y.set(at(y, end)),
      ]),
    ];
  });

  // rmsNormGrad(x, w, dy, dx, rows, width, eps)
  assembler.kernel('rmsNormGrad', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'f32'], null, (p, local) => {
    const [x, w, dy, dx, rows, width, eps] = p as [Local, Local, Local, Local, Local, Local, Local];
    const [row, i, end] = [local('i32'), local('i32'), local('i32')];
    const [sum, inverse, dot, g] = [local('v128'), local('v128'), local('v128'), local('v128')];
    const hat = v128.mul(v128.load(at(x, i)), inverse.get);
    const loadG = g.set(v128.mul(v128.load(at(dy, i)), v128.load(at(w, i))));
    return [
      ...end.set(bytes(width.get)),
      ...count(row, i32.const(0), rows.get, 1, [
        ...sumSquares(x, i, end, sum),
        ...inverse.set(v128.splat(meanInverse(sum, width, eps))),
        ...dot.set(splat(0)),
        ...count(i, i32.const(0), end.get, 16, [...loadG, ...dot.set(v128.add(dot.get, v128.mul(g.get, hat)))]),
        ...dot.set(v128.splat(f32.div(lanesSum(dot), f32.ofInt(width.get)))),
        ...count(i, i32.const(0), end.get, 16, [
          ...loadG,
          ...v128.store(at(dx, i), v128.mul(inverse.get, v128.sub(g.get, v128.mul(hat, dot.get)))),
        ]),
        ...x.set(at(x, end)),
        ...dy.set(at(dy, end)),
        ...dx.set(at(dx, end)),
      ]),
    ];
  });

  // rmsNormGradW(x, dy, dw, rows, width, eps): adds to dw.
  assembler.kernel('rmsNormGradW', ['i32', 'i32', 'i32', 'i32', 'i32', 'f32'], null, (p, local) => {
    const [x, dy, dw, rows, width, eps] = p as [Local, Local, Local, Local, Local, Local];
    const [row, i, end] = [local('i32'), local('i32'), local('i32')];
    const [sum, inverse] = [local('v128'), local('v128')];
    const term = v128.mul(v128.load(at(dy, i)), v128.mul(v128.load(at(x, i)), inverse.get));
    return [
      ...end.set(bytes(width.get)),
      ...count(row, i32.const(0), rows.get, 1, [
        ...sumSquares(x, i, end, sum),
        ...inverse.set(v128.splat(meanInverse(sum, width, eps))),
        ...count(i, i32.const(0), end.get, 16, v128.store(at(dw, i), v128.add(v128.load(at(dw, i)), term))),
        ...x.set(at(x, end)),
        ...dy.set(at(dy, end)),
      ]),
    ];
  });
}

type Forward = Record<'x' | 'w', tf.TensorInfo>;
type Backward = Record<'x' | 'w' | 'dy', tf.TensorInfo>;
const sizes = ({ x }: Forward) => [x.shape[0], x.shape[1]] as [number, number];

export function registerRmsNormWasm(heap: WasmHeap): void {
  const { simd } = heap;
  const addresses = (...tensors: tf.TensorInfo[]) => tensors.map((tensor) => heap.address(tensor));
  register('wasm', 'RmsNorm', (inputs: Forward, attributes) => {
    const y = heap.output(inputs.x.shape);
    simd.rmsNorm(...addresses(inputs.x, inputs.w, y), ...sizes(inputs), attributes.eps as number);
    return y;
  });
  register('wasm', 'RmsNormGrad', (inputs: Backward, attributes) => {
    const dx = heap.output(inputs.x.shape);
    simd.rmsNormGrad(...addresses(inputs.x, inputs.w, inputs.dy, dx), ...sizes(inputs), attributes.eps as number);
    return dx;
  });
  register('wasm', 'RmsNormGradW', (inputs: Backward, attributes) => {
    const dw = heap.zeros(inputs.w.shape);
    simd.rmsNormGradW(...addresses(inputs.x, inputs.dy, dw), ...sizes(inputs), attributes.eps as number);
    return dw;
  });
}

/** WGSL: r of one row, by its team. */
const inverse = `
  fn inverseRms(row : i32) -> f32 {
    var sum = 0.0;
    if (row < uniforms.rows) {
      for (var i = lane(); i < uniforms.width; i += LANES) { sum += x[row * uniforms.width + i] * x[row * uniforms.width + i]; }
    }
    return inverseSqrt(sumOverThreads(sum) / f32(uniforms.width) + uniforms.eps);
  }`;

const forwardCode = `
  fn main(index : i32) {
    let row = rowOf(index);
    let r = inverseRms(row);
    if (row < uniforms.rows) {
      for (var i = lane(); i < uniforms.width; i += LANES) {
        result[row * uniforms.width + i] = x[row * uniforms.width + i] * r * w[i];
      }
    }
  }`;

const gradCode = `
  fn main(index : i32) {
    let row = rowOf(index);
    let r = inverseRms(row);
    var dot = 0.0;
    if (row < uniforms.rows) {
      for (var i = lane(); i < uniforms.width; i += LANES) {
        dot += dy[row * uniforms.width + i] * w[i] * x[row * uniforms.width + i];
      }
    }
    let mean = sumOverThreads(dot) * r / f32(uniforms.width);
    if (row < uniforms.rows) {
      for (var i = lane(); i < uniforms.width; i += LANES) {
        let at = row * uniforms.width + i;
        result[at] = r * (dy[at] * w[i] - x[at] * r * mean);
      }
    }
  }`;

/** r of every row [M]. */
const inverseCode = `
  fn main(index : i32) {
    let row = rowOf(index);
    let r = inverseRms(row);
    if (row < uniforms.rows && lane() == 0) { result[row] = r; }
  }`;
/** Sums of the columns over blocks of rows [blocks, D], then over the blocks: a thread for each sum. */
const blockRows = 64;
const gradWCode = `
  fn main(index : i32) {
    let column = index % uniforms.width;
    let first = index / uniforms.width * ${blockRows};
    if (first >= uniforms.rows) { return; }
    var sum = 0.0;
    for (var row = first; row < min(first + ${blockRows}, uniforms.rows); row++) {
      sum += dy[row * uniforms.width + column] * x[row * uniforms.width + column] * r[row];
    }
    result[index] = sum;
  }`;
const blocksCode = `
  fn main(index : i32) {
    if (index >= uniforms.width) { return; }
    var sum = 0.0;
    for (var block = 0; block < uniforms.blocks; block++) { sum += sums[block * uniforms.width + index]; }
    result[index] = sum;
  }`;

export function registerRmsNormWebGpu(): void {
  /** A kernel over rows. */
  const perRows = (inputs: Forward, eps: unknown, name: string, code: string) => {
    const [rows, width] = sizes(inputs);
    const { suffix, work, team } = teamPerRow(rows, width);
    const whole = { name: name + suffix, inputs, output: inputs.x.shape, work, code: team + inverse + code };
    return { ...whole, ints: { rows, width }, floats: { eps: eps as number } };
  };
  register('webgpu', 'RmsNorm', (inputs: Forward, { eps }, backend) => runShader(backend, perRows(inputs, eps, 'RmsNorm', forwardCode)));
  register('webgpu', 'RmsNormGrad', (inputs: Backward, { eps }, backend) =>
    runShader(backend, { ...perRows(inputs, eps, 'RmsNormGrad', gradCode), inputs }),
  );
  register('webgpu', 'RmsNormGradW', ({ x, w, dy }: Backward, { eps }, backend) => {
    const [rows, width] = sizes({ x, w });
    const blocks = Math.ceil(rows / blockRows);
    const r = runShader(backend, { ...perRows({ x, w }, eps, 'RmsInverse', inverseCode), inputs: { x }, output: [rows] });
    const sums = runShader(backend, {
      name: 'RmsNormGradW',
      inputs: { x, dy, r },
      ints: { rows, width },
      output: [blocks, width],
      work: blocks * width,
      code: gradWCode,
    });
    const shape = { ints: { blocks, width }, output: [width], work: width };
    const dw = runShader(backend, { ...shape, name: 'RmsNormGradWBlocks', inputs: { sums }, code: blocksCode });
    drop(backend, r);
    drop(backend, sums);
    return dw;
  });
}
