import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../../backend.ts';
import type { BackendName } from '../../backend.ts';
import { offerGpu } from '../../gpu.node.ts';
import { allowedLogits } from './choices.ts';
import { keepRows } from './keep-rows.ts';
import { cases, inputsOf, largestDifference, noise, referenceOf, run, slopeOf } from './testing.ts';
import type { Case } from './testing.ts';

const ints = (values: number[]) => tf.tensor1d(values, 'int32');

function relativeError(a: Float32Array, b: Float32Array): number {
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
  return norm(a.map((v, i) => v - (b[i] as number))) / norm(a);
}

const gpu = await offerGpu();
const backends: BackendName[] = gpu ? ['cpu', 'wasm', 'webgpu'] : ['cpu', 'wasm'];
test.skipIf(gpu)('webgpu is left out here: no Vulkan driver was found (install chromium, or set VK_ICD_FILENAMES)', () => {});

/** What tfjs composes on cpu, where no kernel of ours is registered. */
const composed = new Map<string, Float32Array[]>();
beforeAll(async () => {
  await openBackend('cpu');
  for (const [name, kernel] of Object.entries(cases)) composed.set(name, await run(kernel, inputsOf(kernel)));
});
afterAll(() => openBackend('cpu'));

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => void (await openBackend(backend)), 120_000);

  test.each(Object.keys(cases))('%s is its formula in double precision, and its gradients are the slopes of that', async (name) => {
    const kernel = cases[name] as Case;
    const inputs = inputsOf(kernel);
    const [y, ...gradients] = (await run(kernel, inputs)) as [Float32Array, ...Float32Array[]];
    expect(largestDifference(y, referenceOf(kernel, inputs))).toBeLessThan(1e-5);
    expect(gradients.length).toBe(kernel.noGradient ? 0 : inputs.length);
    for (const [i, gradient] of gradients.entries()) {
      const size = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
      for (const seed of [99, 100, 101]) {
        const direction = noise(gradient.length, seed);
        const along = gradient.reduce((sum, g, k) => sum + g * (direction[k] as number), 0);
        const slope = slopeOf(kernel, inputs, i, direction);
        expect(Math.abs(slope - along), `input ${i}: ${slope} against ${along}`).toBeLessThan(2e-5 * size);
      }
    }
  });

  if (backend !== 'cpu') {
    test.each(Object.keys(cases))('%s and its gradients agree, number by number, with the plain composition on cpu', async (name) => {
      const kernel = cases[name] as Case;
      const found = await run(kernel, inputsOf(kernel));
      composed
        .get(name)
        ?.forEach((expected, i) => expect(relativeError(expected, found[i] as Float32Array), `result ${i}`).toBeLessThan(1e-5));
    });
  }

  test('new rows are written into their places of a cache, and nothing else changes', async () => {
    const [old, rows] = [noise(40, 1), noise(18, 2)];
    const fresh = tf.tensor2d(rows, [3, 6]);
    const count = tf.memory().numTensors;
    let cache = tf.keep(tf.tensor2d(old.slice(), [10, 4]));
    for (const [first, at] of [
      [2, ints([7, 0, 3])],
      [0, ints([5, 9, 7])],
    ] as const) {
      cache = keepRows(cache, fresh, first, at);
      at.dispose();
    }
    const expected = old.slice();
    [7, 0, 3].forEach((row, m) => expected.set(rows.subarray(6 * m + 2, 6 * m + 6), 4 * row));
    [5, 9, 7].forEach((row, m) => expected.set(rows.subarray(6 * m, 6 * m + 4), 4 * row));
    expect(await cache.data()).toEqual(expected);
    expect(tf.memory().numTensors).toBe(count + 1);
    tf.dispose([cache, fresh]);
  });

  test('the logits of allowed tokens are those of the whole head', async () => {
    const [found, expected] = tf.tidy(() => {
      const [h, e] = [tf.tensor2d(noise(24, 1), [3, 8]), tf.tensor2d(noise(96, 2), [12, 8])];
      const ids = tf.tensor2d([4, 11, 0, -1, 7, 7], [3, 2], 'int32');
      return [allowedLogits(h, e, ids), tf.matMul(h, e, false, true)];
    }) as [tf.Tensor, tf.Tensor];
    const [some, all] = [(await found.array()) as number[][], (await expected.array()) as number[][]];
    tf.dispose([found, expected]);
    [
      [4, 11],
      [0, null],
      [7, 7],
    ].forEach((ids, n) =>
      ids.forEach((id, a) => {
        if (id === null) expect(some[n]?.[a]).toBeLessThan(-1e8);
        else expect(some[n]?.[a]).toBeCloseTo(all[n]?.[id] as number, 5);
      }),
    );
  });
});
