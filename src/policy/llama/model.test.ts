import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '../../lib/rng.ts';
import { openBackend } from '../backend.ts';
import type { BackendName } from '../backend.ts';
import { offerGpu } from '../gpu.node.ts';
import { flatLayout, variablesOf } from './flat.ts';
import { ropeTable } from './kernels/rope.ts';
import { causalAttention } from './kernels/attention.ts';
import { blocks, forwardPacked, headLogits, hiddenAt, plainLinear } from './model.ts';
import { evenSegments } from './packing.ts';
import type { PackedRows } from './packing.ts';
import { randomWeights, smallConfig } from './testing.ts';

/** B sequences of equal length. */
const even = (ids_M: Int32Array, batch: number): PackedRows => {
  const time = ids_M.length / batch;
  return { ids_M, positions_M: ids_M.map((_, i) => i % time), segments: evenSegments(batch, time) };
};

/** Value and gradients of a loss that touches every weight, on the current backend. */
async function gradients(batch: number, time: number, seed = 1): Promise<{ value: number; out: Map<string, Float32Array> }> {
  const rng = new Rng(seed);
  const variables = variablesOf(smallConfig, randomWeights(smallConfig, 2));
  const ids = Int32Array.from({ length: batch * time }, () => rng.below(smallConfig.vocabulary));
  const at = Int32Array.from({ length: 7 }, () => rng.below(batch * time));
  const out = new Map<string, Float32Array>();
  const { value, grads } = tf.tidy(() => {
    const table = ropeTable(smallConfig.context, smallConfig.headWidth, smallConfig.ropeTheta);
    return tf.variableGrads(() => {
      const logits = headLogits(variables, forwardPacked(smallConfig, variables, plainLinear(variables), table, even(ids, batch), at));
      return tf.logSoftmax(logits).square().mean() as tf.Scalar;
    });
  });
  const loss = ((await value.data()) as Float32Array)[0] as number;
  for (const { name } of flatLayout(smallConfig)) {
    out.set(name, (await grads[(variables[name] as tf.Variable).name]?.data()) as Float32Array);
  }
  tf.dispose([value, grads]);
  Object.values(variables).forEach((variable) => variable.dispose());
  return { value: loss, out };
}

function relativeError(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let size = 0;
  for (let i = 0; i < a.length; i++) {
    difference += ((a[i] as number) - (b[i] as number)) ** 2;
    size += (a[i] as number) ** 2;
  }
  return Math.sqrt(difference / size);
}

const gpu = await offerGpu();
test.skipIf(gpu)('webgpu is left out here: no Vulkan driver was found (install chromium, or set VK_ICD_FILENAMES)', () => {});

describe('the decoder', () => {
  test.each([
    [1, 5],
    [3, 13],
    [2, 130],
  ])('gives the same loss and gradients on every backend, for [%i x %i] tokens', async (batch, time) => {
    await openBackend('cpu');
    const cpu = await gradients(batch, time);
    // One shape on WebGPU: software adapters are slow.
    for (const backend of (gpu && time === 13 ? ['wasm', 'webgpu'] : ['wasm']) satisfies BackendName[]) {
      await openBackend(backend);
      const other = await gradients(batch, time);
      expect(other.value).toBeCloseTo(cpu.value, 4);
      for (const [name, gradient] of cpu.out) expect(relativeError(gradient, other.out.get(name) as Float32Array), name).toBeLessThan(1e-4);
    }
  });

  test('is byte-identical from run to run on wasm', async () => {
    await openBackend('wasm');
    const [a, b] = [await gradients(3, 40), await gradients(3, 40)];
    expect(a.value).toBe(b.value);
    for (const [name, gradient] of a.out) expect(gradient).toEqual(b.out.get(name));
  });

  test('computes the last layer only for rows that are asked for, and changes no byte of the gradients by it (wasm)', async () => {
    await openBackend('wasm');
    const rng = new Rng(4);
    const packed = even(
      Int32Array.from({ length: 60 }, () => rng.below(smallConfig.vocabulary)),
      3,
    );
    // Out of order, and one of them twice: relatives decide at the same row.
    const at = Int32Array.from([41, 3, 17, 3, 59]);
    const variables = variablesOf(smallConfig, randomWeights(smallConfig, 2));
    const [linear, table] = [plainLinear(variables), ropeTable(smallConfig.context, smallConfig.headWidth, smallConfig.ropeTheta)];
    const everyRow = () => {
      const positions = tf.tensor1d(packed.positions_M, 'int32');
      const x = blocks(smallConfig, variables, linear, table, packed.ids_M, positions, (_layer, qkv) =>
        causalAttention(qkv, { ...smallConfig, segments: packed.segments }),
      );
      return hiddenAt(smallConfig, variables, x, at);
    };
    const asked = () => forwardPacked(smallConfig, variables, linear, table, packed, at);
    const [all, some] = [everyRow, asked].map((hidden) => {
      const { value, grads } = tf.variableGrads(() => tf.logSoftmax(headLogits(variables, hidden())).square().mean() as tf.Scalar);
      return [value, ...flatLayout(smallConfig).map(({ name }) => grads[(variables[name] as tf.Variable).name] as tf.Tensor)].map((t) =>
        t.dataSync(),
      );
    });
    expect(some).toEqual(all);
    Object.values(variables).forEach((variable) => variable.dispose());
  });

  test.each(['cpu', 'wasm'] as const)('never sees what comes later, nor the padding of other rows (%s)', async (backend) => {
    await openBackend(backend);
    tf.tidy(() => {
      const variables = variablesOf(smallConfig, randomWeights(smallConfig, 2));
      const table = ropeTable(smallConfig.context, smallConfig.headWidth, smallConfig.ropeTheta);
      const run = (ids: number[], batch: number, at: number[]) => {
        const packed = even(Int32Array.from(ids), batch);
        const hidden = forwardPacked(smallConfig, variables, plainLinear(variables), table, packed, Int32Array.from(at));
        return headLogits(variables, hidden).arraySync() as number[][];
      };
      const short = run([5, 6, 7], 1, [2])[0] as number[];
      const longer = run([5, 6, 7, 99, 98, 9, 8, 7, 6, 5], 2, [2])[0] as number[];
      short.forEach((x, i) => expect(longer[i]).toBeCloseTo(x, 5));
      Object.values(variables).forEach((variable) => variable.dispose());
    });
  });
});

describe('matrix products on wasm', () => {
  beforeAll(async () => void (await openBackend('wasm')));
  const shapes = [
    [1, 1, 1],
    [5, 8, 8],
    [6, 9, 17],
    [53, 300, 7],
    [64, 32, 40],
  ] as const;
  test.each(shapes)('%i x %i x %i agree with plain loops for all four transposes', (m, k, n) => {
    const rng = new Rng(m * k * n);
    const fill = (size: number) => Float32Array.from({ length: size }, () => rng.normal());
    const [a, b] = [fill(m * k), fill(k * n)];
    for (const transposeA of [false, true])
      for (const transposeB of [false, true]) {
        const product = tf.tidy(() =>
          tf
            .matMul(tf.tensor2d(a, transposeA ? [k, m] : [m, k]), tf.tensor2d(b, transposeB ? [n, k] : [k, n]), transposeA, transposeB)
            .dataSync(),
        );
        for (let i = 0; i < m; i++)
          for (let j = 0; j < n; j++) {
            let sum = 0;
            for (let l = 0; l < k; l++)
              sum += (a[transposeA ? l * m + i : i * k + l] as number) * (b[transposeB ? j * k + l : l * n + j] as number);
            expect(Math.abs((product[i * n + j] as number) - sum)).toBeLessThan(1e-4);
          }
      }
  });

  test('batches multiply pairwise, and a single right side is shared', () => {
    const [a, b] = [tf.randomNormal([3, 4, 5], 0, 1, 'float32', 1), tf.randomNormal([3, 5, 6], 0, 1, 'float32', 2)] as [
      tf.Tensor3D,
      tf.Tensor3D,
    ];
    const all = tf.matMul(a, b).arraySync() as number[][][];
    const shared = tf.matMul(a, b.slice([1, 0, 0], [1, 5, 6])).arraySync() as number[][][];
    for (let i = 0; i < 3; i++) {
      const one = (j: number) =>
        tf.matMul(a.slice([i, 0, 0], [1, 4, 5]).reshape([4, 5]), b.slice([j, 0, 0], [1, 5, 6]).reshape([5, 6])).arraySync();
      expect(all[i]).toEqual(one(i));
      expect(shared[i]).toEqual(one(1));
    }
  });
});

afterAll(() => tf.disposeVariables());
