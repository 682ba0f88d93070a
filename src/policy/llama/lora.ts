/** Low-rank adapters on every linear layer: y = x W^T + (alpha / rank) (x A) B, with A [K, R] and B [R, N]. */
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../../lib/errors.ts';
import { Rng } from '../../lib/rng.ts';
import type { Moments } from '../adamw.ts';
import type { AdapterState } from '../policy.ts';
import { layerName, linearNames, sizeOf, weightShapes } from './config.ts';
import type { LlamaConfig } from './config.ts';
import { weight } from './model.ts';
import type { Linear, Weights } from './model.ts';

/** One trainable matrix: the master copy and moments in JS, and its mirror on the device. */
export interface LoraMatrix extends Moments {
  name: string;
  shape: [number, number];
  data: Float32Array;
  variable: tf.Variable<tf.Rank.R2>;
}

/** The linear weights that carry an adapter, `[out, in]`. */
export function adaptedNames(config: LlamaConfig): string[] {
  return Array.from({ length: config.layers }, (_, layer) => linearNames.map((part) => layerName(layer, part))).flat();
}

export class Lora {
  readonly matrices: LoraMatrix[] = [];
  step = 0;
  private readonly byName = new Map<string, LoraMatrix>();

  /** A is gaussian with variance 1 / K, by seed; B is zero, so that a fresh adapter changes nothing. */
  constructor(
    private readonly config: LlamaConfig,
    readonly rank: number,
    readonly alpha: number,
    seed: number,
  ) {
    const shapes = weightShapes(config);
    for (const name of adaptedNames(config)) {
      const [n, k] = shapes.get(name) as [number, number];
      const rng = new Rng(seed).split('adapter', name);
      const std = 1 / Math.sqrt(k);
      this.add(
        `${name}.lora_a`,
        [k, rank],
        Float32Array.from({ length: k * rank }, () => std * rng.normal()),
      );
      this.add(`${name}.lora_b`, [rank, n], new Float32Array(rank * n));
    }
  }

  private add(name: string, shape: [number, number], data: Float32Array): void {
    const value = tf.tensor2d(data, shape);
    const matrix: LoraMatrix = {
      name,
      shape,
      data,
      m: new Float32Array(data.length),
      v: new Float32Array(data.length),
      variable: tf.variable(value),
    };
    value.dispose();
    this.matrices.push(matrix);
    this.byName.set(name, matrix);
  }

  get scale(): number {
    return this.alpha / this.rank;
  }

  get parameters(): number {
    return this.matrices.reduce((sum, { data }) => sum + data.length, 0);
  }

  private pair(name: string): [tf.Tensor2D, tf.Tensor2D] {
    return [this.byName.get(`${name}.lora_a`)?.variable, this.byName.get(`${name}.lora_b`)?.variable] as [tf.Tensor2D, tf.Tensor2D];
  }

  /** Base product plus the low-rank path, for training. */
  linear(base: Weights): Linear {
    return (x, name) => {
      const [a, b] = this.pair(name);
      const frozen = tf.matMul(x, weight(base, name) as tf.Tensor2D, false, true);
      return frozen.add(tf.matMul(tf.matMul(x, a).mul(this.scale) as tf.Tensor2D, b));
    };
  }

  /** Base weights with the adapter added in, for sampling. Only the adapted ones are new tensors (the caller's to dispose). */
  merge(base: Weights): Weights {
    return Object.fromEntries(
      adaptedNames(this.config).map((name) => {
        const [a, b] = this.pair(name);
        return [name, tf.tidy(() => weight(base, name).add(tf.matMul(b, a, true, true).mul(this.scale)))];
      }),
    );
  }

  /** Copies the master arrays to the device. */
  upload(): void {
    for (const { variable, data, shape } of this.matrices) {
      const value = tf.tensor2d(data, shape);
      variable.assign(value);
      value.dispose();
    }
  }

  export(weightVersion: number): AdapterState {
    const tensors: AdapterState['tensors'] = {};
    for (const { name, shape, data, m, v } of this.matrices) {
      for (const [suffix, array] of [
        ['', data],
        ['.m', m],
        ['.v', v],
      ] as const) {
        tensors[name + suffix] = { shape: [...shape], data: array.slice() };
      }
    }
    return { rank: this.rank, alpha: this.alpha, step: this.step, weightVersion, tensors };
  }

  /** Checks everything before it changes anything. */
  import(state: AdapterState): void {
    const source = (name: string, shape: number[]): Float32Array => {
      const tensor = state.tensors[name];
      if (!tensor) throw new UserError(`The adapter has no tensor ${name}; it belongs to another model.`);
      if (tensor.shape.join() !== shape.join() || tensor.data.length !== sizeOf(shape)) {
        throw new UserError(`The adapter's tensor ${name} has shape [${tensor.shape}], but this model needs [${shape}].`);
      }
      return tensor.data;
    };
    const found = this.matrices.map(
      ({ name, shape }) => [source(name, shape), source(`${name}.m`, shape), source(`${name}.v`, shape)] as const,
    );
    const extra = Object.keys(state.tensors).find((name) => !this.byName.has(name.replace(/\.[mv]$/, '')));
    if (extra !== undefined) throw new UserError(`The adapter's tensor ${extra} has no place in this model.`);
    this.matrices.forEach((matrix, i) => {
      const [data, m, v] = found[i] as readonly [Float32Array, Float32Array, Float32Array];
      matrix.data.set(data);
      matrix.m.set(m);
      matrix.v.set(v);
    });
    this.step = state.step;
    this.upload();
  }

  dispose(): void {
    for (const { variable } of this.matrices) variable.dispose();
  }
}
