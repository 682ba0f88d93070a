/** Forward pass of the decoder as pure functions of a weights object, so that pre-training and adapters share every line. */
import * as tf from '@tensorflow/tfjs';
import { embeddingName, finalNormName, layerName } from './config.ts';
import type { LlamaConfig } from './config.ts';
import { causalAttention } from './kernels/attention.ts';
import { rmsNorm } from './kernels/rms-norm.ts';
import { rope } from './kernels/rope.ts';
import type { RopeTable } from './kernels/rope.ts';
import { swiglu } from './kernels/swiglu.ts';
import { takeRows } from './kernels/take-rows.ts';
import type { PackedRows } from './packing.ts';

/** By MLC name; linear layers `[out, in]`. Frozen tensors or trainable variables. */
export type Weights = Record<string, tf.Tensor>;

/** x [rows, in] times the weight of that name -> [rows, out]; adapters wrap this. */
export type Linear = (x_BT_D: tf.Tensor2D, name: string) => tf.Tensor2D;

/** y = x W^T */
export function plainLinear(weights: Weights): Linear {
  return (x, name) => tf.matMul(x, weight(weights, name) as tf.Tensor2D, false, true);
}

export function weight(weights: Weights, name: string): tf.Tensor {
  const tensor = weights[name];
  if (tensor === undefined) throw new Error(`The model has no weight named ${name}.`);
  return tensor;
}

/** What one layer does with its rotated qkv [rows, (H + 2 KV) K]; returns [rows, H K], or [U, H K] of the rows that are wanted. */
export type Attend = (layer: number, qkv: tf.Tensor2D, wanted_U: Int32Array | null) => tf.Tensor2D;

/**
 * All blocks: embedded tokens [rows, D] to the residual stream before the final norm.
 * @param wanted rows whose stream is asked for, [U]; the others' last layer ends with its keys and values.
 */
export function blocks(
  config: LlamaConfig,
  weights: Weights,
  linear: Linear,
  table: RopeTable,
  ids: Int32Array,
  positions: tf.Tensor1D,
  attend: Attend,
  wanted: Int32Array | null = null,
): tf.Tensor2D {
  const norm = (x: tf.Tensor2D, name: string) => rmsNorm(x, weight(weights, name) as tf.Tensor1D, config.rmsEps);
  let x = takeRows(weight(weights, embeddingName) as tf.Tensor2D, ids);
  for (let layer = 0; layer < config.layers; layer++) {
    const name = (part: string) => layerName(layer, part);
    const qkv = linear(norm(x, name('input_layernorm')), name('self_attn.qkv_proj'));
    const some = layer === config.layers - 1 ? wanted : null;
    const attended = attend(layer, rope(qkv, table, positions, config.heads + config.kvHeads), some);
    if (some) x = takeRows(x, some);
    x = x.add(linear(attended, name('self_attn.o_proj')));
    const hidden = swiglu(linear(norm(x, name('post_attention_layernorm')), name('mlp.gate_up_proj')));
    x = x.add(linear(hidden, name('mlp.down_proj')));
  }
  return x;
}

/** The rows of x that `at` names, after the final norm [N, D]: only tokens that carry loss pay for the head. */
export function hiddenAt(config: LlamaConfig, weights: Weights, x: tf.Tensor2D, at_N: Int32Array): tf.Tensor2D {
  return finalNorm(config, weights, takeRows(x, at_N));
}

export function finalNorm(config: LlamaConfig, weights: Weights, x: tf.Tensor2D): tf.Tensor2D {
  return rmsNorm(x, weight(weights, finalNormName) as tf.Tensor1D, config.rmsEps);
}

/** Logits [N, V] of normed rows; the head is the embedding. */
export function headLogits(weights: Weights, hidden_N_D: tf.Tensor2D): tf.Tensor2D {
  return tf.matMul(hidden_N_D, weight(weights, embeddingName) as tf.Tensor2D, false, true);
}

/**
 * Normed hidden rows [N, D] of packed sequences.
 * @param at_N rows of [M] whose next token is asked for.
 */
export function forwardPacked(
  config: LlamaConfig,
  weights: Weights,
  linear: Linear,
  table: RopeTable,
  { ids_M, positions_M, segments }: PackedRows,
  at_N: Int32Array,
): tf.Tensor2D {
  const { heads, kvHeads, headWidth } = config;
  const attend: Attend = (_layer, qkv, wanted_U) => {
    const attended = causalAttention(qkv, { segments, heads, kvHeads, headWidth });
    return wanted_U ? takeRows(attended, wanted_U) : attended;
  };
  const positions = tf.tensor1d(positions_M, 'int32');
  // Relatives may ask for the same row. Rows keep their order, so that gradients are added in the order of all rows.
  const rows_U = Int32Array.from(new Set(at_N)).sort();
  const some = rows_U.length < ids_M.length;
  const x = blocks(config, weights, linear, table, ids_M, positions, attend, some ? rows_U : null);
  const place = new Map(Array.from(rows_U, (row, u) => [row, u]));
  return hiddenAt(config, weights, x, some ? at_N.map((row) => place.get(row) as number) : at_N);
}
