import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { Rng } from '../../../lib/rng.ts';
import { adamW, clipByGlobalNorm } from '../../adamw.ts';
import { openBackend } from '../../backend.ts';
import { offerGpu } from '../../gpu.node.ts';
import { DeviceAdamW, hasDeviceAdamW } from './adamw.ts';

const gpu = await offerGpu();
test.skipIf(gpu)('webgpu is left out here: no Vulkan driver was found (install chromium, or set VK_ICD_FILENAMES)', () => {});

const shapes = [[7, 5], [3], [130, 2]];
const options = { learningRate: 0.01, weightDecay: 0.1 };
const fill = (rng: Rng, scale: number) => shapes.map(([a = 1, b = 1]) => Float32Array.from({ length: a * b }, () => scale * rng.normal()));

test('wasm and cpu step on plain arrays, whose bytes a seed fixes', async () => {
  for (const backend of ['wasm', 'cpu'] as const) {
    await openBackend(backend);
    expect(hasDeviceAdamW(), backend).toBe(false);
  }
});

test.skipIf(!gpu)('three steps of two micro-batches each, clipped and not, are those on plain arrays', async () => {
  await openBackend('webgpu');
  const rng = new Rng(3);
  const plain = fill(rng, 1).map((data) => ({ data, m: new Float32Array(data.length), v: new Float32Array(data.length) }));
  const variables = plain.map(({ data }, i) => tf.variable(tf.tensor(data.slice(), shapes[i] as number[])));
  const device = new DeviceAdamW(variables, plain);
  const before = tf.memory().numTensors;
  // The second gradient is small enough not to be clipped.
  for (const [count, scale] of [
    [1, 1],
    [2, 0.001],
    [3, 5],
  ] as const) {
    const [a, b] = [fill(rng, scale), fill(rng, scale)];
    for (const part of [a, b]) {
      const gradients = part.map((g, i) => tf.tensor(g, shapes[i] as number[]));
      device.add(gradients);
      tf.dispose(gradients);
    }
    const norm = await device.step(count, 1, options);
    const sum = a.map((g, i) => g.map((x, k) => x + (b[i]?.[k] as number)));
    expect(norm).toBeCloseTo(clipByGlobalNorm(sum, 1), 4);
    plain.forEach((array, i) => adamW(array.data, sum[i] as Float32Array, array, count, options));
  }
  expect(tf.memory().numTensors).toBe(before);
  const back = plain.map(({ data }) => ({
    data: new Float32Array(data.length),
    m: new Float32Array(data.length),
    v: new Float32Array(data.length),
  }));
  await device.read(back);
  plain.forEach((array, i) => {
    for (const part of ['data', 'm', 'v'] as const) {
      const largest = Math.max(...array[part].map(Math.abs));
      array[part].forEach((x, k) => expect(Math.abs((back[i]?.[part][k] as number) - x), `${part} ${i} ${k}`).toBeLessThan(1e-5 * largest));
    }
  });
  device.dispose();
  tf.dispose(variables);
});

test.skipIf(!gpu)('a gradient that is not finite is told by its norm', async () => {
  await openBackend('webgpu');
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const device = new DeviceAdamW([variable], [{ m: new Float32Array(2), v: new Float32Array(2) }]);
  device.add([tf.tensor1d([NaN, 1])]);
  expect(Number.isFinite(await device.step(1, 1, options))).toBe(false);
  device.dispose();
  variable.dispose();
});
