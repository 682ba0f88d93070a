import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '../../../lib/rng.ts';
import { openBackend } from '../../backend.ts';
import type { BackendName } from '../../backend.ts';
import { offerGpu } from '../../gpu.node.ts';
import { packSequences } from '../packing.ts';
import { causalAttention } from './attention.ts';
import { allowedLogits, choiceLogprobs } from './choices.ts';
import { chosenLogprobs } from './cross-entropy.ts';
import { keepRows } from './keep-rows.ts';
import { loraLinear } from './lora-linear.ts';
import { rmsNorm } from './rms-norm.ts';
import { rope, ropeTable } from './rope.ts';
import { swiglu } from './swiglu.ts';
import { takeRows } from './take-rows.ts';

/** A kernel's op with its differentiable inputs; all other inputs are made anew on each backend. */
interface Case {
  shapes: number[][];
  op: (...inputs: tf.Tensor[]) => tf.Tensor;
}

const ints = (values: number[]) => tf.tensor1d(values, 'int32');
/** Two families that share a beginning of 40 tokens, and one sequence on its own. */
const beginning = (seed: number) => Array.from({ length: 40 }, (_, t) => (seed + 7 * t) % 90);
const family = (seed: number, lengths: number[]) =>
  lengths.map((n, i) => [...beginning(seed), ...Array.from({ length: n }, () => 100 + i)]);
const { segments, ids_M } = packSequences([...family(1, [5, 70, 1]), [7, 8, 9], ...family(2, [30, 3])]);
const heads = { heads: 4, kvHeads: 2, headWidth: 8 };
const rows = ids_M.length;

const cases: Record<string, Case> = {
  RMSNorm: { shapes: [[9, 16], [16]], op: (x, w) => rmsNorm(x as tf.Tensor2D, w as tf.Tensor1D, 1e-5) },
  'RMSNorm of wide rows': { shapes: [[3, 300], [300]], op: (x, w) => rmsNorm(x as tf.Tensor2D, w as tf.Tensor1D, 1e-5) },
  'a small matrix product': {
    shapes: [
      [5, 7],
      [7, 6],
    ],
    op: (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D),
  },
  'a small matrix product of transposes': {
    shapes: [
      [7, 5],
      [9, 7],
    ],
    op: (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D, true, true),
  },
  'a small matrix product by fours': {
    shapes: [
      [5, 8],
      [8, 12],
    ],
    op: (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D),
  },
  'rows of a table, some taken more than once and some never': {
    shapes: [[6, 5]],
    op: (x) => takeRows(x as tf.Tensor2D, Int32Array.from([4, 0, 4, 5, 0, 4, 2])),
  },
  SwiGLU: { shapes: [[9, 24]], op: (x) => swiglu(x as tf.Tensor2D) },
  RoPE: {
    shapes: [[9, 32]],
    op: (x) => rope(x as tf.Tensor2D, ropeTable(20, 8, 10000), ints([0, 1, 2, 3, 19, 5, 6, 7, 8]), 3),
  },
  'a linear layer with an adapter': {
    shapes: [
      [70, 16],
      [16, 3],
      [3, 12],
    ],
    op: (x, a, b) => loraLinear(x as tf.Tensor2D, tf.tensor2d(noise(192, 5), [12, 16]), a as tf.Tensor2D, b as tf.Tensor2D, 0.7),
  },
  'causal attention with shared beginnings': {
    shapes: [[rows, 64]],
    op: (qkv) => causalAttention(qkv as tf.Tensor2D, { segments, ...heads }),
  },
  'log-probabilities of chosen tokens': { shapes: [[6, 20]], op: (x) => chosenLogprobs(x as tf.Tensor2D, ints([0, 19, 3, 3, 7, 11])) },
  'log-probabilities and entropy of choices': {
    shapes: [
      [3, 8],
      [12, 8],
    ],
    op: (h, e) =>
      choiceLogprobs(h as tf.Tensor2D, e as tf.Tensor2D, {
        ids: tf.tensor2d([4, 11, 2, 0, 4, -1, 5, 7, -1], [3, 3], 'int32'),
        prior: tf.tensor2d([0, -2, 0.5, -0.1, 0, 0, 0, -1, 0], [3, 3]),
        picked_N: ints([2, 0, 1]),
      }),
  },
};

/** The op's values and the gradients of its inputs, along one fixed direction of the output. */
async function run({ shapes, op }: Case, inputs: Float32Array[]): Promise<Float32Array[]> {
  const results = tf.tidy(() => {
    const variables = inputs.map((data, i) => tf.variable(tf.tensor(data, shapes[i] as number[])));
    const y = op(...variables);
    const dy = tf.tensor(noise(y.size, 77), y.shape);
    const { grads } = tf.variableGrads(
      () =>
        op(...variables)
          .mul(dy)
          .sum() as tf.Scalar,
      variables,
    );
    const all = [y, ...variables.map(({ name }) => grads[name] as tf.Tensor)];
    variables.forEach((variable) => variable.dispose());
    return all;
  });
  const data = await Promise.all(results.map((tensor) => tensor.data() as Promise<Float32Array>));
  tf.dispose(results);
  return data;
}

function noise(size: number, seed: number): Float32Array {
  const rng = new Rng(seed);
  return Float32Array.from({ length: size }, () => rng.normal());
}

const inputsOf = ({ shapes }: Case) => shapes.map((shape, i) => noise(tf.util.sizeFromShape(shape), i + 1));

function relativeError(a: Float32Array, b: Float32Array): number {
  const norm = (x: Float32Array) => Math.sqrt(x.reduce((sum, v) => sum + v * v, 0));
  return norm(a.map((v, i) => v - (b[i] as number))) / norm(a);
}

const gpu = await offerGpu();
const backends: BackendName[] = gpu ? ['cpu', 'wasm', 'webgpu'] : ['cpu', 'wasm'];
test.skipIf(gpu)('webgpu is left out here: no Vulkan driver was found (install chromium, or set VK_ICD_FILENAMES)', () => {});

const oracle = new Map<string, Float32Array[]>();
beforeAll(async () => {
  await openBackend('cpu');
  for (const [name, kernel] of Object.entries(cases)) oracle.set(name, await run(kernel, inputsOf(kernel)));
});
afterAll(() => openBackend('cpu'));

describe.each(backends)('on %s', (backend) => {
  beforeAll(async () => void (await openBackend(backend)), 120_000);

  test.each(Object.keys(cases))('%s and its gradients agree with the plain composition', async (name) => {
    const kernel = cases[name] as Case;
    const found = await run(kernel, inputsOf(kernel));
    oracle.get(name)?.forEach((expected, i) => expect(relativeError(expected, found[i] as Float32Array), `result ${i}`).toBeLessThan(1e-5));
  });

  test.each(Object.keys(cases))('%s has the gradient that finite differences show', async (name) => {
    const kernel = cases[name] as Case;
    const inputs = inputsOf(kernel);
    const [y, ...gradients] = (await run(kernel, inputs)) as [Float32Array, ...Float32Array[]];
    const dy = noise(y.length, 77);
    for (const [i, gradient] of gradients.entries()) {
      const direction = noise(gradient.length, 99);
      const along = gradient.reduce((sum, g, k) => sum + g * (direction[k] as number), 0);
      const at = async (step: number) => {
        const moved = inputs.map((data, j) => (j === i ? data.map((v, k) => v + step * (direction[k] as number)) : data));
        const [value] = (await run(kernel, moved)) as [Float32Array];
        return value.reduce((sum, v, k) => sum + v * (dy[k] as number), 0);
      };
      // Five points: the error falls with h^4, so h may be large against the noise of single precision.
      const h = 0.01;
      const slope = (8 * ((await at(h)) - (await at(-h))) - (await at(2 * h)) + (await at(-2 * h))) / (12 * h);
      const size = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
      expect(Math.abs(slope - along), `input ${i}: ${slope} against ${along}`).toBeLessThan(2e-3 * size + 2e-3);
    }
  });

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
