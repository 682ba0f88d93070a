import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, test } from 'vitest';
import { Rng } from '../lib/rng.ts';
import { openBackend } from '../policy/backend.ts';
import type { BackendName } from '../policy/backend.ts';
import { offerGpu } from '../policy/gpu.node.ts';
import { randomWeights, smallConfig } from '../policy/llama/testing.ts';
import { cutBatches } from './batches.ts';
import type { Sequence } from './batches.ts';
import { GradientWorker } from './gradients.ts';
import { matrices, orthogonaliseBlocks } from './muon.ts';
import { trainModel } from './trainer.ts';

const config = { ...smallConfig, vocabulary: 24 };
const weights = randomWeights(config, 3);

/** Sequences of different lengths, so that micro-batches are ragged, with losses of different weights. */
function nextBatch(step: number): Sequence[] {
  const rng = new Rng(9).split(step);
  return Array.from({ length: 5 }, () => {
    const ids = Array.from({ length: 12 + rng.below(20) }, () => rng.below(config.vocabulary));
    return { ids, lossMask: Uint8Array.from(ids, () => rng.below(2)), weights: Float32Array.from(ids, () => 1 + rng.below(4)) };
  });
}

async function gradientOn(backend: BackendName) {
  await openBackend(backend);
  const worker = new GradientWorker(config, weights);
  const gradient = new Float32Array(weights.length).fill(7);
  const [batches = []] = cutBatches(nextBatch(0), 40, 1, config.context);
  expect(batches.length).toBeGreaterThan(2);
  await worker.run(batches, 0.01, gradient);
  // Once more: what an earlier call left behind must not be added.
  const loss = await worker.run(batches, 0.01, gradient);
  const before = tf.memory().numTensors;
  expect(await worker.run([], 0.01, new Float32Array(weights.length).fill(7))).toBe(0);
  expect(tf.memory().numTensors).toBe(before);
  worker.dispose();
  return { loss, gradient };
}

async function directionOn(backend: BackendName) {
  await openBackend(backend);
  const direction = weights.slice();
  await orthogonaliseBlocks(direction, matrices(config));
  return direction;
}

function relativeError(a: Float32Array, b: Float32Array): number {
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
  return norm(a.map((v, i) => v - (b[i] as number))) / norm(a);
}

const gpu = await offerGpu();
const others: BackendName[] = gpu ? ['cpu', 'webgpu'] : ['cpu'];
test.skipIf(gpu)('webgpu is left out here: no Vulkan driver was found (install chromium, or set VK_ICD_FILENAMES)', () => {});
afterAll(() => openBackend('cpu'));

describe.each(others)('pre-training on %s', (backend) => {
  test('gradients are those of wasm', { timeout: 240_000 }, async () => {
    const [here, there] = [await gradientOn('wasm'), await gradientOn(backend)];
    expect(there.loss).toBeCloseTo(here.loss, 5);
    expect(relativeError(here.gradient, there.gradient)).toBeLessThan(1e-5);
  });

  test('orthogonal directions are those of wasm', { timeout: 240_000 }, async () => {
    const [here, there] = [await directionOn('wasm'), await directionOn(backend)];
    expect(relativeError(here, there)).toBeLessThan(1e-3);
    // They are none of the matrices that went in.
    expect(relativeError(here, weights)).toBeGreaterThan(0.1);
  });

  test('a few steps lead to the weights that wasm comes to', { timeout: 240_000 }, async () => {
    const train = (on: BackendName) =>
      trainModel({ config, nextBatch, budget: { steps: 3 }, backend: on, workers: 0, microTokens: 64, initial: weights });
    const [here, there] = [await train('wasm'), await train(backend)];
    expect(there.loss).toBeCloseTo(here.loss as number, 4);
    expect(relativeError(here.weights, there.weights)).toBeLessThan(1e-3);
    expect(relativeError(here.weights, weights)).toBeGreaterThan(5e-3);
  });
});
