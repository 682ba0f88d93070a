/** One small case of every kernel, with its gradients and an independent reference; tests run them in Node and in Chromium. */
import * as tf from '@tensorflow/tfjs';
import { Rng } from '../../../lib/rng.ts';
import { matMulScaled } from '../../decoder/packed.ts';
import { dequantise, quantise } from '../../mlc/groups.ts';
import { packSequences } from '../packing.ts';
import { allowedShare } from './allowed-share.ts';
import { causalAttention } from './attention.ts';
import { cachedAttention, hasCachedAttention } from './cached-attention.ts';
import { allowedLogits, choiceLogprobs } from './choices.ts';
import { chosenLogprobs } from './cross-entropy.ts';
import { keepRows } from './keep-rows.ts';
import { loraLinear } from './lora-linear.ts';
import { attended, choiceLogs, chosenLogs, product, rmsNormed, rotated, shareOf, swish } from './reference.ts';
import type { Numbers } from './reference.ts';
import { hasKernel } from './registry.ts';
import { rmsNorm } from './rms-norm.ts';
import { rope, ropeTable } from './rope.ts';
import { swiglu } from './swiglu.ts';
import { takeRows } from './take-rows.ts';

/** A kernel's op and its inputs; all other inputs are made anew on each backend. */
export interface Case {
  shapes: number[][];
  /** Further inputs, where they must outlive the forward pass. */
  constants?: () => tf.Tensor[];
  op: (...inputs: tf.Tensor[]) => tf.Tensor;
  reference: (...inputs: Numbers[]) => number[];
  /** For what only plays. */
  noGradient?: true;
}

type M = tf.Tensor2D;
const ints = (values: number[]) => tf.tensor1d(values, 'int32');

export function noise(size: number, seed: number): Float32Array {
  const rng = new Rng(seed);
  return Float32Array.from({ length: size }, () => rng.normal());
}
const numbers = (data: ArrayLike<number>): number[] => Array.from(data);

/** Two families that share a beginning of 40 tokens, and one sequence on its own. */
const beginning = (seed: number) => Array.from({ length: 40 }, (_, t) => (seed + 7 * t) % 90);
const family = (seed: number, lengths: number[]) =>
  lengths.map((n, i) => [...beginning(seed), ...Array.from({ length: n }, () => 100 + i)]);
const { segments, ids_M } = packSequences([...family(1, [5, 70, 1]), [7, 8, 9], ...family(2, [30, 3])]);
const heads = { heads: 4, kvHeads: 2, headWidth: 8 };
/** Columns of one row's queries, keys and values; of a cell of a cache. */
const [qkvWidth, cellWidth] = [64, 32];

/** Two new tokens after what caches of 5 and 3 cells hold, as if the cells' rows stood before them, whose queries nobody asks. */
const cells = [5, 3];
const apart = [
  { from: 0, count: 6, prefix: null },
  { from: 6, count: 4, prefix: null },
];
const lastRows = [5, 9];

const lora = { w: noise(192, 5), scale: 0.7 };
const choices = { ids: [4, 11, 2, 0, 4, -1, 5, 7, -1], prior: [0, -2, 0.5, -0.1, 0, 0, 0, -1, 0], picked: [2, 0, 1] };
const chosen = [0, 19, 3, 3, 7, 11];
const taken = [4, 0, 4, 5, 0, 4, 2];
const positions = [0, 1, 2, 3, 19, 5, 6, 7, 8];
const share = { words: [0, 1, 2, 3, 5, 8, 13, 19], ids: [1, 8, -1, 0, 13, 19] };
const kept = [7, 0, 3];
/** 5 rows of 64 columns in groups of 32. */
const { words } = quantise(noise(5 * 64, 8), 5, 64, 'float16');

export const cases: Record<string, Case> = {
  RMSNorm: { shapes: [[9, 16], [16]], op: (x, w) => rmsNorm(x as M, w as tf.Tensor1D, 1e-5), reference: (x, w) => rmsNormed(x, w, 1e-5) },
  'RMSNorm of wide rows': {
    shapes: [[3, 300], [300]],
    op: (x, w) => rmsNorm(x as M, w as tf.Tensor1D, 1e-5),
    reference: (x, w) => rmsNormed(x, w, 1e-5),
  },
  'a small matrix product': {
    shapes: [
      [5, 7],
      [7, 6],
    ],
    op: (a, b) => tf.matMul(a as M, b as M),
    reference: (a, b) => product(a, b, 5, 7, 6),
  },
  'a small matrix product of transposes': {
    shapes: [
      [7, 5],
      [9, 7],
    ],
    op: (a, b) => tf.matMul(a as M, b as M, true, true),
    reference: (a, b) => product(a, b, 5, 7, 9, true),
  },
  'a small matrix product by fours': {
    shapes: [
      [5, 8],
      [8, 12],
    ],
    op: (a, b) => tf.matMul(a as M, b as M),
    reference: (a, b) => product(a, b, 5, 8, 12),
  },
  'rows of a table, some taken more than once and some never': {
    shapes: [[6, 5]],
    op: (x) => takeRows(x as M, Int32Array.from(taken)),
    reference: (x) => taken.flatMap((row) => x.slice(5 * row, 5 * row + 5)),
  },
  SwiGLU: { shapes: [[9, 24]], op: (x) => swiglu(x as M), reference: (x) => swish(x, 12) },
  RoPE: {
    shapes: [[9, 32]],
    op: (x) => rope(x as M, ropeTable(20, 8, 10000), ints(positions), 3),
    reference: (x) => rotated(x, positions, 3, 8, 10000),
  },
  'a linear layer with an adapter': {
    shapes: [
      [70, 16],
      [16, 3],
      [3, 12],
    ],
    op: (x, a, b) => loraLinear(x as M, tf.tensor2d(lora.w, [12, 16]), a as M, b as M, lora.scale),
    reference: (x, a, b) => {
      const w = Array.from({ length: 192 }, (_, i) => lora.w[(i % 12) * 16 + Math.floor(i / 12)] as number);
      const plain = product(x, w, 70, 16, 12);
      return product(product(x, a, 70, 16, 3), b, 70, 3, 12).map((v, i) => (plain[i] as number) + lora.scale * v);
    },
  },
  'causal attention with shared beginnings': {
    shapes: [[ids_M.length, qkvWidth]],
    op: (qkv) => causalAttention(qkv as M, { segments, ...heads }),
    reference: (qkv) => attended(qkv, { segments, ...heads }),
  },
  'log-probabilities of chosen tokens': {
    shapes: [[6, 20]],
    op: (x) => chosenLogprobs(x as M, ints(chosen)),
    reference: (x) => chosenLogs(x, chosen),
  },
  'log-probabilities and entropy of choices': {
    shapes: [
      [3, 8],
      [12, 8],
    ],
    op: (h, e) =>
      choiceLogprobs(h as M, e as M, {
        ids: tf.tensor2d(choices.ids, [3, 3], 'int32'),
        prior: tf.tensor2d(choices.prior, [3, 3]),
        picked_N: ints(choices.picked),
      }),
    reference: (h, e) => choiceLogs(h, e, choices.ids, choices.prior, choices.picked),
  },
  'a product with a matrix in 4 bits, and its scales': {
    shapes: [
      [9, 64],
      [5, 2],
    ],
    constants: () => [tf.tensor2d(new Int32Array(words.slice().buffer), [5, words.length / 5], 'int32'), tf.zeros([5, 2])],
    op: (x, given, w, own) => matMulScaled(x as M, { format: 'group4', rows: 5, columns: 64, words: w as M, scales: own as M }, given as M),
    reference: (x, scales) => {
      const codes = dequantise({ words, scales: new Float32Array(10).fill(1) }, 5, 64);
      const w = Array.from(
        { length: 320 },
        (_, i) => (codes[(i % 5) * 64 + Math.floor(i / 5)] as number) * (scales[(i % 5) * 2 + Math.floor(i / 160)] as number),
      );
      return product(x, w, 9, 64, 5);
    },
  },
  'attention of new tokens over a cache': {
    shapes: [
      [2, qkvWidth],
      [8, cellWidth],
    ],
    op: (qkv, cache) => {
      if (hasCachedAttention()) return cachedAttention(qkv as M, cache as M, { first_M: ints([0, 5]), own_M: ints([5, 8]) }, null, heads);
      const read = cache.pad([
        [0, 0],
        [qkvWidth - cellWidth, 0],
      ]) as M;
      const [first, second] = tf.split(read, cells) as [M, M];
      const [one, two] = tf.split(qkv, 2) as [M, M];
      return tf.gather(causalAttention(tf.concat([first, one, second, two]) as M, { segments: apart, ...heads }), lastRows);
    },
    reference: (qkv, cache) => {
      const cell = (at: number) => [
        ...Array.from({ length: qkvWidth - cellWidth }, () => 0),
        ...cache.slice(at * cellWidth, (at + 1) * cellWidth),
      ];
      const rows = [0, 1, 2, 3, 4].flatMap(cell).concat(qkv.slice(0, qkvWidth), [5, 6, 7].flatMap(cell), qkv.slice(qkvWidth));
      const out = attended(rows, { segments: apart, ...heads });
      return lastRows.flatMap((row) => out.slice(row * 32, (row + 1) * 32));
    },
    noGradient: true,
  },
  'the share of allowed tokens': {
    shapes: [[2, 20]],
    op: (x) => {
      const ids = tf.tensor2d(share.ids, [2, 3], 'int32');
      if (hasKernel('AllowedShare')) return allowedShare(x as M, ints(share.words), ids);
      const weights = tf.exp(x) as M;
      const allowed = tf.oneHot(ids, 20).sum(1);
      return weights
        .mul(allowed)
        .sum(1)
        .div(tf.gather(weights, share.words, 1).sum(1));
    },
    reference: (x) => shareOf(x, share.words, share.ids, 2),
    noGradient: true,
  },
  'the logits of allowed tokens': {
    shapes: [
      [3, 8],
      [12, 8],
    ],
    op: (h, e) => allowedLogits(h as M, e as M, tf.tensor2d([4, 11, 0, 2, 7, 7], [3, 2], 'int32')),
    reference: (h, e) =>
      [4, 11, 0, 2, 7, 7].map(
        (id, i) => product(h.slice(8 * (i >> 1), 8 * (i >> 1) + 8), e.slice(8 * id, 8 * id + 8), 1, 8, 1)[0] as number,
      ),
    noGradient: true,
  },
  'rows written into a cache': {
    shapes: [
      [10, 4],
      [3, 6],
    ],
    // A copy, as it may be written in place.
    op: (cache, fresh) => keepRows(tf.keep(cache.add(0)) as M, fresh as M, 2, ints(kept)),
    reference: (cache, fresh) => {
      const out = [...cache];
      kept.forEach((row, m) => out.splice(4 * row, 4, ...fresh.slice(6 * m + 2, 6 * m + 6)));
      return out;
    },
    noGradient: true,
  },
};

export const inputsOf = ({ shapes }: Case): Float32Array[] => shapes.map((shape, i) => noise(tf.util.sizeFromShape(shape), i + 1));

/** The direction of the output along which gradients are taken. */
export const directionOf = (size: number): Float32Array => noise(size, 77);

/** The op's values and the gradients of its inputs on the current backend. */
export async function run({ shapes, constants, op, noGradient }: Case, inputs: Float32Array[]): Promise<Float32Array[]> {
  const more = constants?.() ?? [];
  const results = tf.tidy(() => {
    const variables = inputs.map((data, i) => tf.variable(tf.tensor(data, shapes[i] as number[])));
    const y = op(...variables, ...more);
    const all = [y];
    if (!noGradient) {
      const dy = tf.tensor(directionOf(y.size), y.shape);
      const { grads } = tf.variableGrads(
        () =>
          op(...variables, ...more)
            .mul(dy)
            .sum() as tf.Scalar,
        variables,
      );
      all.push(...variables.map(({ name }) => grads[name] as tf.Tensor));
    }
    variables.forEach((variable) => variable.dispose());
    return all;
  });
  const data = await Promise.all(results.map((tensor) => tensor.data() as Promise<Float32Array>));
  tf.dispose([results, more]);
  return data;
}

/** The values in double precision. */
export const referenceOf = ({ reference }: Case, inputs: Float32Array[]): number[] => reference(...inputs.map(numbers));

/** Slope of the values, along `directionOf` them, when input i moves along `direction`: central differences of the reference. */
export function slopeOf({ reference }: Case, inputs: Float32Array[], i: number, direction: Float32Array): number {
  const h = 1e-5;
  const at = (step: number) =>
    reference(...inputs.map((data, j) => Array.from(data, (v, k) => (j === i ? v + step * (direction[k] as number) : v))));
  const [above, below] = [at(h), at(-h)];
  const dy = directionOf(above.length);
  return above.reduce((s, v, k) => s + (v - (below[k] as number)) * (dy[k] as number), 0) / (2 * h);
}

/** Largest difference, as a share of the largest number. */
export function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [difference, largest] = [found.length === expected.length ? 0 : Infinity, 0];
  for (let i = 0; i < expected.length; i++) {
    const apart = Math.abs((found[i] as number) - (expected[i] as number));
    // A number that is none is as far off as can be.
    difference = Math.max(difference, Number.isNaN(apart) ? Infinity : apart);
    largest = Math.max(largest, Math.abs(expected[i] as number));
  }
  return difference / largest;
}
