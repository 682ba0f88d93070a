/** The tensor work of one thread: a copy of the model that plays, scores, and computes gradients of micro-batches. */
import * as tf from '@tensorflow/tfjs';
import type { EpisodeTokens } from '../../types.ts';
import type { LoadedModel } from '../mlc/read.ts';
import type { AdapterShape, PolicyLoss, PolicySession, TrainSequence } from '../policy.ts';
import { Tokenizer } from '../tokenizer.ts';
import { flatLayout } from './flat.ts';
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
    const batch = packChoices(sequences.map(({ tokens }) => tokens));
    const perChoice = (value: (sequence: TrainSequence, i: number) => number) =>
      Float32Array.from(sequences.flatMap((sequence) => sequence.tokens.choices.map((_, i) => value(sequence, i))));
    const old_N = perChoice(({ tokens }, i) => tokens.choices[i]?.logprob as number);
    const reference_N = perChoice(({ tokens, refLogprobs }, i) => refLogprobs?.[i] ?? (tokens.choices[i]?.logprob as number));
    const advantage_N = perChoice(({ advantage }) => advantage);
    const { variables } = this.trained;
    const kept: tf.Tensor[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const { weights, linear } = this.trained.over(this.base);
      const { logprobs_N, entropy_N } = scoreChoices(this.model.config, weights, linear, this.table, batch);
      kept.push(tf.keep(logprobs_N.clone()), tf.keep(entropy_N.clone()));
      return loss({
        logprobs_N,
        oldLogprobs_N: tf.tensor1d(old_N),
        refLogprobs_N: tf.tensor1d(reference_N),
        advantages_N: tf.tensor1d(advantage_N),
        weights_N: tf.fill([old_N.length], weight),
      });
    }, variables);
    const read = async (tensor: tf.Tensor | undefined) => {
      const data = (await tensor?.data()) as Float32Array;
      tensor?.dispose();
      return data;
    };
    const lossValue = (await read(value))[0] as number;
    const logprobs_N = await read(kept[0]);
    const entropies = Array.from(await read(kept[1]));
    const gradient: Float32Array[] = [];
    for (const variable of variables) gradient.push(await read(grads[variable.name]));
    return { loss: lossValue, entropies, ratios: Array.from(logprobs_N, (logprob, n) => logprob - (old_N[n] as number)), gradient };
  }

  dispose(): void {
    this.trainable?.dispose();
    this.dropMerged();
    tf.dispose(this.base);
    tf.dispose([this.table.cos, this.table.sin, this.table.minusSin]);
  }
}
