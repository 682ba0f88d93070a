/** All weights in one Float32Array, in storage order: what optimisers, checkpoints and worker threads pass around. */
import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../../lib/rng.ts';
import { embeddingName, sizeOf, weightShapes } from './config.ts';
import type { LlamaConfig } from './config.ts';

export interface FlatEntry {
  name: string;
  shape: number[];
  offset: number;
  size: number;
}

/** Where each weight lies in the flat array. */
export function flatLayout(config: LlamaConfig): FlatEntry[] {
  let offset = 0;
  return [...weightShapes(config)].map(([name, shape]) => {
    const size = sizeOf(shape);
    offset += size;
    return { name, shape, offset: offset - size, size };
  });
}

/** Trainable variables with the values of a flat array. */
export function variablesOf(config: LlamaConfig, flat: Float32Array): Record<string, tf.Variable> {
  return Object.fromEntries(
    flatLayout(config).map(({ name, shape, offset, size }) => {
      const value = tf.tensor(flat.slice(offset, offset + size), shape);
      const variable = tf.variable(value);
      value.dispose();
      return [name, variable];
    }),
  );
}

/** Starting weights: norms 1, embedding 0.02, matrices 1 / sqrt(in), those that write to the residual stream 0. */
export function initialWeights(config: LlamaConfig, rng: Rng): Float32Array {
  const layout = flatLayout(config);
  const last = layout.at(-1) as FlatEntry;
  const flat = new Float32Array(last.offset + last.size);
  for (const { name, shape, offset, size } of layout) {
    const writesBack = name.includes('o_proj') || name.includes('down_proj');
    const std = name === embeddingName ? 0.02 : writesBack ? 0 : 1 / Math.sqrt(shape[1] ?? 1);
    const stream = rng.split('weights', name);
    for (let i = 0; i < size; i++) flat[offset + i] = shape.length === 1 ? 1 : std * stream.normal();
  }
  return flat;
}
