/** The tensor work of one thread: a copy of the model that plays, scores, and computes gradients of micro-batches. */
import * as tf from '@tensorflow/tfjs';
import type { EpisodeTokens } from '../../types.ts';
import type { AdamWOptions } from '../adamw.ts';
import type { LoadedModel } from '../mlc/read.ts';
import type { AdapterShape, PolicyLoss, PolicySession, TrainSequence } from '../policy.ts';
import { Tokenizer } from '../tokenizer.ts';
import type { Trained } from './adapter.ts';
import { flatLayout } from './flat.ts';
import { DeviceAdamW, hasDeviceAdamW } from './kernels/adamw.ts';
import { Trainable } from './lora.ts';
import { plainLinear } from './model.ts';
import type { Weights } from './model.ts';
import { ropeTable } from './kernels/rope.ts';
import type { RopeTable } from './kernels/rope.ts';
import { packChoices, scoreChoices } from './scoring.ts';
import { LlamaSession } from './session.ts';

export interface Prompt {
  text: string;
  copies: number;
}

/** What one micro-batch gives: d = log pi_train - log pi_sample and the entropy at each of its choices, and its gradient. */
export interface MicroResult {
  loss: number;
  ratios: number[];
  entropies: number[];
  /** One array for each trained one. */
  gradient: Float32Array[];
}

/** One update whose gradients, moments and steps stay on the device; its arrays come back at the end. */
export interface DeviceUpdate {
  /** As `Engine.gradient`; the gradient is added to what the next step goes along. */
  accumulate(sequences: TrainSequence[], loss: PolicyLoss, weight: number): Promise<Omit<MicroResult, 'gradient'>>;
  /** AdamW after clipping. @param count the step's number, from 1. @returns the gradient's norm before clipping. */
  step(count: number, maxGradNorm: number, options: AdamWOptions): Promise<number>;
  /** Writes the arrays and their moments where they came from. */
  finish(): Promise<void>;
  dispose(): void;
}

/** One copy of the policy, in this thread or another. Calls take effect in the order in which they are made. */
export interface Engine {
  /** Trains arrays of this shape from now on, with these values. */
  train(shape: AdapterShape, values: readonly Float32Array[]): void;
  /** New values of the trained arrays. */
  assign(values: readonly Float32Array[]): void;
  start(prompts: Prompt[], adapter: boolean): Promise<PolicySession>;
  /** log pi of the choices of one batch of sequences; each has some. */
  logprobs(sequences: EpisodeTokens[], adapter: boolean): Promise<Float32Array[]>;
  /** Loss and gradient of one batch whose choices each weigh `weight`; each sequence has some. */
  gradient(sequences: TrainSequence[], loss: PolicyLoss, weight: number): Promise<MicroResult>;
  /** Begins an update of these arrays on the device; null where the backend cannot. Absent where gradients of several threads are added. */
  update?(arrays: readonly Trained[]): DeviceUpdate | null;
  dispose(): void;
}

/** The backend must be current (`openBackend`). */
export class LocalEngine implements Engine {
  private readonly base: Weights;
  private readonly table: RopeTable;
  private readonly tokenizer: Tokenizer;
  private trainable: Trainable | null = null;
  /** Merged weights for sampling; dropped when the trained values change. */
  private merged: Weights | null = null;

  constructor(private readonly model: LoadedModel) {
    const { config, weights } = model;
    this.base = Object.fromEntries(
      flatLayout(config).map(({ name, shape, offset, size }) => [name, tf.tensor(weights.slice(offset, offset + size), shape)]),
    );
    this.table = ropeTable(config.context, config.headWidth, config.ropeTheta);
    this.tokenizer = new Tokenizer(model.tokenizer);
  }

  train(shape: AdapterShape, values: readonly Float32Array[]): void {
    this.trainable?.dispose();
    this.dropMerged();
    this.trainable = new Trainable(this.model.config, shape, values);
  }

  assign(values: readonly Float32Array[]): void {
    this.trained.assign(values);
    this.dropMerged();
  }

  private get trained(): Trainable {
    if (!this.trainable) throw new Error('The engine was given nothing to train.');
    return this.trainable;
  }

  private dropMerged(): void {
    if (this.merged) tf.dispose(this.merged);
    this.merged = null;
  }

  /** For what needs no gradient: the adapter is added into the weights once. */
  private fixedWeights(adapter: boolean): Weights {
    return adapter ? { ...this.base, ...(this.merged ??= this.trained.merge(this.base)) } : this.base;
  }

  async start(prompts: Prompt[], adapter: boolean): Promise<PolicySession> {
    const { table, tokenizer } = this;
    const weights = this.fixedWeights(adapter);
    return LlamaSession.open({ config: this.model.config, weights, linear: plainLinear(weights), table, tokenizer }, prompts);
  }

  async logprobs(sequences: EpisodeTokens[], adapter: boolean): Promise<Float32Array[]> {
    const weights = this.fixedWeights(adapter);
    const batch = packChoices(sequences);
    const logprobs_N = tf.tidy(() => scoreChoices(this.model.config, weights, plainLinear(weights), this.table, batch).logprobs_N);
    const data = (await logprobs_N.data()) as Float32Array;
    logprobs_N.dispose();
    let n = 0;
    return sequences.map(({ choices }) => data.slice(n, (n += choices.length)));
  }

  async gradient(sequences: TrainSequence[], loss: PolicyLoss, weight: number): Promise<MicroResult> {
    const { gradients, told } = this.backward(sequences, loss, weight);
    const read = async (tensor: tf.Tensor) => {
      const data = (await tensor.data()) as Float32Array;
      tensor.dispose();
      return data;
    };
    const result = micro(await read(told), sequences);
    const gradient: Float32Array[] = [];
    for (const tensor of gradients) gradient.push(await read(tensor));
    return { ...result, gradient };
  }

  update(arrays: readonly Trained[]): DeviceUpdate | null {
    if (!hasDeviceAdamW()) return null;
    // New memory for the arrays, which change in place: sampling weights may lie in the old one.
    this.assign(arrays.map(({ data }) => data));
    const optimiser = new DeviceAdamW(this.trained.variables, arrays);
    return {
      accumulate: async (sequences, loss, weight) => {
        const { gradients, told } = this.backward(sequences, loss, weight);
        optimiser.add(gradients);
        const data = (await told.data()) as Float32Array;
        tf.dispose([gradients, told]);
        return micro(data, sequences);
      },
      step: (count, maxGradNorm, options) => optimiser.step(count, maxGradNorm, options),
      finish: async () => {
        this.dropMerged();
        await optimiser.read(arrays);
      },
      dispose: () => optimiser.dispose(),
    };
  }

  /** The gradients of one micro-batch, and its loss, log-probabilities and entropies in one array [1 + 2 N]. */
  private backward(sequences: TrainSequence[], loss: PolicyLoss, weight: number): { gradients: tf.Tensor[]; told: tf.Tensor1D } {
    const batch = packChoices(sequences.map(({ tokens }) => tokens));
    const perChoice = (value: (sequence: TrainSequence, i: number) => number) =>
      Float32Array.from(sequences.flatMap((sequence) => sequence.tokens.choices.map((_, i) => value(sequence, i))));
    const old_N = perChoice(({ tokens }, i) => tokens.choices[i]?.logprob as number);
    const reference_N = perChoice(({ tokens, refLogprobs }, i) => refLogprobs?.[i] ?? (tokens.choices[i]?.logprob as number));
    const advantage_N = perChoice(({ advantage }) => advantage);
    const weight_N = perChoice((sequence) => weight * (sequence.weight ?? 1));
    const { variables } = this.trained;
    const kept: tf.Tensor1D[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const { weights, linear } = this.trained.over(this.base);
      const { logprobs_N, entropy_N } = scoreChoices(this.model.config, weights, linear, this.table, batch);
      kept.push(tf.keep(logprobs_N.clone()), tf.keep(entropy_N.clone()));
      return loss({
        logprobs_N,
        oldLogprobs_N: tf.tensor1d(old_N),
        refLogprobs_N: tf.tensor1d(reference_N),
        advantages_N: tf.tensor1d(advantage_N),
        weights_N: tf.tensor1d(weight_N),
      });
    }, variables);
    const told = tf.tidy(() => tf.concat1d([value.reshape([1]) as tf.Tensor1D, ...kept]));
    tf.dispose([value, kept]);
    return { gradients: variables.map(({ name }) => grads[name] as tf.Tensor), told };
  }

  dispose(): void {
    this.trainable?.dispose();
    this.dropMerged();
    tf.dispose(this.base);
    tf.dispose([this.table.cos, this.table.sin, this.table.minusSin]);
  }
}

/** Reads what `backward` told of the choices of these sequences. */
function micro(told: Float32Array, sequences: readonly TrainSequence[]): Omit<MicroResult, 'gradient'> {
  const old = sequences.flatMap(({ tokens }) => tokens.choices.map(({ logprob }) => logprob));
  // As they are kept in single precision.
  const ratios = Array.from(Float32Array.from(old), (logprob, n) => (told[1 + n] as number) - logprob);
  return { loss: told[0] as number, ratios, entropies: Array.from(told.subarray(1 + old.length)) };
}
