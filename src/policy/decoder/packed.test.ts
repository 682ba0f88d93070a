import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '../../lib/rng.ts';
import { openBackend } from '../backend.ts';
import { offerGpu } from '../gpu.node.ts';
import { fromHalf, toHalf } from '../mlc/floats.ts';
import { dequantise, quantise } from '../mlc/groups.ts';
import { gatherRows, matMulPacked, matMulScaled, readMatrix, roundedToHalf, rowsOf, sliceRows, tensorsOf } from './packed.ts';
import type { Matrix } from './packed.ts';

const gpu = await offerGpu();
const backends = ['cpu', 'wasm', ...(gpu ? ['webgpu' as const] : [])] as const;
test('WebGPU kernels are tested here when this machine has an adapter', () => {
  console.log(gpu ? `WebGPU in Node: ${gpu}` : 'No WebGPU in Node on this machine: its kernels are tested in Chromium only.');
});

const noise = (length: number, seed: number): Float32Array => {
  const rng = new Rng(seed);
  return Float32Array.from({ length }, () => rng.normal());
};

/** [M, N, K]: sizes that fill tiles, and sizes that do not. */
const sizes = [
  [5, 40, 64],
  [33, 70, 72],
  [1, 3, 100],
  [64, 64, 32],
] as const;

function pack(
  format: 'group4' | 'half',
  rows: number,
  columns: number,
): { w: Matrix; plain: Float32Array; words: Uint32Array; scales: Float32Array } {
  const values = noise(rows * columns, 1);
  if (format === 'half') {
    const words = new Uint32Array(toHalf(values).buffer);
    const w: Matrix = { format, rows, columns, words: tf.tensor2d(new Int32Array(words.buffer), [rows, columns / 2], 'int32') };
    return { w, plain: fromHalf(toHalf(values)), words, scales: new Float32Array() };
  }
  const { words, scales } = quantise(values, rows, columns, 'float16');
  const packed = tf.tensor2d(new Int32Array(words.buffer), [rows, words.length / rows], 'int32');
  const w: Matrix = { format, rows, columns, words: packed, scales: tf.tensor2d(scales, [rows, scales.length / rows]) };
  return { w, plain: dequantise({ words, scales }, rows, columns), words, scales };
}

/** a [P, Q] times b [Q, R] in double precision. */
function product(a: (p: number, q: number) => number, b: (q: number, r: number) => number, P: number, Q: number, R: number): Float32Array {
  return Float32Array.from({ length: P * R }, (_, i) => {
    let sum = 0;
    for (let q = 0; q < Q; q++) sum += a(Math.floor(i / R), q) * b(q, i % R);
    return sum;
  });
}

async function close(tensor: tf.Tensor, expected: Float32Array): Promise<void> {
  const data = await tensor.data();
  expect(data.length).toBe(expected.length);
  const scale = Math.sqrt(expected.reduce((sum, x) => sum + x * x, 0) / expected.length);
  let worst = 0;
  data.forEach((value, i) => (worst = Math.max(worst, Math.abs(value - (expected[i] as number)))));
  expect(worst / scale).toBeLessThan(3e-6);
}

describe.each(backends)('packed products on %s', (backend) => {
  beforeAll(async () => {
    await openBackend(backend);
  });
  afterAll(() => tf.disposeVariables());

  test.each(['group4', 'half'] as const)('%s: product, its gradient, rows and slices are those of the unpacked matrix', async (format) => {
    for (const [M, N, K] of sizes) {
      const { w, plain } = pack(format, N, K);
      const [x, dy] = [noise(M * K, 2), noise(M * N, 3)];
      const at = (array: Float32Array, columns: number) => (row: number, column: number) => array[row * columns + column] as number;
      const tx = tf.tensor2d(x, [M, K]);
      await close(
        matMulPacked(tx, w),
        product(at(x, K), (k, n) => plain[n * K + k] as number, M, K, N),
      );
      const dx = tf.grad((input) => matMulPacked(input as tf.Tensor2D, w))(tx, tf.tensor2d(dy, [M, N]));
      await close(dx, product(at(dy, N), at(plain, K), M, N, K));
      const ids = Int32Array.from([N - 1, 0, N >> 1]);
      const rows = Float32Array.from({ length: 3 * K }, (_, i) => plain[(ids[Math.floor(i / K)] as number) * K + (i % K)] as number);
      await close(rowsOf(w, tf.tensor1d(ids, 'int32')), rows);
      expect(await readMatrix(gatherRows(w, tf.tensor1d(ids, 'int32')))).toEqual(rows);
      expect(await readMatrix(sliceRows(w, 1, 2))).toEqual(plain.slice(K, 3 * K));
      tf.dispose(tensorsOf(w));
    }
  });

  test('the gradient of the scales is that of the matrix, weighted by the codes', async () => {
    for (const [M, N, K] of sizes) {
      const { w, words, scales } = pack('group4', N, K);
      const groups = scales.length / N;
      const [x, dy] = [noise(M * K, 2), noise(M * N, 3)];
      const codes = dequantise({ words, scales: new Float32Array(scales.length).fill(1) }, N, K);
      const dw = product(
        (n, m) => dy[m * N + n] as number,
        (m, k) => x[m * K + k] as number,
        N,
        M,
        K,
      );
      const expected = new Float32Array(N * groups);
      dw.forEach((g, i) => {
        const place = Math.floor(i / K) * groups + Math.floor((i % K) / 32);
        expected[place] = (expected[place] as number) + g * (codes[i] as number);
      });
      const f = (input: tf.Tensor, s: tf.Tensor) =>
        matMulScaled(input as tf.Tensor2D, w as Matrix & { format: 'group4' }, s as tf.Tensor2D);
      const [, ds] = tf.grads(f)([tf.tensor2d(x, [M, K]), tf.tensor2d(scales, [N, groups])], tf.tensor2d(dy, [M, N])) as [
        tf.Tensor,
        tf.Tensor,
      ];
      await close(ds, expected);
    }
  });

  test('rounding to half precision is that of the file format', async () => {
    const values = noise(1000, 4);
    expect(await roundedToHalf(tf.tensor2d(values, [10, 100])).data()).toEqual(fromHalf(toHalf(values)));
  });
});
