/**
 * What is trained on top of frozen weights, in two kinds.
 *
 * `lora`, for models stored in f16 or f32: y = x W^T + (alpha / R) (x A) B on every linear layer, A [K, R], B [R, N].
 * `scale`, for 4-bit models, whose codes would swallow a LoRA-sized change: what is stored as floats moves instead.
 * Scales become s (1 + (alpha / R) B A) with B [N, R], A [R, G] (as in PEQA, but of low rank); biases and norms get a
 * difference of their own. The served model then holds exactly what was trained.
 */
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../../lib/errors.ts';
import { Rng } from '../../lib/rng.ts';
import type { Moments } from '../adamw.ts';
import { sizeOf } from '../llama/config.ts';
import { linearNames } from '../mlc/architecture.ts';
import { denseName, scalesName } from '../mlc/tensors.ts';
import type { NamedTensor } from '../mlc/tensors.ts';
import type { AdapterState } from '../policy.ts';
import { adapterParts, kindFor, type AdapterKind } from './adapter-shapes.ts';
import type { LayerInputs } from './forward.ts';
import { readMatrix, roundedToHalf } from './packed.ts';
import type { DecoderWeights } from './weights.ts';

/** One trainable array with its optimiser's moments; the master copy is here, its mirror on the device. */
export interface Trainable extends Moments {
  name: string;
  shape: number[];
  data: Float32Array;
  mirror: tf.Tensor;
}

export class DecoderAdapter {
  step = 0;
  readonly trainables: Trainable[] = [];
  private readonly byLayer: Trainable[][];

  private constructor(
    private readonly weights: DecoderWeights,
    readonly kind: AdapterKind,
    readonly rank: number,
    readonly alpha: number,
  ) {
    this.byLayer = Array.from({ length: weights.config.layers + 1 }, () => []);
  }

  /** A is gaussian with variance 1 / (length of its inner axis), by seed; all else is zero, so that nothing changes at first. */
  static fresh(weights: DecoderWeights, { rank, alpha, seed }: { rank: number; alpha: number; seed: number }): DecoderAdapter {
    const adapter = new DecoderAdapter(weights, kindFor(weights.config), rank, alpha);
    for (const { layer, name, shape } of adapterParts(weights.config, adapter.kind, rank)) {
      const rng = new Rng(seed).split('adapter', name);
      const std = name.endsWith('.lora_a')
        ? 1 / Math.sqrt(shape[0] as number)
        : name.endsWith('.scale_a')
          ? 1 / Math.sqrt(shape[1] as number)
          : 0;
      const data = Float32Array.from({ length: sizeOf(shape) }, () => (std === 0 ? 0 : std * rng.normal()));
      adapter.add(layer, { name, shape, data, m: new Float32Array(data.length), v: new Float32Array(data.length) });
    }
    return adapter;
  }

  /**
   * An adapter with the arrays of `state`. A LoRA pair may have a rank of its own (imported adapters join several matrices).
   * @throws UserError naming the first array that does not fit.
   */
  static from(weights: DecoderWeights, state: AdapterState): DecoderAdapter {
    const { config } = weights;
    const adapter = new DecoderAdapter(weights, kindFor(config), state.rank, state.alpha);
    const expected = adapterParts(config, adapter.kind, state.rank);
    const known = new Set(expected.map(({ name }) => name));
    const extra = Object.keys(state.tensors).find((name) => !known.has(name.replace(/\.[mv]$/, '')));
    try {
      if (extra !== undefined && adapter.kind === 'scale' && extra.includes('.lora_'))
        throw new UserError(
          'This is a LoRA adapter, which a 4-bit model cannot hold; open the same model stored as floats (q0f16 or q0f32 in its name).',
        );
      if (extra !== undefined) throw new UserError(`The adapter's tensor ${extra} has no place in this model.`);
      for (const { layer, name, shape } of expected) {
        const rank = adapter.kind === 'lora' ? state.tensors[name.replace(/_b$/, '_a')]?.shape[1] : undefined;
        const wanted = rank === undefined ? shape : name.endsWith('_a') ? [shape[0] as number, rank] : [rank, shape[1] as number];
        const array = (suffix: string) => {
          const tensor = state.tensors[name + suffix];
          if (!tensor) throw new UserError(`The adapter has no tensor ${name + suffix}; it belongs to another model.`);
          if (tensor.shape.join() !== wanted.join() || tensor.data.length !== sizeOf(wanted)) {
            throw new UserError(`The adapter's tensor ${name + suffix} has shape [${tensor.shape}], but this model needs [${wanted}].`);
          }
          return tensor.data.slice();
        };
        adapter.add(layer, { name, shape: wanted, data: array(''), m: array('.m'), v: array('.v') });
      }
    } catch (error) {
      adapter.dispose();
      throw error;
    }
    adapter.step = state.step;
    return adapter;
  }

  private add(layer: number, array: Omit<Trainable, 'mirror'>): void {
    const trainable = { ...array, mirror: tf.keep(tf.tensor(array.data, array.shape)) };
    this.trainables.push(trainable);
    (this.byLayer[layer] as Trainable[]).push(trainable);
  }

  get parameters(): number {
    return this.trainables.reduce((sum, { data }) => sum + data.length, 0);
  }

  /** alpha / R */
  get strength(): number {
    return this.alpha / this.rank;
  }

  /** The trainable arrays of a layer; of the final norm when `layer` is the number of layers. */
  of(layer: number): Trainable[] {
    return this.byLayer[layer] as Trainable[];
  }

  private mirror(layer: number, name: string): tf.Tensor2D {
    return (this.of(layer).find((trainable) => trainable.name === name) as Trainable).mirror as tf.Tensor2D;
  }

  /** What the forward pass of a layer takes (the caller disposes it), with the adapter in it. */
  inputs(layer: number): LayerInputs {
    if (this.kind === 'lora') return Object.fromEntries(this.of(layer).map(({ name, mirror }) => [name, mirror.clone()]));
    return tf.tidy(() =>
      Object.fromEntries(
        this.of(layer).flatMap(({ name, mirror }): [string, tf.Tensor][] => {
          if (name.endsWith('.delta')) return [[name.slice(0, -6), this.stored(this.weights.vector(name.slice(0, -6)).add(mirror))]];
          if (name.endsWith('.scale_a')) return [];
          const matrix = name.slice(0, -8);
          const base = this.base(matrix);
          const change = tf.matMul(mirror as tf.Tensor2D, this.mirror(layer, `${matrix}.scale_a`)).mul(this.strength);
          return [[scalesName(matrix), this.stored(base.add(base.mul(change)))]];
        }),
      ),
    );
  }

  private base(matrix: string): tf.Tensor2D {
    const found = this.weights.matrix(matrix);
    if (found.format !== 'group4') throw new Error(`The matrix ${matrix} has no scales.`);
    return found.scales;
  }

  /** As the served model will hold it: rounded to half precision in f16 models. The gradient passes the rounding unchanged. */
  private stored(values: tf.Tensor): tf.Tensor {
    if (this.weights.config.quantisation !== 'q4f16_1') return values;
    return roundedToHalf(values);
  }

  /** From gradients of a layer's inputs (by name) to gradients of its trainable arrays, in the order of `of(layer)`. */
  chain(layer: number, gradients: Readonly<Record<string, tf.Tensor>>): tf.Tensor[] {
    return this.of(layer).map(({ name }) => {
      if (this.kind === 'lora') return (gradients[name] as tf.Tensor).clone();
      if (name.endsWith('.delta')) return (gradients[name.slice(0, -6)] as tf.Tensor).clone();
      const matrix = name.slice(0, -8);
      return tf.tidy(() => {
        const change = (gradients[scalesName(matrix)] as tf.Tensor).mul(this.base(matrix)).mul(this.strength) as tf.Tensor2D;
        return name.endsWith('.scale_b')
          ? tf.matMul(change, this.mirror(layer, `${matrix}.scale_a`), false, true)
          : tf.matMul(this.mirror(layer, `${matrix}.scale_b`), change, true, false);
      });
    });
  }

  /** Copies the master arrays to the device. */
  upload(): void {
    for (const trainable of this.trainables) {
      trainable.mirror.dispose();
      trainable.mirror = tf.keep(tf.tensor(trainable.data, trainable.shape));
    }
  }

  /**
   * The stored tensors that the adapter changes, layer by layer, as the served model shall hold them.
   * @param on false gives what the base model holds in their place.
   */
  async *served(on: boolean): AsyncGenerator<NamedTensor> {
    const { config } = this.weights;
    for (let layer = 0; layer <= config.layers; layer++) {
      if (this.kind === 'scale') {
        const inputs = this.inputs(layer);
        for (const [name, tensor] of Object.entries(inputs)) {
          const base = name.endsWith('.q_scale') ? this.base(name.slice(0, -8)) : this.weights.vector(name);
          yield { name, shape: tensor.shape, values: (await (on ? tensor : base).data()) as Float32Array };
        }
        tf.dispose(Object.values(inputs));
        continue;
      }
      for (const name of layer === config.layers ? [] : linearNames(config, layer)) {
        const matrix = this.weights.matrix(name);
        const values = (await readMatrix(matrix)).slice();
        if (on) {
          const change = tf.tidy(() =>
            tf.matMul(this.mirror(layer, `${name}.lora_b`), this.mirror(layer, `${name}.lora_a`), true, true).mul(this.strength),
          );
          const delta = (await change.data()) as Float32Array;
          change.dispose();
          for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) + (delta[i] as number);
        }
        yield { name: denseName(name), shape: [matrix.rows, matrix.columns], values };
      }
    }
  }

  export(weightVersion: number): AdapterState {
    const tensors: AdapterState['tensors'] = {};
    for (const { name, shape, data, m, v } of this.trainables) {
      tensors[name] = { shape: [...shape], data: data.slice() };
      tensors[`${name}.m`] = { shape: [...shape], data: m.slice() };
      tensors[`${name}.v`] = { shape: [...shape], data: v.slice() };
    }
    return { rank: this.rank, alpha: this.alpha, step: this.step, weightVersion, tensors };
  }

  dispose(): void {
    tf.dispose(this.trainables.map(({ mirror }) => mirror));
  }
}
