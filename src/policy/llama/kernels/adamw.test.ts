import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import { openBackend } from '../../backend.ts';
import { offerGpu } from '../../gpu.node.ts';
import { DeviceAdamW, hasDeviceAdamW } from './adamw.ts';
import { adamWOptions, adamWSteps } from './testing-adamw.ts';

const gpu = await offerGpu();
test.skipIf(gpu)('webgpu is left out here: no Vulkan driver was found (install chromium, or set VK_ICD_FILENAMES)', () => {});

test('wasm and cpu step on plain arrays, whose bytes a seed fixes', async () => {
  for (const backend of ['wasm', 'cpu'] as const) {
    await openBackend(backend);
    expect(hasDeviceAdamW(), backend).toBe(false);
  }
});

test.skipIf(!gpu)('three steps of two micro-batches each, clipped and not, are those on plain arrays', async () => {
  await openBackend('webgpu');
  const { plain, device, norms, left } = await adamWSteps();
  for (const norm of norms) expect(norm.device).toBeCloseTo(norm.plain, 4);
  expect(left).toBe(0);
  plain.forEach((array, i) => {
    for (const part of ['data', 'm', 'v'] as const) {
      const largest = Math.max(...array[part].map(Math.abs));
      array[part].forEach((x, k) =>
        expect(Math.abs((device[i]?.[part][k] as number) - x), `${part} ${i} ${k}`).toBeLessThan(1e-5 * largest),
      );
    }
  });
});

test.skipIf(!gpu)('a gradient that is not finite is told by its norm', async () => {
  await openBackend('webgpu');
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const device = new DeviceAdamW([variable], [{ m: new Float32Array(2), v: new Float32Array(2) }]);
  device.add([tf.tensor1d([NaN, 1])]);
  expect(Number.isFinite(await device.step(1, 1, adamWOptions))).toBe(false);
  device.dispose();
  variable.dispose();
});
