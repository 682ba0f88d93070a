import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { openBackend } from '../backend.ts';
import { DecoderAdapter } from './adapter.ts';
import { parametersOf } from '../mlc/architecture.ts';
import { adapterParameters } from './adapter-shapes.ts';
import { gigabytes, longestSequence, longestStep, memorySentence, stateMemory, stepMemory, trainingBytes, weightBytes } from './memory.ts';
import { makeDecoder, randomEpisode, smallDecoder } from './testing.ts';
import { cutBatches, DecoderTrainer } from './trainer.ts';

describe('memory of a training step', () => {
  test.each([
    ['qwen2', 100, { width: 128, ffn: 384, layers: 6 }],
    ['qwen3', 40, { width: 64, ffn: 256, layers: 4 }],
    ['llama', 160, { width: 64, ffn: 128, layers: 4 }],
  ] as const)('what is stated for %s at %d tokens is not below what was measured, nor far above', async (family, time, more) => {
    await openBackend('cpu');
    const { config, weights } = await makeDecoder(smallDecoder(family, 'q0f32', { ...more, vocabulary: 2000 }), 3);
    const adapter = DecoderAdapter.fresh(weights, { rank: 2, alpha: 4, seed: 1 });
    const episodes = [randomEpisode(config, 1, time, true)];
    const [batch] = cutBatches(episodes, [0], time);
    if (!batch) throw new Error('no batch');
    const sums = adapter.trainables.map(({ data }) => new Float32Array(data.length));
    const others = tf.memory().numBytes - weights.bytes - 4 * adapter.parameters;
    const profile = await tf.profile(async () => {
      await new DecoderTrainer(weights).accumulate(episodes, batch, adapter, (logprobs) => logprobs.sum() as tf.Scalar, sums);
    });
    const peakBytes = profile.peakBytes - others;
    const stated = stepMemory(config, {
      batch: 1,
      time: batch.time,
      choices: batch.at_N.length,
      adapterParameters: adapter.parameters,
      weights: weights.bytes,
    });
    weights.dispose();
    adapter.dispose();
    expect(stated.peak).toBeGreaterThanOrEqual(peakBytes);
    expect(stated.peak).toBeLessThan(1.6 * peakBytes);
  });

  test('a device whose buffers are too small is told in a sentence, with the way out', () => {
    const config = { ...smallDecoder('qwen2', 'q4f16_1'), heads: 14, vocabulary: 151936, width: 896, ffn: 4864 };
    const shape = { batch: 1, time: 4096, choices: 100, adapterParameters: 1e6, weights: 3e8 };
    const small = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };
    expect(() => stateMemory(config, shape, small)).toThrow(
      'A training step on 1 × 4096 tokens needs one buffer of 0.2 GB (activations), but this graphics device allows 0.1 GB. Use shorter episodes (fewer actions or rules), or a smaller model.',
    );
    // The window is chosen so that this cannot come up.
    const longest = longestSequence(config, 4096, small);
    expect(longest).toBe(Math.floor(2 ** 27 / (8 * 4864)));
    expect(() => stateMemory(config, { ...shape, time: longest }, small)).not.toThrow();
    expect(() => stateMemory(config, { ...shape, time: longest + 1 }, small)).toThrow(/activations/);
    expect(longestSequence(config, 4096, null)).toBe(4096);
    expect(stateMemory(config, shape, { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 }).peak).toBeGreaterThan(3e8);
    expect(() => stateMemory({ ...config, quantisation: 'q0f32' }, { ...shape, time: 16 }, small)).toThrow(
      /the matrix model\.embed_tokens.*4 bits/,
    );
  });

  test.each([
    ['llama', 'q0f16'],
    ['llama', 'q4f16_1'],
    ['qwen2', 'q4f32_1'],
    ['qwen3', 'q4f16_1'],
    ['qwen3', 'q0f32'],
  ] as const)('the shape alone of a %s in %s tells what the model says of itself once it is here', async (family, stored) => {
    await openBackend('cpu');
    const { config, weights } = await makeDecoder(smallDecoder(family, stored, { width: 64, ffn: 128, layers: 3, vocabulary: 500 }), 3);
    const adapter = DecoderAdapter.fresh(weights, { rank: 8, alpha: 16, seed: 1 });
    const held = { adapterParameters: adapter.parameters, weights: weights.bytes };
    weights.dispose();
    adapter.dispose();
    expect(adapterParameters(config, 8)).toBe(held.adapterParameters);
    // Norms and biases are whole floats on the device; of a real model they are a ten-thousandth.
    expect(weightBytes(config, parametersOf(config)) / held.weights).toBeGreaterThan(0.95);
    expect(weightBytes(config, parametersOf(config)) / held.weights).toBeLessThanOrEqual(1.001);
    for (const [window, limits] of [
      [4096, { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 }],
      [512, null],
      [4096, { maxBufferSize: 2 ** 21, maxStorageBufferBindingSize: 2 ** 21 }],
    ] as const) {
      const context = longestSequence(config, window, limits);
      const said = memorySentence(config, { ...longestStep(context, held), tiled: limits !== null });
      expect(said).toContain(`takes at most ${gigabytes(trainingBytes(config, window, limits))} of memory`);
    }
  });

  test('what a run will take is said before it begins, and its parts add up to the whole', () => {
    const config = { ...smallDecoder('qwen2', 'q4f16_1'), heads: 14, headWidth: 64, layers: 24, vocabulary: 151936, width: 896, ffn: 4864 };
    const said = memorySentence(config, { batch: 1, time: 2048, choices: 512, adapterParameters: 1e6, weights: 3e8, tiled: true });
    expect(said).toMatch(
      /^A training step takes at most [\d.]+ GB of memory beside WebLLM's own: weights 0\.3 GB, adapter 12 MB, activations of up to 2,048 tokens [\d.]+ GB\.$/,
    );
    const [whole, , , rest] = [...said.matchAll(/([\d.]+) (GB|MB)/g)].map(([, n, unit]) => Number(n) * (unit === 'GB' ? 1 : 1e-3));
    expect(Math.abs((whole as number) - (rest as number) - 0.312)).toBeLessThan(0.11);
  });
});
