/** `npm run bench -- train`: one training step of a language model's shape, fused 4-bit products against dequantised floats. */
import * as tf from '@tensorflow/tfjs';
import { systemClock } from '../lib/clock.ts';
import { UserError } from '../lib/errors.ts';
import { Rng } from '../lib/rng.ts';
import { openBackend } from '../policy/backend.ts';
import type { BackendName } from '../policy/backend.ts';
import { DecoderAdapter } from '../policy/decoder/adapter.ts';
import { stepMemory } from '../policy/decoder/memory.ts';
import { cutBatches, DecoderTrainer } from '../policy/decoder/trainer.ts';
import { DecoderWeights } from '../policy/decoder/weights.ts';
import { needGpu } from '../policy/gpu.node.ts';
import { allWeights } from '../policy/mlc/architecture.ts';
import type { DecoderConfig } from '../policy/mlc/architecture.ts';
import { dequantise } from '../policy/mlc/groups.ts';
import { denseName, storedShapes } from '../policy/mlc/tensors.ts';
import type { Bench } from './bench.ts';
import { ProgressLine, wholeNumber } from './terminal.ts';

/** Qwen2-0.5B and Qwen2.5-0.5B. */
const shape: Omit<DecoderConfig, 'layers' | 'quantisation'> = {
  family: 'qwen2',
  tied: true,
  vocabulary: 151936,
  width: 896,
  heads: 14,
  kvHeads: 2,
  headWidth: 64,
  ffn: 4864,
  context: 4096,
  ropeTheta: 1e6,
  rmsEps: 1e-6,
  ropeScaling: null,
};

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- train --model qwen2-0.5b-shape [options]',
    what: `Tokens per second and device memory of a language model's training step: packed 4-bit weights against floats.
Forward and backward of one sequence on made-up weights of the true shape; one row for each way, then their ratio.
Peaks are stated, not measured, as the page states them before a run (a test holds that to tfjs's own count).
WebGPU in Node needs a Vulkan driver; on wasm a layer is unpacked when it is needed, so that only memory differs.`,
    options: {
      model: { value: 'NAME', default: 'qwen2-0.5b-shape', help: 'The only shape so far.' },
      backend: { value: 'NAME', default: 'webgpu', help: 'webgpu or wasm.' },
      layers: { value: 'N', default: '24', help: 'Fewer layers, for slow machines; rates are per layer alike.' },
      tokens: { value: 'T', default: '64', help: 'Length of the sequence.' },
      choices: { value: 'N', default: '16', help: 'Tokens with a choice among 20.' },
    },
  },
  run: async (values) => {
    if (values.model !== 'qwen2-0.5b-shape')
      throw new UserError(`There is no model "${values.model}" to measure; there is qwen2-0.5b-shape.`);
    const number = (name: string, least: number) => wholeNumber(name, values[name] as string, least);
    const [layers, tokens, choices] = [number('layers', 1), number('tokens', 8), number('choices', 1)];
    if (choices >= tokens) throw new UserError(`--choices must be less than the ${tokens} tokens, not ${choices}.`);
    if (values.backend === 'webgpu') {
      console.error(`WebGPU: ${await needGpu()}`);
    }
    await openBackend(values.backend as BackendName);
    const fused = await measure('fused 4-bit', { ...shape, layers, quantisation: 'q4f32_1' }, tokens, choices);
    const plain = await measure('dequantised', { ...shape, layers, quantisation: 'q0f32' }, tokens, choices);
    const ratio = (a: number, b: number) => Number((a / b).toFixed(2));
    console.log(
      JSON.stringify({
        ratio: 'fused / dequantised',
        tokensPerSecond: ratio(fused.rate, plain.rate),
        weights: ratio(fused.weights, plain.weights),
        statedPeak: ratio(fused.peak, plain.peak),
      }),
    );
  },
};

/** Made-up numbers, a cheap function of place: speed does not depend on them. */
function fill(weights: DecoderWeights): void {
  const { config } = weights;
  for (const spec of allWeights(config)) {
    const [rows, columns] = spec.shape as [number, number?];
    const rng = new Rng(rows).split(spec.name);
    if (columns === undefined) {
      weights.put({ name: spec.name, shape: [rows], values: new Float32Array(rows).fill(spec.name.endsWith('.bias') ? 0.01 : 1) });
      continue;
    }
    const stored = storedShapes(spec, 'q4f32_1').map(({ shape }) => shape) as [[number, number], [number, number]];
    const row = Uint32Array.from({ length: stored[0][1] }, () => rng.uint32() & 0x77777777);
    const words = new Uint32Array(rows * row.length);
    for (let n = 0; n < rows; n++) words.set(row, n * row.length);
    const scales = new Float32Array(rows * stored[1][1]).fill(0.2 / Math.sqrt(columns));
    if (config.quantisation === 'q4f32_1') {
      weights.put({ name: `${spec.name}.q_weight`, shape: stored[0], values: words });
      weights.put({ name: `${spec.name}.q_scale`, shape: stored[1], values: scales });
    } else weights.put({ name: denseName(spec.name), shape: [rows, columns], values: dequantise({ words, scales }, rows, columns) });
  }
}

async function measure(
  path: string,
  config: DecoderConfig,
  tokens: number,
  choices: number,
): Promise<{ rate: number; weights: number; peak: number }> {
  const weights = new DecoderWeights(config);
  fill(weights);
  const adapter = DecoderAdapter.fresh(weights, { rank: 8, alpha: 16, seed: 1 });
  const rng = new Rng(1);
  const ids = Array.from({ length: tokens + 1 }, () => rng.below(config.vocabulary));
  const episode = {
    ids,
    choices: Array.from({ length: choices }, (_, i) => {
      const at = tokens - choices + i + 1;
      const allowed = [...new Set([ids[at] as number, ...Array.from({ length: 19 }, () => rng.below(config.vocabulary))])].sort(
        (a, b) => a - b,
      );
      return { at, allowed, logprob: -3 };
    }),
  };
  const [batch] = cutBatches([episode], [0], tokens);
  if (!batch) throw new Error('The episode has no choice.');
  const line = new ProgressLine();
  // The device's memory after each layer: peaks inside a layer are stated, not measured.
  let seen = 0;
  const sums = adapter.trainables.map(({ data }) => new Float32Array(data.length));
  const step = () =>
    new DecoderTrainer(weights).accumulate(
      [episode],
      batch,
      adapter,
      (logprobs) => logprobs.sum() as tf.Scalar,
      sums,
      (done, total) => {
        seen = Math.max(seen, tf.memory().numBytes);
        line.show(done, total, path);
      },
    );
  // The first step compiles shaders.
  await step();
  const start = systemClock.seconds();
  await step();
  const seconds = systemClock.seconds() - start;
  line.end();
  const memory = stepMemory(config, { batch: 1, time: batch.time, choices, adapterParameters: adapter.parameters, weights: weights.bytes });
  const rate = batch.time / seconds;
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  console.log(
    JSON.stringify({
      path,
      backend: tf.getBackend(),
      layers: config.layers,
      tokens: batch.time,
      adapter: adapter.kind,
      seconds: Number(seconds.toFixed(2)),
      tokensPerSecond: Number(rate.toFixed(2)),
      weightsMB: megabytes(weights.bytes),
      betweenLayersMB: megabytes(seen),
      statedPeakMB: megabytes(memory.peak),
    }),
  );
  const bytes = weights.bytes;
  weights.dispose();
  adapter.dispose();
  return { rate, weights: bytes, peak: memory.peak };
}
