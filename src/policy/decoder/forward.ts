/** The forward pass of llama, qwen2 and qwen3 decoders, one layer at a time, so that training can keep one layer's activations. */
import * as tf from '@tensorflow/tfjs';
import { causalAttention } from '../llama/kernels/attention.ts';
import { rmsNorm } from '../llama/kernels/rms-norm.ts';
import { rope } from '../llama/kernels/rope.ts';
import type { RopeTable } from '../llama/kernels/rope.ts';
import { swiglu } from '../llama/kernels/swiglu.ts';
import { evenSegments } from '../llama/packing.ts';
import { layerNames } from '../mlc/architecture.ts';
import type { DecoderConfig, RopeScaling } from '../mlc/architecture.ts';
import { scalesName } from '../mlc/tensors.ts';
import { matMulPacked, matMulScaled, rowsOf } from './packed.ts';
import type { DecoderWeights } from './weights.ts';

/**
 * Trainable tensors of one layer by name. A stored name (`q_scale`, bias, norm) replaces what is stored;
 * `<matrix>.lora_a` [K, R] and `<matrix>.lora_b` [R, N] add a low-rank path.
 */
export type LayerInputs = Readonly<Record<string, tf.Tensor>>;

/** B sequences of T tokens, padded on the right. */
export interface BatchShape {
  batch: number;
  time: number;
}

/** Angular frequency of each pair of a head's components (Llama 3.1 stretches the low ones). */
export function ropeFrequencies(headWidth: number, theta: number, scaling: RopeScaling | null): number[] {
  return Array.from({ length: headWidth / 2 }, (_, i) => {
    const frequency = theta ** ((-2 * i) / headWidth);
    if (!scaling) return frequency;
    const { factor, lowFrequency, highFrequency, originalContext } = scaling;
    const turns = (originalContext * frequency) / (2 * Math.PI);
    const smooth = Math.min(1, Math.max(0, (turns - lowFrequency) / (highFrequency - lowFrequency)));
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  });
}

/** Cosines and sines of positions 0 .. time - 1. The caller disposes it. */
export function decoderRope({ headWidth, ropeTheta, ropeScaling }: DecoderConfig, time: number): RopeTable {
  const frequencies = ropeFrequencies(headWidth, ropeTheta, ropeScaling);
  const half = headWidth / 2;
  const table = (f: (angle: number) => number) =>
    tf.tensor2d(
      Float32Array.from({ length: time * half }, (_, i) => f(Math.floor(i / half) * (frequencies[i % half] as number))),
      [time, half],
    );
  return { cos: table(Math.cos), sin: table(Math.sin), minusSin: table((angle) => -Math.sin(angle)) };
}

/** Embedded tokens [B T, D]. */
export function embed(weights: DecoderWeights, ids: Int32Array): tf.Tensor2D {
  return tf.tidy(() => rowsOf(weights.embedding, tf.tensor1d(ids, 'int32')));
}

/** One block: x [B T, D] -> [B T, D]; differentiable in x and in the layer's trainable tensors. */
export function runLayer(
  weights: DecoderWeights,
  layer: number,
  x: tf.Tensor2D,
  inputs: LayerInputs,
  lora: number,
  table: RopeTable,
  { batch, time }: BatchShape,
): tf.Tensor2D {
  const { config } = weights;
  const { heads, kvHeads, headWidth, rmsEps } = config;
  const name = layerNames(config, layer);
  const vector = (key: string) => (inputs[key] as tf.Tensor1D | undefined) ?? weights.vector(key);
  const norm = (rows: tf.Tensor2D, key: string) => rmsNorm(rows, vector(key), rmsEps, key in inputs);
  const linear = (rows: tf.Tensor2D, key: string): tf.Tensor2D => {
    const matrix = weights.matrix(key);
    const scales = inputs[scalesName(key)] as tf.Tensor2D | undefined;
    const y = scales && matrix.format === 'group4' ? matMulScaled(rows, matrix, scales) : matMulPacked(rows, matrix);
    const [a, b] = [inputs[`${key}.lora_a`], inputs[`${key}.lora_b`]] as [tf.Tensor2D?, tf.Tensor2D?];
    return a && b ? y.add(tf.matMul(tf.matMul(rows, a).mul(lora) as tf.Tensor2D, b)) : y;
  };
  return tf.tidy(() => {
    const positions = tf.tensor1d(
      Int32Array.from({ length: batch * time }, (_, i) => i % time),
      'int32',
    );
    let qkv = linear(norm(x, name.attentionNorm), name.qkv);
    if (name.qkvBias) qkv = qkv.add(vector(name.qkvBias));
    if (name.queryNorm && name.keyNorm) {
      const part = (from: number, count: number) => qkv.slice([0, from * headWidth], [batch * time, count * headWidth]);
      const normed = (from: number, count: number, key: string) =>
        norm(part(from, count).reshape([batch * time * count, headWidth]) as tf.Tensor2D, key).reshape([batch * time, count * headWidth]);
      qkv = tf.concat(
        [normed(0, heads, name.queryNorm), normed(heads, kvHeads, name.keyNorm), part(heads + kvHeads, kvHeads)],
        1,
      ) as tf.Tensor2D;
    }
    const turned = rope(qkv, table, positions, heads + kvHeads);
    const attended = causalAttention(turned, { segments: evenSegments(batch, time), heads, kvHeads, headWidth });
    const middle = x.add(linear(attended, name.out)) as tf.Tensor2D;
    const hidden = swiglu(linear(norm(middle, name.mlpNorm), name.gateUp));
    return middle.add(linear(hidden, name.down)) as tf.Tensor2D;
  });
}

/** The rows `at` of x [B T, D] after the final norm, [N, D]: what the head is applied to. */
export function normedRows(weights: DecoderWeights, x: tf.Tensor2D, at: tf.Tensor1D, norm: tf.Tensor1D): tf.Tensor2D {
  return rmsNorm(tf.gather(x, at) as tf.Tensor2D, norm, weights.config.rmsEps, true);
}
