/** The trainable policy: a Llama-style decoder with frozen base weights and a low-rank adapter, on any tfjs backend. */
import * as tf from '@tensorflow/tfjs';
import { adamW, clipByGlobalNorm } from '../adamw.ts';
import type { OpenedBackend } from '../backend.ts';
import { UserError } from '../../lib/errors.ts';
import { mean } from '../../lib/stats.ts';
import type { LoadedModel } from '../mlc/read.ts';
import type { AdapterState, Policy, PolicyInfo, PolicySession, TrainSequence, UpdateOptions } from '../policy.ts';
import { Tokenizer } from '../tokenizer.ts';
import type { EpisodeTokens, UpdateStats } from '../../types.ts';
import { parameterCount } from './config.ts';
import type { LlamaConfig } from './config.ts';
import { flatLayout } from './flat.ts';
import { Lora } from './lora.ts';
import { plainLinear } from './model.ts';
import type { Weights } from './model.ts';
import { ropeTable } from './kernels/rope.ts';
import type { RopeTable } from './kernels/rope.ts';
import { cutChoices, scoreChoices } from './scoring.ts';
import type { ChoiceBatch } from './scoring.ts';
import { LlamaSession } from './session.ts';

export interface LlamaPolicyOptions {
  name: string;
  model: LoadedModel;
  backend: OpenedBackend;
  rank?: number;
  alpha?: number;
  seed?: number;
  /** Most packed tokens of one training micro-batch; less where memory or watchdogs bind. */
  microTokens?: number;
}

export class LlamaPolicy implements Policy {
  readonly tokenizer: Tokenizer;
  weightVersion = 0;
  private readonly config: LlamaConfig;
  private readonly base: Weights;
  private readonly table: RopeTable;
  private readonly microTokens: number;
  private lora: Lora;
  private adapterOn = true;
  /** Merged weights of one weight version, for sampling. */
  private merged: { version: number; weights: Weights } | null = null;
  /** Counts changes of the adapter; unlike weightVersion it never goes back. */
  private changes = 0;

  /** The backend must be current (`openBackend`). */
  constructor(private readonly options: LlamaPolicyOptions) {
    const { model, backend, rank = 8, alpha = 2 * rank, seed = 1 } = options;
    this.config = model.config;
    this.tokenizer = new Tokenizer(model.tokenizer);
    if (this.tokenizer.vocabulary > this.config.vocabulary) {
      throw new UserError(
        `The tokenizer has ${this.tokenizer.vocabulary} tokens, but the model only ${this.config.vocabulary}; they do not belong together.`,
      );
    }
    this.base = Object.fromEntries(
      flatLayout(this.config).map(({ name, shape, offset, size }) => [name, tf.tensor(model.weights.slice(offset, offset + size), shape)]),
    );
    this.table = ropeTable(this.config.context, this.config.headWidth, this.config.ropeTheta);
    this.lora = new Lora(this.config, rank, alpha, seed);
    this.microTokens = options.microTokens ?? (backend.name === 'webgpu' ? 1024 : 2048);
  }

  get info(): PolicyInfo {
    const { name, model, backend } = this.options;
    return {
      name,
      parameters: parameterCount(this.config),
      adapterParameters: this.lora.parameters,
      context: this.config.context,
      hash: model.hash,
      backend: backend.name,
    };
  }

  async start(prompts: { text: string; copies: number }[]): Promise<PolicySession> {
    const weights = this.adapterOn ? this.mergedWeights() : this.base;
    return LlamaSession.open(
      { config: this.config, weights, linear: plainLinear(weights), table: this.table, tokenizer: this.tokenizer },
      prompts,
    );
  }

  private mergedWeights(): Weights {
    if (this.merged?.version !== this.changes) {
      this.dropMerged();
      this.merged = { version: this.changes, weights: this.lora.merge(this.base) };
    }
    return { ...this.base, ...this.merged?.weights };
  }

  private dropMerged(): void {
    if (this.merged) tf.dispose(this.merged.weights);
    this.merged = null;
  }

  async logprobs(sequences: EpisodeTokens[], { adapter = this.adapterOn } = {}): Promise<Float32Array[]> {
    const linear = adapter ? this.lora.linear(this.base) : plainLinear(this.base);
    const out = sequences.map(({ choices }) => new Float32Array(choices.length));
    for (const batch of this.cut(
      sequences,
      sequences.map((_, i) => i),
    )) {
      const logprobs_N = tf.tidy(() => scoreChoices(this.config, this.base, linear, this.table, batch).logprobs_N);
      const data = (await logprobs_N.data()) as Float32Array;
      logprobs_N.dispose();
      this.eachChoice(sequences, batch, (n, member, i) => {
        (out[member] as Float32Array)[i] = data[n] as number;
      });
    }
    return out;
  }

  private cut(sequences: EpisodeTokens[], indices: number[]): ChoiceBatch[] {
    return cutChoices(sequences, indices, this.microTokens);
  }

  /** Calls back with n (place in the batch), the sequence, and the place among its choices. */
  private eachChoice(sequences: EpisodeTokens[], { members }: ChoiceBatch, visit: (n: number, member: number, i: number) => void): void {
    let n = 0;
    for (const member of members) (sequences[member] as EpisodeTokens).choices.forEach((_, i) => visit(n++, member, i));
  }

  async update(sequences: TrainSequence[], options: UpdateOptions): Promise<UpdateStats> {
    const tokens = sequences.map((sequence) => sequence.tokens);
    const usable = sequences.flatMap((_, i) => ((tokens[i] as EpisodeTokens).choices.length > 0 ? [i] : []));
    if (usable.length === 0) throw new UserError('None of the sequences holds a choice, so there is nothing to learn from.');
    const plan: ChoiceBatch[][] = [];
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      const order = options.rng.split('epoch', epoch).shuffle(usable);
      const groups = Math.min(options.minibatches, order.length);
      for (let g = 0; g < groups; g++) {
        plan.push(this.cut(tokens, order.slice(Math.floor((g * order.length) / groups), Math.floor(((g + 1) * order.length) / groups))));
      }
    }
    const total = plan.reduce((sum, batches) => sum + batches.length, 0);
    const before = this.lora.export(this.weightVersion);
    const seen: MicroResult[] = [];
    const norms: number[] = [];
    let mismatch = 0;
    let done = 0;
    try {
      for (const [s, batches] of plan.entries()) {
        const gradients = this.lora.matrices.map(({ data }) => new Float32Array(data.length));
        const count = batches.reduce((sum, { at_N }) => sum + at_N.length, 0);
        const results: MicroResult[] = [];
        for (const batch of batches) {
          results.push(await this.accumulate(sequences, tokens, batch, options, 1 / count, gradients));
          options.onProgress?.(++done, total);
        }
        if (s === 0) mismatch = mean(results.flatMap((r) => r.ratios.map(Math.abs)));
        seen.push(...results);
        norms.push(this.optimise(gradients, options));
      }
    } catch (error) {
      this.lora.import(before);
      this.changes++;
      throw error;
    }
    this.changes++;
    this.weightVersion++;
    return {
      loss: seen.reduce((sum, r) => sum + r.loss, 0) / plan.length,
      kl: await this.klAfter(tokens, usable),
      entropy: mean(seen.flatMap((r) => r.entropies)),
      clipFraction: mean(seen.flatMap((r) => r.ratios.map((d) => (Math.abs(Math.exp(d) - 1) > options.clip ? 1 : 0)))),
      ratio: mean(seen.flatMap((r) => r.ratios.map(Math.exp))),
      ratioMax: Math.exp(seen.reduce((most, r) => r.ratios.reduce((a, b) => Math.max(a, b), most), -Infinity)),
      gradNorm: mean(norms),
      mismatch,
      tokens: plan.flat().reduce((sum, batch) => sum + batch.tokens, 0),
      optimiserSteps: plan.length,
    };
  }

  /** One AdamW step on the adapter; returns the gradient's norm before clipping. */
  private optimise(gradients: Float32Array[], { maxGradNorm, learningRate, weightDecay }: UpdateOptions): number {
    const norm = clipByGlobalNorm(gradients, maxGradNorm);
    if (!Number.isFinite(norm)) throw new Error('The gradient is not finite; the adapter was left as it was. Lower the learning rate.');
    this.lora.step++;
    this.lora.matrices.forEach((matrix, i) =>
      adamW(matrix.data, gradients[i] as Float32Array, matrix, this.lora.step, { learningRate, weightDecay }),
    );
    this.lora.upload();
    return norm;
  }

  /** Forward and backward of one micro-batch; adds its gradient to `gradients`. */
  private async accumulate(
    sequences: TrainSequence[],
    tokens: EpisodeTokens[],
    batch: ChoiceBatch,
    { loss }: UpdateOptions,
    weight: number,
    gradients: Float32Array[],
  ): Promise<MicroResult> {
    const count = batch.at_N.length;
    const old_N = new Float32Array(count);
    const reference_N = new Float32Array(count);
    const advantage_N = new Float32Array(count);
    this.eachChoice(tokens, batch, (n, member, i) => {
      const { advantage, refLogprobs } = sequences[member] as TrainSequence;
      old_N[n] = (tokens[member] as EpisodeTokens).choices[i]?.logprob as number;
      reference_N[n] = refLogprobs?.[i] ?? old_N[n];
      advantage_N[n] = advantage;
    });
    const variables = this.lora.matrices.map(({ variable }) => variable);
    const kept: tf.Tensor[] = [];
    const { value, grads } = tf.variableGrads(() => {
      const { logprobs_N, entropy_N } = scoreChoices(this.config, this.base, this.lora.linear(this.base), this.table, batch);
      kept.push(tf.keep(logprobs_N.clone()), tf.keep(entropy_N.clone()));
      return loss({
        logprobs_N,
        oldLogprobs_N: tf.tensor1d(old_N),
        refLogprobs_N: tf.tensor1d(reference_N),
        advantages_N: tf.tensor1d(advantage_N),
        weights_N: tf.fill([count], weight),
      });
    }, variables);
    const read = async (tensor: tf.Tensor) => {
      const data = (await tensor.data()) as Float32Array;
      tensor.dispose();
      return data;
    };
    const lossValue = (await read(value))[0] as number;
    const logprobs_N = await read(kept[0] as tf.Tensor);
    const entropies = Array.from(await read(kept[1] as tf.Tensor));
    for (const [i, variable] of variables.entries()) {
      const data = await read(grads[variable.name] as tf.Tensor);
      const sum = gradients[i] as Float32Array;
      for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + (data[k] as number);
    }
    return { loss: lossValue, entropies, ratios: Array.from(logprobs_N, (logprob, n) => logprob - (old_N[n] as number)) };
  }

  /** Low-variance KL estimate between sampling policy and present one, over all choices. */
  private async klAfter(tokens: EpisodeTokens[], usable: number[]): Promise<number> {
    const after = await this.logprobs(
      usable.map((i) => tokens[i] as EpisodeTokens),
      { adapter: true },
    );
    return mean(
      after.flatMap((logprobs, j) =>
        Array.from(logprobs, (logprob, i) => {
          const d = logprob - ((tokens[usable[j] as number] as EpisodeTokens).choices[i]?.logprob as number);
          return Math.exp(d) - d - 1;
        }),
      ),
    );
  }

  useAdapter(on: boolean): void {
    this.adapterOn = on;
  }

  newAdapter({ rank, alpha, seed }: { rank: number; alpha: number; seed: number }): void {
    this.lora.dispose();
    this.lora = new Lora(this.config, rank, alpha, seed);
    this.changes++;
    this.weightVersion = 0;
  }

  async exportAdapter(): Promise<AdapterState> {
    return this.lora.export(this.weightVersion);
  }

  async importAdapter(state: AdapterState): Promise<void> {
    const next = new Lora(this.config, state.rank, state.alpha, 0);
    try {
      next.import(state);
    } catch (error) {
      next.dispose();
      throw error;
    }
    this.lora.dispose();
    this.lora = next;
    this.changes++;
    this.weightVersion = state.weightVersion;
  }

  dispose(): void {
    this.lora.dispose();
    this.dropMerged();
    tf.dispose(this.base);
    tf.dispose([this.table.cos, this.table.sin, this.table.minusSin]);
  }
}

/** What one micro-batch reports: d = log pi_train - log pi_sample and the entropy at each of its choices. */
interface MicroResult {
  loss: number;
  ratios: number[];
  entropies: number[];
}
