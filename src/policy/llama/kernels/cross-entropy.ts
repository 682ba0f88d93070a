/**
 * Log-probabilities of chosen tokens, without a softmax over the vocabulary in memory.
 *
 * logits x [N, V], chosen c [N] int32 -> y [N] with y_n = x[n, c_n] - lse_n and lse_n = log sum_v exp x[n, v].
 * Gradient: dx[n, v] = dy_n ([v = c_n] - exp(x[n, v] - lse_n)); only lse [N] is kept for it.
 */
import * as tf from '@tensorflow/tfjs';
import { count, f32, i32, v128 } from './assembler.ts';
import type { Assembler, Local } from './assembler.ts';
import { hasKernel, register, runKernel } from './registry.ts';
import { at, bytes, exp4, lanesMax, lanesSum, splat } from './simd.ts';
import type { WasmHeap } from './wasm-heap.ts';
import { runShader, teamPerRow } from './webgpu.ts';

export function chosenLogprobs(logits_N_V: tf.Tensor2D, chosen_N: tf.Tensor1D): tf.Tensor1D {
  // The SIMD kernel takes four logits at a time.
  if (!hasKernel('ChosenLogprobs') || logits_N_V.shape[1] % 4 !== 0) return composed(logits_N_V, chosen_N);
  const op = tf.customGrad((...args) => {
    const x = args[0] as tf.Tensor;
    const [y, lse] = runKernel<[tf.Tensor, tf.Tensor]>('ChosenLogprobs', { x, chosen: chosen_N });
    (args[1] as unknown as tf.GradSaveFunc)([x, chosen_N, lse]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, [x, chosen, lse]: tf.Tensor[]) =>
        runKernel<tf.Tensor>('ChosenLogprobsGrad', { x, chosen, lse, dy } as Record<string, tf.Tensor>),
    };
  });
  return op(logits_N_V) as tf.Tensor1D;
}

function composed(logits_N_V: tf.Tensor2D, chosen_N: tf.Tensor1D): tf.Tensor1D {
  return tf.tidy(() => tf.logSoftmax(logits_N_V).mul(tf.oneHot(chosen_N, logits_N_V.shape[1])).sum(1) as tf.Tensor1D);
}

/** rowStats(x, rows, width, out): out [rows, 2] = the row's maximum m and sum of exp(x - m); expRows: y = -dy exp(x - lse). */
export function addCrossEntropy(assembler: Assembler): void {
  assembler.kernel('rowStats', ['i32', 'i32', 'i32', 'i32'], null, (p, local) => {
    const [x, rows, width, out] = p as [Local, Local, Local, Local];
    const [row, i, end] = [local('i32'), local('i32'), local('i32')];
    const [top, sum] = [local('v128'), local('v128')];
    const exp = exp4(local);
    return [
      ...end.set(bytes(width.get)),
      ...count(row, i32.const(0), rows.get, 1, [
        ...top.set(v128.load(x.get)),
        ...count(i, i32.const(16), end.get, 16, top.set(v128.max(top.get, v128.load(at(x, i))))),
        ...top.set(v128.splat(lanesMax(top))),
        ...sum.set(splat(0)),
        ...count(i, i32.const(0), end.get, 16, sum.set(v128.add(sum.get, exp(v128.sub(v128.load(at(x, i)), top.get))))),
        ...f32.store(out.get, v128.lane(top.get, 0)),
        ...f32.store(out.get, lanesSum(sum), 4),
        ...out.set(i32.add(out.get, i32.const(8))),
        ...x.set(at(x, end)),
      ]),
    ];
  });
  assembler.kernel('expRows', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], null, (p, local) => {
    const [x, lse, dy, y, rows, width] = p as [Local, Local, Local, Local, Local, Local];
    const [row, i, end] = [local('i32'), local('i32'), local('i32')];
    const [shift, factor] = [local('v128'), local('v128')];
    const exp = exp4(local);
    return [
      ...end.set(bytes(width.get)),
      ...count(row, i32.const(0), rows.get, 1, [
        ...shift.set(v128.splatLoad(lse.get)),
        ...factor.set(v128.neg(v128.splatLoad(dy.get))),
        ...count(i, i32.const(0), end.get, 16, v128.store(at(y, i), v128.mul(factor.get, exp(v128.sub(v128.load(at(x, i)), shift.get))))),
        ...lse.set(i32.add(lse.get, i32.const(4))),
        ...dy.set(i32.add(dy.get, i32.const(4))),
        ...x.set(at(x, end)),
        ...y.set(at(y, end)),
      ]),
    ];
  });
}

export function registerCrossEntropyWasm(heap: WasmHeap): void {
  const { simd } = heap;
  register('wasm', 'ChosenLogprobs', ({ x, chosen }: Record<'x' | 'chosen', tf.TensorInfo>) => {
    const [rows, width] = x.shape as [number, number];
    const y = heap.output([rows]);
    const lse = heap.output([rows]);
    const [stats] = heap.scratch(2 * rows) as [number];
    simd.rowStats(heap.address(x), rows, width, stats);
    const [logits, ids, pairs] = [heap.floats(x), heap.ints(chosen), new Float32Array(heap.buffer, stats, 2 * rows)];
    const [out, sums] = [heap.floats(y), heap.floats(lse)];
    for (let n = 0; n < rows; n++) {
      const sum = (pairs[2 * n] as number) + Math.log(pairs[2 * n + 1] as number);
      sums[n] = sum;
      out[n] = (logits[n * width + (ids[n] as number)] as number) - sum;
    }
    return [y, lse];
  });
  register('wasm', 'ChosenLogprobsGrad', ({ x, chosen, lse, dy }: Record<'x' | 'chosen' | 'lse' | 'dy', tf.TensorInfo>) => {
    const [rows, width] = x.shape as [number, number];
    const dx = heap.output(x.shape);
    simd.expRows(heap.address(x), heap.address(lse), heap.address(dy), heap.address(dx), rows, width);
    const [out, ids, factors] = [heap.floats(dx), heap.ints(chosen), heap.floats(dy)];
    for (let n = 0; n < rows; n++) {
      const at = n * width + (ids[n] as number);
      out[at] = (out[at] as number) + (factors[n] as number);
    }
    return dx;
  });
}

/** lse of every row, by its team; then y and dx, one thread per element. */
const lseCode = `
  fn main(index : i32) {
    let row = rowOf(index);
    var top = -1e30;
    if (row < uniforms.rows) {
      for (var i = lane(); i < uniforms.width; i += LANES) { top = max(top, x[row * uniforms.width + i]); }
    }
    top = maxOverThreads(top);
    var sum = 0.0;
    if (row < uniforms.rows) {
      for (var i = lane(); i < uniforms.width; i += LANES) { sum += exp(x[row * uniforms.width + i] - top); }
    }
    sum = sumOverThreads(sum);
    if (row < uniforms.rows && lane() == 0) { result[row] = top + log(sum); }
  }`;
const chosenCode = `
  fn main(index : i32) {
    if (index < uniforms.rows) { result[index] = x[index * uniforms.width + chosen[index]] - lse[index]; }
  }`;
const gradCode = `
  fn main(index : i32) {
    let row = index / uniforms.width;
    if (row >= uniforms.rows) { return; }
    let hit = select(0.0, 1.0, index % uniforms.width == chosen[row]);
    result[index] = dy[row] * (hit - exp(x[index] - lse[row]));
  }`;

export function registerCrossEntropyWebGpu(): void {
  register('webgpu', 'ChosenLogprobs', ({ x, chosen }: Record<'x' | 'chosen', tf.TensorInfo>, _, backend) => {
    const [rows, width] = x.shape as [number, number];
    const shared = { ints: { rows, width }, output: [rows] };
    const { suffix, work, team } = teamPerRow(rows, width);
    const lse = runShader(backend, { ...shared, name: `LogSumExp${suffix}`, inputs: { x }, work, code: team + lseCode });
    return [runShader(backend, { ...shared, name: 'ChosenLogprobs', inputs: { x, chosen, lse }, work: rows, code: chosenCode }), lse];
  });
  register('webgpu', 'ChosenLogprobsGrad', (inputs: Record<'x' | 'chosen' | 'lse' | 'dy', tf.TensorInfo>, _, backend) => {
    const [rows, width] = inputs.x.shape as [number, number];
    const ints = { rows, width };
    return runShader(backend, { name: 'ChosenLogprobsGrad', inputs, ints, output: inputs.x.shape, work: rows * width, code: gradCode });
  });
}
