import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { clippedSurrogate } from '../../algo/grpo.ts';
import { Rng } from '../../lib/rng.ts';
import { wasmHeap } from '../backend.ts';
import type { BackendName } from '../backend.ts';
import { offerGpu } from '../gpu.node.ts';
import type { LossInputs, Targets, TrainSequence, UpdateOptions } from '../policy.ts';
import type { LlamaPolicy } from './policy.ts';
import { commands, play, smallConfig, smallPolicy, smallUpdate } from './testing.ts';

const updateOptions = (changes: Partial<UpdateOptions> = {}) => smallUpdate(clippedSurrogate({ clip: 0.2, beta: 0.1 }), changes);

const learnFrom = async (policy: LlamaPolicy, copies = [2, 3], turns = 3): Promise<TrainSequence[]> =>
  (await play(policy, copies, turns)).tokens.map((tokens, i) => ({ tokens, advantage: i % 2 === 0 ? 1 : -0.5 }));

const gpu = await offerGpu();
test.skipIf(gpu)('webgpu is left out here: no Vulkan driver was found (install chromium, or set VK_ICD_FILENAMES)', () => {});

test.runIf(gpu)(
  'on webgpu a policy samples what training scores, and sessions and updates leave no tensors behind',
  async () => {
    // One layer: software adapters compile and compute slowly.
    const policy = await smallPolicy('webgpu', { ...smallConfig, layers: 1 });
    const round = async () => {
      const sequences = await learnFrom(policy, [2], 2);
      const { mismatch } = await policy.update(sequences, updateOptions({ minibatches: 1 }));
      expect(mismatch).toBeLessThan(1e-4);
      await policy.logprobs(sequences.map((s) => s.tokens));
      return tf.memory().numTensors;
    };
    await round();
    expect(await round()).toBe(await round());
    policy.dispose();
  },
  120_000,
);

describe.each(['wasm', 'cpu'] as const)('the policy on %s', (backend: BackendName) => {
  // The cpu backend is slow; two rows still make a ragged batch.
  const learn = (policy: LlamaPolicy) => (backend === 'cpu' ? learnFrom(policy, [2], 2) : learnFrom(policy));

  test('a decision tells what else was likely, and where in its text the policy had a choice', async () => {
    const policy = await smallPolicy(backend);
    const session = await policy.start([{ text: 'Task: find a mug.\n>', copies: 1 }]);
    const [decision] = await session.act([{ row: 0, rng: new Rng(3), choices: commands.slice(3), read: '' }], { temperature: 1 });
    const chance = (logprob: number) => Math.exp(logprob);
    const { choice = '', logprob = 0, others = [], chosen = [] } = decision ?? {};
    expect(chance(logprob) + others.reduce((sum, other) => sum + chance(other.logprob), 0)).toBeCloseTo(1, 2);
    for (const { action } of others)
      expect(commands.some((other) => other !== choice && other.startsWith(action.replace('…', '')))).toBe(true);
    const { ids, choices: made } = session.tokens(0);
    const words = chosen.map(([from, to]) => choice?.slice(from, to)).join('');
    expect(words).toBe(policy.tokenizer.decode(made.map(({ at }) => ids[at] as number)));
    session.dispose();
    policy.dispose();
  });

  test('a session samples with the log-probabilities that training computes', async () => {
    const policy = await smallPolicy(backend);
    await policy.update(await learn(policy), updateOptions());
    const { tokens } = await play(policy, [1, 1], 2);
    const scored = await policy.logprobs(tokens);
    tokens.forEach((row, i) => {
      expect(row.choices.length).toBeGreaterThanOrEqual(2);
      row.choices.forEach((choice, j) => {
        expect(choice.allowed).toContain(row.ids[choice.at]);
        expect(scored[i]?.[j]).toBeCloseTo(choice.logprob, 4);
      });
    });
    policy.dispose();
  });

  test('sessions and updates leave no tensors behind', async () => {
    const policy = await smallPolicy(backend);
    const round = async () => {
      const sequences = await learn(policy);
      await policy.update(sequences, updateOptions());
      await policy.logprobs(
        sequences.map((s) => s.tokens),
        { adapter: false },
      );
    };
    await round();
    await learn(policy);
    const before = tf.memory().numTensors;
    await round();
    await policy.importAdapter(await policy.exportAdapter());
    policy.newAdapter({ rank: 2, alpha: 4, seed: 1 });
    await learn(policy);
    expect(tf.memory().numTensors).toBe(before);
    policy.dispose();
  });
});

describe('an update', () => {
  test('twice with the same seed gives identical bytes on wasm', async () => {
    const run = async () => {
      const policy = await smallPolicy('wasm');
      const stats = [];
      for (let i = 0; i < 2; i++) stats.push(await policy.update(await learnFrom(policy), updateOptions()));
      const adapter = await policy.exportAdapter();
      policy.dispose();
      return { stats, adapter };
    };
    expect(await run()).toEqual(await run());
  });

  test('makes good choices likelier and bad ones less likely', async () => {
    const policy = await smallPolicy('wasm');
    const sequences = await learnFrom(policy);
    const tokens = sequences.map((s) => s.tokens);
    const total = (rows: Float32Array[]) => rows.map((row) => row.reduce((sum, x) => sum + x, 0));
    const before = total(await policy.logprobs(tokens));
    const stats = await policy.update(sequences, updateOptions({ epochs: 4, loss: clippedSurrogate({ clip: 0.2, beta: 0 }) }));
    const gain = total(await policy.logprobs(tokens)).map((x, i) => x - (before[i] as number));
    expect(gain.reduce((sum, x, i) => sum + x * (sequences[i]?.advantage as number), 0)).toBeGreaterThan(0.1);
    expect(stats.mismatch).toBeLessThan(1e-4);
    expect(stats.kl).toBeGreaterThan(0);
    expect(stats.optimiserSteps).toBe(8);
    expect(policy.weightVersion).toBe(1);
    // The base model did not move, and playing without the adapter is playing with it.
    const base = total(await policy.logprobs(tokens, { adapter: false }));
    base.forEach((x, i) => expect(x).toBeCloseTo(before[i] as number, 3));
    policy.dispose();
  });

  test('cancelled from onProgress leaves adapter, moments and version as they were', async () => {
    const policy = await smallPolicy('wasm');
    const sequences = await learnFrom(policy);
    await policy.update(sequences, updateOptions());
    const before = await policy.exportAdapter();
    const cancel = (done: number) => {
      if (done === 2) throw new Error('stop');
    };
    await expect(policy.update(sequences, updateOptions({ onProgress: cancel }))).rejects.toThrow('stop');
    expect(await policy.exportAdapter()).toEqual(before);
    const scores = await policy.logprobs(sequences.map((s) => s.tokens));
    await policy.importAdapter(before);
    expect(await policy.logprobs(sequences.map((s) => s.tokens))).toEqual(scores);
    policy.dispose();
  });

  test('an imported adapter goes on exactly where the exported one was', async () => {
    const first = await smallPolicy('wasm');
    const sequences = await learnFrom(first);
    await first.update(sequences, updateOptions());
    const state = structuredClone(await first.exportAdapter());
    await first.update(sequences, updateOptions());
    const second = await smallPolicy('wasm');
    await second.importAdapter(state);
    await second.update(sequences, updateOptions());
    expect(await second.exportAdapter()).toEqual(await first.exportAdapter());
    delete state.tensors['model.layers.1.mlp.down_proj.weight.lora_b.v'];
    await expect(second.importAdapter(state)).rejects.toThrow(/layers\.1\.mlp\.down_proj\.weight\.lora_b\.v/);
    first.dispose();
    second.dispose();
  });
});

test('200 rounds of play and learning keep tensors, their bytes and the wasm heap flat', async () => {
  const policy = await smallPolicy('wasm', { ...smallConfig, layers: 1 });
  const seen: number[][] = [];
  for (let round = 0; round < 200; round++) {
    await policy.update(await learnFrom(policy, [2], 2), updateOptions({ rng: new Rng(round) }));
    const { numTensors, numBytes } = tf.memory();
    seen.push([numTensors, numBytes, wasmHeap()?.buffer.byteLength as number]);
  }
  expect(new Set(seen.slice(10).map(String)).size).toBe(1);
  policy.dispose();
});

const trained: [Targets, number][] = [
  ['linear', 16],
  ['attention', 8],
  ['mlp', 8],
  ['full', 14],
];
test.each(trained)('gradients of everything that %s trains agree with finite differences', async (targets, arrays) => {
  const policy = await smallPolicy('cpu', { ...smallConfig, width: 8, headWidth: 8, heads: 2, kvHeads: 1, ffn: 8 });
  policy.newAdapter({ rank: 2, alpha: 4, seed: 5, targets });
  // Two short sequences: the cpu backend is slow.
  const sequences = (await play(policy, [2], 1)).tokens.map((tokens, i): TrainSequence => ({ tokens, advantage: i - 0.5 }));
  // One step makes B differ from zero, else A would have no gradient.
  await policy.update(sequences, updateOptions({ learningRate: 0.05 }));
  const start = await policy.exportAdapter();
  const tokens = sequences.map((s) => s.tokens);
  const count = tokens.reduce((sum, { choices }) => sum + choices.length, 0);
  const meanLogprob = async () => (await policy.logprobs(tokens)).reduce((sum, row) => sum + row.reduce((s, x) => s + x, 0), 0) / count;
  // With AdamW's first moment starting at zero, m / (1 - beta1) after one step is the gradient itself.
  const names = Object.keys(start.tensors).filter((name) => !/\.[mv]$/.test(name));
  const fresh = structuredClone(start);
  for (const name of names) for (const suffix of ['.m', '.v']) fresh.tensors[name + suffix]?.data.fill(0);
  await policy.importAdapter(fresh);
  const loss = Object.assign(({ logprobs_N, weights_N }: LossInputs) => tf.sum(tf.mul(logprobs_N, weights_N)) as tf.Scalar, {
    settings: { clip: 0, beta: 0 },
  });
  await policy.update(sequences, updateOptions({ loss, learningRate: 0, minibatches: 1, maxGradNorm: 1e9 }));
  const gradients = await policy.exportAdapter();
  expect(names).toHaveLength(arrays);
  for (const name of names) {
    const gradient = Array.from(gradients.tensors[`${name}.m`]?.data as Float32Array, (m) => m / 0.1);
    const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
    expect(norm, name).toBeGreaterThan(1e-5);
    // The directional derivative along the gradient is its norm.
    const shifted = async (by: number) => {
      const state = structuredClone(fresh);
      const data = state.tensors[name]?.data as Float32Array;
      for (let i = 0; i < data.length; i++) data[i] = (data[i] as number) + (by * (gradient[i] as number)) / norm;
      await policy.importAdapter(state);
      return meanLogprob();
    };
    // Five-point formula: the error falls with h^4, so h may be large against float32 noise, but not against the curvature.
    const h = 0.005;
    const derivative = (8 * ((await shifted(h)) - (await shifted(-h))) - (await shifted(2 * h)) + (await shifted(-2 * h))) / (12 * h);
    expect(Math.abs(derivative - norm), `${name}: ${derivative} against ${norm}`).toBeLessThan(0.02 * norm + 2e-4);
  }
  policy.dispose();
});

test('trained in full, every weight moves, the base stays, and a checkpoint brings all of it back', async () => {
  const policy = await smallPolicy('wasm');
  const sequences = await learnFrom(policy);
  const tokens = sequences.map((s) => s.tokens);
  const base = await policy.logprobs(tokens, { adapter: false });
  policy.newAdapter({ rank: 1, alpha: 1, seed: 1, targets: 'full' });
  expect(policy.info.adapterParameters).toBe(policy.info.parameters);
  expect(await policy.logprobs(tokens)).toEqual(base);
  const start = structuredClone(await policy.exportAdapter());
  await policy.update(sequences, updateOptions({ learningRate: 1e-3 }));
  const moved = structuredClone(await policy.exportAdapter());
  for (const [name, { data }] of Object.entries(start.tensors)) expect(moved.tensors[name]?.data, name).not.toEqual(data);
  const scored = await policy.logprobs(tokens);
  expect(scored).not.toEqual(base);
  expect(await policy.logprobs(tokens, { adapter: false })).toEqual(base);
  policy.newAdapter({ rank: 2, alpha: 4, seed: 1 });
  await policy.importAdapter(moved);
  expect(await policy.logprobs(tokens)).toEqual(scored);
  policy.dispose();
});
