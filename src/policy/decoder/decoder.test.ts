import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, test } from 'vitest';
import { openBackend } from '../backend.ts';
import { offerGpu } from '../gpu.node.ts';
import { logSoftmax } from '../choose.ts';
import { families } from '../mlc/architecture.ts';
import { DecoderAdapter } from './adapter.ts';
import { referenceLogits } from './reference.ts';
import { makeDecoder, randomEpisode, smallDecoder } from './testing.ts';
import { cutBatches, DecoderTrainer } from './trainer.ts';
import type { EpisodeTokens } from '../../types.ts';

const everything = (vocabulary: number) => Array.from({ length: vocabulary }, (_, i) => i);

afterAll(() => tf.disposeVariables());

describe.each(['cpu', 'wasm'] as const)('on %s', (backend) => {
  describe.each(families)('%s', (family) => {
    test.each(['q0f32', 'q0f16', 'q4f16_1', 'q4f32_1'] as const)(
      '%s: log-probabilities agree with plain loops to 1e-5',
      async (quantisation) => {
        await openBackend(backend);
        const { config, plain, weights } = await makeDecoder(smallDecoder(family, quantisation), 7);
        const episodes = [randomEpisode(config, 1, 21), randomEpisode(config, 2, 13, true), randomEpisode(config, 3, 20)];
        const trainer = new DecoderTrainer(weights);
        for (const batch of cutBatches(episodes, [0, 1, 2], 60)) {
          const { logprobs_N, entropy_N } = await trainer.score(episodes, batch, null);
          let n = 0;
          for (const member of batch.members) {
            const { ids, choices } = episodes[member] as EpisodeTokens;
            const logits = referenceLogits(config, plain, ids);
            for (const { at, allowed } of choices) {
              const ids_C = allowed.length === 0 ? everything(config.vocabulary) : allowed;
              const expected = logSoftmax(ids_C.map((id) => logits[at - 1]?.[id] as number));
              const entropy = -expected.reduce((sum, l) => sum + Math.exp(l) * l, 0);
              expect(Math.abs((logprobs_N[n] as number) - (expected[ids_C.indexOf(ids[at] as number)] as number))).toBeLessThan(1e-5);
              expect(Math.abs((entropy_N[n++] as number) - entropy)).toBeLessThan(1e-5);
            }
          }
          expect(n).toBe(logprobs_N.length);
        }
        weights.dispose();
      },
    );
  });
});

/** A loss that weighs every choice differently. */
const loss = (logprobs_N: tf.Tensor1D): tf.Scalar => {
  const weights = tf.tensor1d(Float32Array.from({ length: logprobs_N.shape[0] }, (_, n) => Math.sin(n + 1)));
  return logprobs_N.mul(weights).sum() as tf.Scalar;
};

describe.each([
  ['llama', 'q0f32'],
  ['qwen2', 'q0f16'],
  ['qwen3', 'q0f32'],
  ['llama', 'q4f32_1'],
  ['qwen2', 'q4f32_1'],
  ['qwen3', 'q4f32_1'],
] as const)('gradients of %s %s', (family, quantisation) => {
  test('agree with finite differences in every adapter array, and nothing is left on the device', async () => {
    await openBackend('cpu');
    const { config, weights } = await makeDecoder(smallDecoder(family, quantisation, { layers: 2 }), 11);
    const fresh = DecoderAdapter.fresh(weights, { rank: 2, alpha: 4, seed: 1 });
    const state = fresh.export(0);
    fresh.dispose();
    // B is zero in a fresh adapter, and then A has no gradient: start from noise instead.
    let seed = 1;
    for (const [name, { data }] of Object.entries(state.tensors)) {
      if (!/\.[mv]$/.test(name)) data.forEach((_, i) => (data[i] = 0.1 * Math.sin(seed++ * 1.7)));
    }
    const episodes = [randomEpisode(config, 5, 12), randomEpisode(config, 6, 10, true)];
    const [batch] = cutBatches(episodes, [0, 1], 100);
    if (!batch) throw new Error('no batch');
    const trainer = new DecoderTrainer(weights);
    const value = async (change: (tensors: typeof state.tensors) => void) => {
      const tensors = Object.fromEntries(
        Object.entries(state.tensors).map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
      );
      change(tensors);
      const adapter = DecoderAdapter.from(weights, { ...state, tensors });
      const { logprobs_N } = await trainer.score(episodes, batch, adapter);
      adapter.dispose();
      return logprobs_N.reduce((sum, logprob, n) => sum + logprob * Math.sin(n + 1), 0);
    };
    const before = tf.memory().numTensors;
    const adapter = DecoderAdapter.from(weights, state);
    const sums = adapter.trainables.map(({ data }) => new Float32Array(data.length));
    await trainer.accumulate(episodes, batch, adapter, loss, sums);
    for (const [i, { name, data }] of adapter.trainables.entries()) {
      // Along a direction that touches every entry of the array, each the way it is said to rise: so no two hide each other.
      const direction = Float32Array.from(
        data,
        (_, k) => Math.sign((sums[i] as Float32Array)[k] as number) * (0.2 + Math.abs(Math.cos(3 * k + i))),
      );
      const slope = (sums[i] as Float32Array).reduce((sum, g, k) => sum + g * (direction[k] as number), 0);
      const step = 2e-3 / Math.sqrt(data.length);
      const moved = (sign: number) =>
        value((tensors) => tensors[name]?.data.forEach((x, k, array) => (array[k] = x + sign * step * (direction[k] as number))));
      const expected = ((await moved(1)) - (await moved(-1))) / (2 * step);
      expect(slope, name).toBeGreaterThan(0.1);
      expect(Math.abs(slope - expected), name).toBeLessThan(5e-3 * slope);
    }
    adapter.dispose();
    expect(tf.memory().numTensors).toBe(before);
    weights.dispose();
  });
});

const gpu = await offerGpu();
describe.runIf(gpu !== null)('on WebGPU', () => {
  test.each([
    ['qwen2', 'q4f16_1'],
    ['qwen3', 'q0f16'],
  ] as const)(
    'the fused kernels give %s %s the same loss and gradient as plain JavaScript',
    async (family, quantisation) => {
      const gradients = async (backend: 'cpu' | 'webgpu') => {
        await openBackend(backend);
        const { config, weights } = await makeDecoder(smallDecoder(family, quantisation, { layers: 1 }), 11);
        const adapter = DecoderAdapter.fresh(weights, { rank: 2, alpha: 4, seed: 1 });
        const episodes = [randomEpisode(config, 5, 12, true)];
        const sums = adapter.trainables.map(({ data }) => new Float32Array(data.length));
        const [batch] = cutBatches(episodes, [0], 100);
        if (!batch) throw new Error('no batch');
        const { loss: value } = await new DecoderTrainer(weights).accumulate(episodes, batch, adapter, loss, sums);
        return { value, sums };
      };
      const [plain, fused] = [await gradients('cpu'), await gradients('webgpu')];
      expect(Math.abs(fused.value - plain.value)).toBeLessThan(1e-4);
      plain.sums.forEach((expected, i) => {
        const norm = Math.sqrt(expected.reduce((sum, g) => sum + g * g, 0));
        const off = Math.sqrt(expected.reduce((sum, g, k) => sum + (g - ((fused.sums[i] as Float32Array)[k] as number)) ** 2, 0));
        expect(off).toBeLessThan(1e-4 * Math.max(norm, 1e-3));
      });
      // A software adapter on a busy machine compiles its shaders slowly.
    },
    300_000,
  );
});
