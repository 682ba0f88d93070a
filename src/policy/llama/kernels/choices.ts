/**
 * Choices among a few allowed tokens: only their rows of the head are read, never all V logits.
 *
 * hidden h [N, D], embedding E [V, D], ids [N, A] int32 (-1 where a choice has fewer than A), picked [N] int32 places in them.
 * x[n, a] = h_n . E[ids[n, a]] + prior[n, a], p = softmax of x over the allowed -> y [N, 2] = log p[n, picked_n] and the entropy H_n.
 * Gradient: dx[n, a] = dy[n, 0] ([a = picked_n] - p_a) - dy[n, 1] p_a (log p_a + H_n), dh_n = sum_a dx E[ids], dE[ids] += dx h_n.
 */
import * as tf from '@tensorflow/tfjs';
import { branch, count, f32, i32, v128 } from './assembler.ts';
import type { Assembler, Code, Local } from './assembler.ts';
import { hasKernel, register, runKernel } from './registry.ts';
import { at, bytes, lanesSum, splat } from './simd.ts';
import type { WasmHeap } from './wasm-heap.ts';
import { runShader } from './webgpu.ts';

export interface Choices {
  /** [N, A] */
  ids: tf.Tensor2D;
  /** [N, A]: what is added to the logits; it takes no gradient. */
  prior: tf.Tensor2D;
  picked_N: tf.Tensor1D;
}

/** [N, 2]: log-probability of what was picked, and entropy. A frozen embedding gets no gradient; pass a variable to train it. */
export function choiceLogprobs(hidden_N_D: tf.Tensor2D, embedding_V_D: tf.Tensor2D, { ids, prior, picked_N }: Choices): tf.Tensor2D {
  const trains = embedding_V_D instanceof tf.Variable;
  if (!hasKernel('ChoiceLogprobs') || (trains && !hasKernel('ChoiceLogprobsGradE')))
    return composed(hidden_N_D, embedding_V_D, { ids, prior, picked_N });
  const op = tf.customGrad((...args) => {
    const h = args[0] as tf.Tensor;
    const inputs = { h, e: embedding_V_D, ids, prior, picked: picked_N };
    const [y, x] = runKernel<[tf.Tensor, tf.Tensor]>('ChoiceLogprobs', inputs);
    (args.at(-1) as unknown as tf.GradSaveFunc)([h, embedding_V_D, ids, picked_N, x, y]);
    return {
      value: y,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [h, e, ids, picked, x, y] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
        const dx = runKernel<tf.Tensor>('ChoiceLogprobsGradX', { x, y, picked, dy });
        const dh = runKernel<tf.Tensor>('ChoiceLogprobsGradH', { dx, e, ids });
        return trains ? [dh, runKernel<tf.Tensor>('ChoiceLogprobsGradE', { dx, h, ids, e })] : dh;
      },
    };
  });
  return (trains ? op(hidden_N_D, embedding_V_D) : op(hidden_N_D)) as tf.Tensor2D;
}

/** Logits [N, A] of the allowed tokens alone, for sampling. */
export function allowedLogits(hidden_N_D: tf.Tensor2D, embedding_V_D: tf.Tensor2D, ids: tf.Tensor2D): tf.Tensor2D {
  if (hasKernel('AllowedLogits')) return runKernel<tf.Tensor2D>('AllowedLogits', { h: hidden_N_D, e: embedding_V_D, ids });
  return tf.tidy(() => {
    const rows = tf.gather(embedding_V_D, ids.maximum(0).cast('int32'));
    return rows.mul(hidden_N_D.expandDims(1)).sum(2).add(ids.less(0).cast('float32').mul(-1e30)) as tf.Tensor2D;
  });
}

function composed(h: tf.Tensor2D, e: tf.Tensor2D, { ids, prior, picked_N }: Choices): tf.Tensor2D {
  return tf.tidy(() => {
    const rows = tf.gather(e, ids.maximum(0).cast('int32'));
    const x = rows.mul(h.expandDims(1)).sum(2).add(prior).add(ids.less(0).cast('float32').mul(-1e9));
    const logs = tf.logSoftmax(x);
    const logprob = logs.mul(tf.oneHot(picked_N, ids.shape[1])).sum(1);
    const entropy = tf.exp(logs).mul(logs).sum(1).neg();
    return tf.stack([logprob, entropy], 1) as tf.Tensor2D;
  });
}

/** For each of the A allowed tokens of N choices, in order: `body` with `row` at its row of E (or of dE) and `x` at its logit. */
function eachAllowed(
  body: Code,
  p: { h: Local; e: Local; ids: Local; x: Local; n: Local; a: Local; width: Local },
  local: (type: 'i32') => Local,
  row: Local,
  skip: Code = [],
): Code {
  const { h, e, ids, x, n, a, width } = p;
  const [i, j, end, id] = [local('i32'), local('i32'), local('i32'), local('i32')];
  return [
    ...end.set(bytes(width.get)),
    ...count(i, i32.const(0), n.get, 1, [
      ...count(j, i32.const(0), a.get, 1, [
        ...id.set(i32.load(ids.get)),
        ...branch(i32.ge(id.get, i32.const(0)), [...row.set(i32.add(e.get, i32.mul(id.get, end.get))), ...body], skip),
        ...ids.set(i32.add(ids.get, i32.const(4))),
        ...x.set(i32.add(x.get, i32.const(4))),
      ]),
      ...h.set(at(h, end)),
    ]),
  ];
}

export function addChoices(assembler: Assembler): void {
  const params = ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'] as const;
  const named = (p: Local[]) => {
    const [h, e, ids, x, n, a, width] = p as [Local, Local, Local, Local, Local, Local, Local];
    return { h, e, ids, x, n, a, width };
  };
  // allowedDots(h, e, ids, x, n, a, width): x[n, a] = h_n . e[ids[n, a]]
  assembler.kernel('allowedDots', [...params], null, (p, local) => {
    const { h, x, width } = named(p);
    const [i, row, sum] = [local('i32'), local('i32'), local('v128')];
    const dot = [
      ...sum.set(splat(0)),
      ...count(i, i32.const(0), bytes(width.get), 16, sum.set(v128.add(sum.get, v128.mul(v128.load(at(h, i)), v128.load(at(row, i)))))),
      ...f32.store(x.get, lanesSum(sum)),
    ];
    return eachAllowed(dot, named(p), local, row, f32.store(x.get, f32.const(-1e30)));
  });
  // allowedSum(h, ...): h_n += x[n, a] e[ids[n, a]]; allowedScatter: e[ids[n, a]] += x[n, a] h_n
  for (const name of ['allowedSum', 'allowedScatter'] as const) {
    assembler.kernel(name, [...params], null, (p, local) => {
      const { h, x, width } = named(p);
      const [i, row, factor] = [local('i32'), local('i32'), local('v128')];
      const [to, from] = name === 'allowedSum' ? [h, row] : [row, h];
      const add = [
        ...factor.set(v128.splatLoad(x.get)),
        ...count(
          i,
          i32.const(0),
          bytes(width.get),
          16,
          v128.store(at(to, i), v128.add(v128.load(at(to, i)), v128.mul(factor.get, v128.load(at(from, i))))),
        ),
      ];
      return eachAllowed(add, named(p), local, row);
    });
  }
}

type Forward = Record<'h' | 'e' | 'ids' | 'prior' | 'picked', tf.TensorInfo>;
type GradX = Record<'x' | 'y' | 'picked' | 'dy', tf.TensorInfo>;
type GradH = Record<'dx' | 'e' | 'ids', tf.TensorInfo>;
type GradE = Record<'dx' | 'h' | 'ids' | 'e', tf.TensorInfo>;
const widthOf = (tensor: tf.TensorInfo) => tensor.shape[1] as number;

export function registerChoicesWasm(heap: WasmHeap): void {
  const { simd } = heap;
  const address = (tensor: tf.TensorInfo) => heap.address(tensor);
  const logits = ({ h, e, ids }: Pick<Forward, 'h' | 'e' | 'ids'>) => {
    const [n, a] = ids.shape as [number, number];
    const x = heap.output([n, a]);
    simd.allowedDots(address(h), address(e), address(ids), address(x), n, a, widthOf(h));
    return x;
  };
  register('wasm', 'AllowedLogits', logits);
  register('wasm', 'ChoiceLogprobs', (inputs: Forward) => {
    const x = logits(inputs);
    const [n, a] = x.shape as [number, number];
    const y = heap.output([n, 2]);
    const [xs, ys, picked, prior] = [heap.floats(x), heap.floats(y), heap.ints(inputs.picked), heap.floats(inputs.prior)];
    for (let i = 0; i < xs.length; i++) xs[i] = (xs[i] as number) + (prior[i] as number);
    for (let i = 0; i < n; i++) {
      const row = xs.subarray(i * a, (i + 1) * a);
      const lse = logSumExp(row);
      let entropy = 0;
      for (const v of row) entropy -= Math.exp(v - lse) * Math.max(v - lse, -1e9);
      ys[2 * i] = (row[picked[i] as number] as number) - lse;
      ys[2 * i + 1] = entropy;
    }
    return [y, x];
  });
  register('wasm', 'ChoiceLogprobsGradX', ({ x, y, picked, dy }: GradX) => {
    const [n, a] = x.shape as [number, number];
    const dx = heap.output([n, a]);
    const [xs, ys, ds, out, at] = [heap.floats(x), heap.floats(y), heap.floats(dy), heap.floats(dx), heap.ints(picked)];
    for (let i = 0; i < n; i++) {
      const lse = logSumExp(xs.subarray(i * a, (i + 1) * a));
      const [d, dEntropy, entropy] = [ds[2 * i] as number, ds[2 * i + 1] as number, ys[2 * i + 1] as number];
      for (let j = 0; j < a; j++) {
        const log = (xs[i * a + j] as number) - lse;
        const p = Math.exp(log);
        out[i * a + j] = p === 0 ? 0 : (j === at[i] ? d : 0) - p * (d + dEntropy * (log + entropy));
      }
    }
    return dx;
  });
  register('wasm', 'ChoiceLogprobsGradH', ({ dx, e, ids }: GradH) => {
    const [n, a] = dx.shape as [number, number];
    const dh = heap.zeros([n, widthOf(e)]);
    simd.allowedSum(address(dh), address(e), address(ids), address(dx), n, a, widthOf(e));
    return dh;
  });
  register('wasm', 'ChoiceLogprobsGradE', ({ dx, h, ids, e }: GradE) => {
    const [n, a] = dx.shape as [number, number];
    const de = heap.zeros(e.shape);
    simd.allowedScatter(address(h), address(de), address(ids), address(dx), n, a, widthOf(e));
    return de;
  });
}

function logSumExp(row: Float32Array): number {
  let top = -Infinity;
  for (const v of row) top = Math.max(top, v);
  let sum = 0;
  for (const v of row) sum += Math.exp(v - top);
  return top + Math.log(sum);
}

/** One thread per logit; one thread per choice, which is short; one thread per element. */
const dotsCode = (prior = '') => `
  fn main(index : i32) {
    if (index >= uniforms.n * uniforms.a) { return; }
    let id = ids[index];
    var sum = -1e30;
    if (id >= 0) {
      sum = 0.0;
      for (var i = 0; i < uniforms.width; i++) { sum += h[(index / uniforms.a) * uniforms.width + i] * e[id * uniforms.width + i]; }
    }
    result[index] = sum${prior};
  }`;
const lse = `
  fn logSumExp(row : i32) -> f32 {
    var top = -1e30;
    for (var i = 0; i < uniforms.a; i++) { top = max(top, x[row * uniforms.a + i]); }
    var sum = 0.0;
    for (var i = 0; i < uniforms.a; i++) { sum += exp(x[row * uniforms.a + i] - top); }
    return top + log(sum);
  }`;
const choiceCode = `${lse}
  fn main(index : i32) {
    if (index >= uniforms.n) { return; }
    let lse = logSumExp(index);
    var entropy = 0.0;
    for (var i = 0; i < uniforms.a; i++) {
      let log = max(x[index * uniforms.a + i] - lse, -1e9);
      entropy -= exp(log) * log;
    }
    result[2 * index] = x[index * uniforms.a + picked[index]] - lse;
    result[2 * index + 1] = entropy;
  }`;
const gradXCode = `${lse}
  fn main(index : i32) {
    if (index >= uniforms.n) { return; }
    let lse = logSumExp(index);
    let d = dy[2 * index];
    for (var i = 0; i < uniforms.a; i++) {
      let log = max(x[index * uniforms.a + i] - lse, -1e9);
      let hit = select(0.0, d, i == picked[index]);
      result[index * uniforms.a + i] = hit - exp(log) * (d + dy[2 * index + 1] * (log + y[2 * index + 1]));
    }
  }`;
const gradHCode = `
  fn main(index : i32) {
    let row = index / uniforms.width;
    if (row >= uniforms.n) { return; }
    var sum = 0.0;
    for (var i = 0; i < uniforms.a; i++) {
      let id = ids[row * uniforms.a + i];
      if (id >= 0) { sum += dx[row * uniforms.a + i] * e[id * uniforms.width + index % uniforms.width]; }
    }
    result[index] = sum;
  }`;

export function registerChoicesWebGpu(): void {
  const logits = ({ h, e, ids }: Pick<Forward, 'h' | 'e' | 'ids'>, _: unknown, backend: unknown) => {
    const [n, a] = ids.shape as [number, number];
    const ints = { n, a, width: widthOf(h) };
    return runShader(backend, { name: 'AllowedLogits', inputs: { h, e, ids }, ints, output: [n, a], work: n * a, code: dotsCode() });
  };
  register('webgpu', 'AllowedLogits', logits);
  register('webgpu', 'ChoiceLogprobs', (inputs: Forward, _, backend) => {
    const { h, e, ids, prior, picked } = inputs;
    const [n, a] = ids.shape as [number, number];
    const x = runShader(backend, {
      name: 'ChoiceLogits',
      inputs: { h, e, ids, prior },
      ints: { n, a, width: widthOf(h) },
      output: [n, a],
      work: n * a,
      code: dotsCode(' + prior[index]'),
    });
    return [
      runShader(backend, { name: 'ChoiceLogprobs', inputs: { x, picked }, ints: { n, a }, output: [n, 2], work: n, code: choiceCode }),
      x,
    ];
  });
  register('webgpu', 'ChoiceLogprobsGradX', (inputs: GradX, _, backend) => {
    const [n, a] = inputs.x.shape as [number, number];
    return runShader(backend, { name: 'ChoiceLogprobsGradX', inputs, ints: { n, a }, output: [n, a], work: n, code: gradXCode });
  });
  register('webgpu', 'ChoiceLogprobsGradH', (inputs: GradH, _, backend) => {
    const [n, a] = inputs.dx.shape as [number, number];
    const width = widthOf(inputs.e);
    return runShader(backend, {
      name: 'ChoiceLogprobsGradH',
      inputs,
      ints: { n, a, width },
      output: [n, width],
      work: n * width,
      code: gradHCode,
    });
  });
}
