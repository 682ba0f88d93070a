/** Some steps of AdamW on the device, and the same on plain arrays; tests compare them in Node and in Chromium. */
import * as tf from '@tensorflow/tfjs';
import { Rng } from '../../../lib/rng.ts';
import { adamW, clipByGlobalNorm } from '../../adamw.ts';
import { DeviceAdamW } from './adamw.ts';

type Arrays = Record<'data' | 'm' | 'v', Float32Array>[];

const shapes = [[7, 5], [3], [130, 2]];
export const adamWOptions = { learningRate: 0.01, weightDecay: 0.1 };

/** Three steps of two micro-batches each, clipped and not. The current backend must have the kernels (`hasDeviceAdamW`). */
export async function adamWSteps(): Promise<{ plain: Arrays; device: Arrays; norms: { plain: number; device: number }[]; left: number }> {
  const rng = new Rng(3);
  const fill = (scale: number) => shapes.map(([a = 1, b = 1]) => Float32Array.from({ length: a * b }, () => scale * rng.normal()));
  const zeros = (length: number) => ({ m: new Float32Array(length), v: new Float32Array(length) });
  const plain = fill(1).map((data) => ({ data, ...zeros(data.length) }));
  const variables = plain.map(({ data }, i) => tf.variable(tf.tensor(data.slice(), shapes[i] as number[])));
  const optimiser = new DeviceAdamW(variables, plain);
  const before = tf.memory().numTensors;
  const norms = [];
  // The second gradient is small enough not to be clipped.
  for (const [count, scale] of [
    [1, 1],
    [2, 0.001],
    [3, 5],
  ] as const) {
    const [a, b] = [fill(scale), fill(scale)];
    for (const part of [a, b]) {
      const gradients = part.map((g, i) => tf.tensor(g, shapes[i] as number[]));
      optimiser.add(gradients);
      tf.dispose(gradients);
    }
    const device = await optimiser.step(count, 1, adamWOptions);
    const sum = a.map((g, i) => g.map((x, k) => x + (b[i]?.[k] as number)));
    norms.push({ plain: clipByGlobalNorm(sum, 1), device });
    plain.forEach((array, i) => adamW(array.data, sum[i] as Float32Array, array, count, adamWOptions));
  }
  const left = tf.memory().numTensors - before;
  const device = plain.map(({ data }) => ({ data: new Float32Array(data.length), ...zeros(data.length) }));
  await optimiser.read(device);
  optimiser.dispose();
  tf.dispose(variables);
  return { plain, device, norms, left };
}
