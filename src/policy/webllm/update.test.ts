import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { clippedSurrogate } from '../../algo/grpo.ts';
import { Rng } from '../../lib/rng.ts';
import { kindFor } from '../decoder/adapter-shapes.ts';
import { smallDecoder } from '../decoder/testing.ts';
import type { LossInputs } from '../policy.ts';
import type { Serving, TensorBytes } from './port.ts';
import { ServedModel } from './served-model.ts';
import { furthest, learn, openPolicy, play, requests, sampled, step } from './testing-policy.ts';

const loss = clippedSurrogate({ clip: 0.2, beta: 0 });

describe('weight sync', () => {
  test('a session that began with older weights is refused, one without the adapter goes on', async () => {
    const { policy, serving } = await openPolicy('q0f32');
    const session = await policy.start([{ text: 'Task.\n>', copies: 1 }]);
    policy.useAdapter(false);
    const frozen = await policy.start([{ text: 'Task.\n>', copies: 1 }]);
    policy.useAdapter(true);
    const { tokens } = await play(policy);
    await learn(policy, tokens, loss);
    await policy.syncWeights();
    const version = serving.version;
    expect(version).toBeGreaterThan(0);
    await expect(session.act(requests([0], ''), { temperature: 1 })).rejects.toThrow(/weights have changed/);
    expect((await frozen.act(requests([0], ''), { temperature: 0 }))[0]?.choice).not.toBeNull();
    expect(serving.version).toBe(0);
  });

  test('how it is served is said at the first rollout, and how long new weights took', async () => {
    const told: string[] = [];
    const { policy } = await openPolicy('q0f32', { onServing: (how) => told.push(how) });
    const { tokens } = await play(policy);
    await play(policy);
    expect(told).toEqual(['Rows are decoded together; new weights are written in place.']);
    await learn(policy, tokens, loss);
    await policy.syncWeights();
    expect(told.slice(1)).toEqual(['Rows are decoded together; new weights are written in place (the last time 1 MB in 0.00 s).']);
    const single = await openPolicy('q0f32', { without: ['pipeline'] });
    expect(single.policy.how).toBe(
      'Rows are decoded one at a time, because this version of WebLLM keeps its models where they cannot be found; new weights come by loading it again, because this version of WebLLM does not let its tensors be found.',
    );
  });

  test('the matrices of a model go over in parts, never all at once; a model that is loaded again takes them whole', async () => {
    const size = 10_000_000;
    const tensors = async function* () {
      for (const name of ['a', 'b', 'c']) yield { name, bytes: new Uint8Array(4 * size) };
    };
    for (const [kind, parts] of [
      ['in place', [1, 1, 1]],
      ['reload', [3]],
    ] as const) {
      const seen: { count: number; version: number | null }[] = [];
      const serving = {
        info: { decoding: { kind: 'batched' }, syncing: { kind, why: '' } },
        sync: async (given: TensorBytes[], version: number | null) => {
          seen.push({ count: given.length, version });
          return { kind, version, tensors: given.length, bytes: 4 * size * given.length, seconds: 1 };
        },
      } as unknown as Serving;
      const told: string[] = [];
      await new ServedModel(serving, { onServing: (how) => told.push(how) }).take(7, false, tensors);
      expect(seen.map(({ count }) => count)).toEqual(parts);
      expect(seen.map(({ version }) => version)).toEqual([...parts.slice(1).map(() => null), 7]);
      expect(told).toEqual([expect.stringContaining(`(the last time 0.1 GB in ${parts.length}.00 s)`)]);
    }
  });

  test('a tensor that the served model lacks, or of another size, changes nothing', async () => {
    const { policy, serving } = await openPolicy('q0f32');
    const before = await play(policy, 0);
    const norm = { name: 'model.norm.weight', bytes: new Uint8Array(4 * 32) };
    await expect(serving.sync([norm, { name: 'model.nurm.weight', bytes: norm.bytes }], 1)).rejects.toThrow(
      /no tensor model\.nurm\.weight/,
    );
    await expect(serving.sync([norm, { name: 'model.norm.weight', bytes: new Uint8Array(8) }], 1)).rejects.toThrow(/128 bytes, but 8/);
    expect((await play(policy, 0)).tokens).toEqual(before.tokens);
  });

  test('when the two engines disagree, the step is told so and weighs by truncated importance', async () => {
    const { policy, serving, made } = await openPolicy('q0f32');
    // Someone else's weights in the served model: scaled final norm, as a bug or a coarser format would.
    const norm = (made.plain.get('model.norm.weight') as Float32Array).map((w) => 1.5 * w);
    await serving.sync([{ name: 'model.norm.weight', bytes: new Uint8Array(norm.buffer) }], 0);
    const { tokens } = await play(policy);
    const gaps = (await policy.logprobs(tokens)).flatMap((row, i) =>
      [...row].map((x, k) => Math.abs(x - ((sampled(tokens)[i] as Float32Array)[k] as number))),
    );
    let seen: { old: Float32Array; now: Float32Array; weights: Float32Array } | null = null;
    const stats = await policy.update(
      tokens.map((each, i) => ({ tokens: each, advantage: i % 2 ? 1 : -1 })),
      {
        ...step,
        rng: new Rng(1),
        loss: Object.assign(
          (inputs: LossInputs) => {
            seen = {
              old: inputs.oldLogprobs_N.dataSync() as Float32Array,
              now: inputs.logprobs_N.dataSync() as Float32Array,
              weights: inputs.weights_N.dataSync() as Float32Array,
            };
            return loss(inputs);
          },
          { settings: loss.settings },
        ),
      },
    );
    expect(stats.mismatch).toBeCloseTo(gaps.reduce((a, b) => a + b, 0) / gaps.length, 5);
    expect(stats.mismatch).toBeGreaterThan(1e-2);
    const { old, now, weights } = seen as unknown as { old: Float32Array; now: Float32Array; weights: Float32Array };
    old.forEach((value, n) => expect(Math.abs(value - (now[n] as number))).toBeLessThan(1e-5));
    expect(Math.max(...weights) * weights.length).toBeLessThanOrEqual(2 + 1e-6);
    expect(new Set(weights).size).toBeGreaterThan(1);
  });
});

test('an update that is cancelled leaves weights and optimiser as they were', async () => {
  const { policy } = await openPolicy('q4f32_1');
  const { tokens } = await play(policy);
  await learn(policy, tokens, loss);
  const before = await policy.exportAdapter();
  const cancelled = policy.update(
    tokens.map((each, i) => ({ tokens: each, advantage: i % 2 ? 1 : -1 })),
    {
      ...step,
      loss,
      rng: new Rng(1),
      minibatches: 2,
      onProgress: (done) => {
        if (done === 1) throw new Error('paused');
      },
    },
  );
  await expect(cancelled).rejects.toThrow('paused');
  expect(await policy.exportAdapter()).toEqual(before);
  expect(tf.memory().numTensors).toBeGreaterThan(0);
});

test('an adapter travels: imported into another policy it gives the same log-probabilities', async () => {
  const [a, b] = [(await openPolicy('q4f16_1')).policy, (await openPolicy('q4f16_1')).policy];
  const { tokens } = await play(a);
  await learn(a, tokens, loss);
  const state = await a.exportAdapter();
  expect(Object.keys(state.tensors).some((name) => name.endsWith('.scale_b'))).toBe(kindFor(smallDecoder('qwen2', 'q4f16_1')) === 'scale');
  await b.importAdapter(state);
  expect(await b.logprobs(tokens)).toEqual(await a.logprobs(tokens));
  expect(furthest(sampled((await play(b)).tokens), await b.logprobs((await play(b)).tokens))).toBeLessThan(1e-5);
});
