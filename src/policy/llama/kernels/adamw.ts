/**
 * AdamW with clipping by the global norm where the gradients are: of what a step does only the norm is read back.
 *
 * g = G min(1, limit / |G|), m = b1 m + (1 - b1) g, v = b2 v + (1 - b2) g^2,
 * w -= rate (m / (1 - b1^t) / (sqrt(v / (1 - b2^t)) + epsilon) + decay w); Loshchilov and Hutter 2019.
 * The plain form, and the kernels' oracle, is `adamw.ts` on arrays: other backends use that.
 */
import * as tf from '@tensorflow/tfjs';
import type { AdamWOptions, Moments } from '../../adamw.ts';
import { hasKernel, register, runKernel } from './registry.ts';
import { drop, rowCode, runShader } from './webgpu.ts';

/** Whether the current backend can. */
export const hasDeviceAdamW = (): boolean => hasKernel('AdamWMoments');

export class DeviceAdamW {
  /** m and v of all arrays behind one another, [2, T]. */
  private readonly moments: tf.Tensor2D;
  /** Sum of the gradients since the last step, [T]. */
  private gradient: tf.Tensor1D | null = null;

  /** @param parameters changed in place: their memory must be nobody else's. */
  constructor(
    private readonly parameters: readonly tf.Variable[],
    moments: readonly Moments[],
  ) {
    const all = [...moments.map(({ m }) => m), ...moments.map(({ v }) => v)];
    const flat = new Float32Array(all.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const array of all) {
      flat.set(array, at);
      at += array.length;
    }
    this.moments = tf.tensor2d(flat, [2, flat.length / 2]);
  }

  /** Adds the gradients of a micro-batch, one for each parameter; they stay the caller's. */
  add(gradients: readonly tf.Tensor[]): void {
    const sum = (this.gradient ??= tf.keep(tf.fill([this.moments.shape[1]], 0)));
    let offset = 0;
    for (let from = 0; from < gradients.length; from += TOGETHER) {
      const some = gradients.slice(from, from + TOGETHER);
      runKernel('AddGradients', Object.fromEntries([['sum', sum], ...some.map((gradient, i) => [`g${i}`, gradient])]), { offset });
      offset += some.reduce((total, { size }) => total + size, 0);
    }
  }

  /** @param count the step's number, from 1. @returns the global norm before clipping. */
  async step(
    count: number,
    limit: number,
    { learningRate, weightDecay = 0, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8 }: AdamWOptions,
  ): Promise<number> {
    if (!this.gradient) throw new Error('There is no gradient to step along.');
    const norm = tf.tidy(() => {
      const clip = runKernel<tf.Tensor>('ClipByGlobalNorm', { gradient: this.gradient as tf.Tensor }, { limit });
      runKernel('AdamWMoments', { moments: this.moments, gradient: this.gradient as tf.Tensor, clip }, { beta1, beta2 });
      const rates = { learningRate, weightDecay, epsilon, correction1: 1 - beta1 ** count, correction2: 1 - beta2 ** count };
      let offset = 0;
      for (const parameter of this.parameters) {
        runKernel('AdamWParameters', { parameter, moments: this.moments }, { ...rates, offset });
        offset += parameter.size;
      }
      return tf.keep(clip);
    });
    this.gradient.dispose();
    this.gradient = null;
    const data = await norm.data();
    norm.dispose();
    return data[0] as number;
  }

  /** Copies everything back, in one reading. */
  async read(into: readonly (Moments & { data: Float32Array })[]): Promise<void> {
    const all = tf.tidy(() => tf.concat1d([...this.parameters.map((p) => p.reshape([-1]) as tf.Tensor1D), this.moments.reshape([-1])]));
    const flat = await all.data();
    all.dispose();
    let at = 0;
    for (const part of ['data', 'm', 'v'] as const) {
      for (const array of into) array[part].set(flat.subarray(at, (at += array[part].length)));
    }
  }

  dispose(): void {
    this.moments.dispose();
    this.gradient?.dispose();
  }
}

/** Gradients that one kernel takes: its result and its uniforms are bound too, and some devices bind ten buffers. */
const TOGETHER = 8;
/** Some gradients, which stand behind one another in the sum: `end0`, `end1`, ... are their ends there. A thread strides over each. */
const STRIDES = 8;
const addCode = (count: number): string => `
  fn main(index : i32) {
    if (index >= uniforms.threads) { return; }
    ${Array.from({ length: count }, (_, i) => {
      const begin = i > 0 ? `uniforms.end${i - 1}` : 'uniforms.offset';
      return `for (var i = index; i < uniforms.end${i} - ${begin}; i += uniforms.threads) { result[${begin} + i] += g${i}[i]; }`;
    }).join('\n    ')}
  }`;
/** Partial sums of squares, one for each of at most 4096 threads; no thread waits for another. */
const PARTIAL = 4096;
const squaresCode = `
  fn main(index : i32) {
    if (index >= uniforms.threads) { return; }
    var sum = 0.0;
    for (var i = index; i < uniforms.size; i += uniforms.threads) { sum += gradient[i] * gradient[i]; }
    result[index] = sum;
  }`;
/** [norm, factor] */
const clipCode = `${rowCode}
  fn main(index : i32) {
    var sum = 0.0;
    for (var i = index; i < uniforms.count; i += 64) { sum += squares[i]; }
    let norm = sqrt(sumOverThreads(sum));
    if (index == 0) {
      result[0] = norm;
      result[1] = select(1.0, uniforms.limit / norm, norm > uniforms.limit);
    }
  }`;
const momentsCode = `
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let g = gradient[index] * clip[1];
    let v = uniforms.size + index;
    result[index] = uniforms.beta1 * result[index] + (1.0 - uniforms.beta1) * g;
    result[v] = uniforms.beta2 * result[v] + uniforms.rest2 * g * g;
  }`;
const parametersCode = `
  fn main(index : i32) {
    if (index >= uniforms.size) { return; }
    let m = moments[uniforms.offset + index] / uniforms.correction1;
    let v = moments[uniforms.all + uniforms.offset + index] / uniforms.correction2;
    let w = result[index];
    result[index] = w - uniforms.learningRate * (m / (sqrt(v) + uniforms.epsilon) + uniforms.weightDecay * w);
  }`;

export function registerAdamWWebGpu(): void {
  const sizeOf = ({ shape }: tf.TensorInfo) => tf.util.sizeFromShape(shape);
  register('webgpu', 'AddGradients', ({ sum, ...inputs }: Record<string, tf.TensorInfo>, { offset }, backend) => {
    const count = Object.keys(inputs).length;
    let end = offset as number;
    const ends = Object.fromEntries(Object.values(inputs).map((gradient, i) => [`end${i}`, (end += sizeOf(gradient))]));
    const threads = Math.ceil((end - (offset as number)) / STRIDES);
    runShader(backend, {
      name: `AddGradients${count}`,
      inputs,
      ints: { threads, offset: offset as number, ...ends },
      output: (sum as tf.TensorInfo).shape,
      work: threads,
      code: addCode(count),
      into: sum,
    });
    return [];
  });
  register('webgpu', 'ClipByGlobalNorm', ({ gradient }: Record<'gradient', tf.TensorInfo>, { limit }, backend) => {
    const size = sizeOf(gradient);
    const threads = Math.min(PARTIAL, Math.ceil(size / 64));
    const squares = runShader(backend, {
      name: 'SquaredSums',
      inputs: { gradient },
      ints: { size, threads },
      output: [threads],
      work: threads,
      code: squaresCode,
    });
    const clip = runShader(backend, {
      name: 'ClipFactor',
      inputs: { squares },
      ints: { count: threads },
      floats: { limit: Math.min(limit as number, 3e38) },
      output: [2],
      work: [1, 1, 1],
      code: clipCode,
    });
    drop(backend, squares);
    return clip;
  });
  register('webgpu', 'AdamWMoments', (inputs: Record<'moments' | 'gradient' | 'clip', tf.TensorInfo>, attributes, backend) => {
    const { moments, gradient, clip } = inputs;
    const { beta1, beta2 } = attributes as { beta1: number; beta2: number };
    const size = sizeOf(gradient);
    runShader(backend, {
      name: 'AdamWMoments',
      inputs: { gradient, clip },
      ints: { size },
      // 1 - beta2 is small: taken here, it keeps its digits.
      floats: { beta1, beta2, rest2: 1 - beta2 },
      output: moments.shape,
      work: size,
      code: momentsCode,
      into: moments,
    });
    return [];
  });
  register('webgpu', 'AdamWParameters', (inputs: Record<'parameter' | 'moments', tf.TensorInfo>, attributes, backend) => {
    const { parameter, moments } = inputs;
    const { offset, ...floats } = attributes as Record<string, number> & { offset: number };
    const size = sizeOf(parameter);
    runShader(backend, {
      name: 'AdamWParameters',
      inputs: { moments },
      ints: { size, offset, all: sizeOf(moments) / 2 },
      floats,
      output: parameter.shape,
      work: size,
      code: parametersCode,
      into: parameter,
    });
    return [];
  });
}
