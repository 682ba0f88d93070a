/**
 * A language model as the policy: WebLLM samples, tfjs computes the gradients on the same stored weights, and each update
 * goes back to the served model, stamped with its version.
 *
 * Old log-probabilities are those of the sampler as long as both engines agree. Where they do not (mean |log-ratio| above
 * `negligible`, as with half-precision rounding), the ratio starts from the trainer's own log-probabilities and each choice
 * is weighted by the truncated importance weight min(pi_train / pi_sample, `truncation`).
 */
import * as tf from '@tensorflow/tfjs';
import type { OpenedBackend } from '../backend.ts';
import { UserError } from '../../lib/errors.ts';
import { mean } from '../../lib/stats.ts';
import { DecoderAdapter } from '../decoder/adapter.ts';
import { memorySentence, stateMemory, type MemoryLimits } from '../decoder/memory.ts';
import { cutBatches, DecoderTrainer, optimise } from '../decoder/trainer.ts';
import { DecoderWeights } from '../decoder/weights.ts';
import { parametersOf, shapeOf } from '../mlc/architecture.ts';
import type { DecoderConfig } from '../mlc/architecture.ts';
import { encode } from '../mlc/tensors.ts';
import type { AdapterState, Policy, PolicyInfo, PolicySession, Targets, TrainSequence, UpdateOptions } from '../policy.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { EpisodeTokens, UpdateStats } from '../../types.ts';
import { eachChoice, lossArrays, planSteps } from './batches.ts';
import { ChatTemplate } from './chat.ts';
import { GrammarSession } from './grammar-session.ts';
import { EngineLost } from './lost.ts';
import type { Serving, SyncReport } from './port.ts';
import { ServedSession } from './session.ts';

/** Mean |log pi_train - log pi_sample| per choice, in nats, up to which the two engines count as one. */
export const negligible = 1e-3;
/** Upper bound of an importance weight (truncated importance sampling). */
export const truncation = 2;

/** So often in a row the served model is loaded again before its loss is told as a failure. */
const mostRebuilds = 2;

/** What the person is told meanwhile. */
export const lostNote =
  'The graphics device under WebLLM went away; the model is loaded again from this browser, and the episodes go on where they were.';

export interface WebLlmPolicyOptions {
  name: string;
  config: DecoderConfig;
  /** mlc-chat-config.json */
  chatConfig: unknown;
  tokenizer: Tokenizer;
  weights: DecoderWeights;
  hash: string;
  serving: Serving;
  backend: OpenedBackend;
  /** Most tokens of an episode; the served model's window, or less to save memory. */
  context: number;
  rank?: number;
  alpha?: number;
  seed?: number;
  /** Most padded tokens of one training micro-batch. */
  microTokens?: number;
  limits?: MemoryLimits | null;
  onSync?: (report: SyncReport) => void;
  /** Something that the person should know: one sentence. */
  onNote?: (text: string) => void;
}

export class WebLlmPolicy implements Policy {
  weightVersion = 0;
  private readonly trainer: DecoderTrainer;
  private readonly template: ChatTemplate;
  private adapter: DecoderAdapter;
  private adapterOn = true;
  /** Counts changes of the adapter; unlike weightVersion it never goes back. */
  private changes = 1;
  /** What is served now: the change that was synced last, 0 for the base weights, null when that is not known. */
  private served: number | null = 0;
  private readonly microTokens: number;
  private written = 0;

  constructor(private readonly options: WebLlmPolicyOptions) {
    const { weights, config, chatConfig, tokenizer, rank = 8, alpha = 2 * rank, seed = 1 } = options;
    if (tokenizer.vocabulary > config.vocabulary) {
      throw new UserError(
        `The tokenizer has ${tokenizer.vocabulary} tokens, but the model only ${config.vocabulary}; they do not belong together.`,
      );
    }
    this.trainer = new DecoderTrainer(weights);
    this.template = new ChatTemplate(chatConfig, tokenizer);
    this.adapter = DecoderAdapter.fresh(weights, { rank, alpha, seed });
    this.microTokens = options.microTokens ?? 1024;
  }

  get info(): PolicyInfo {
    const { name, config, hash, backend, context } = this.options;
    return {
      name,
      parameters: parametersOf(config),
      adapterParameters: this.adapter.parameters,
      context,
      hash,
      backend: backend.name,
      decoder: shapeOf(config),
    };
  }

  /** How the served model decodes and takes new weights. */
  get serving(): Serving['info'] {
    return this.options.serving.info;
  }

  async start(prompts: { text: string; copies: number }[]): Promise<PolicySession> {
    const { context, serving } = this.options;
    const opened = prompts.map(({ text, copies }) => ({ text, ids: this.template.opening(text), copies }));
    for (const { ids } of opened) {
      if (ids.length > context) {
        throw new UserError(`A prompt has ${ids.length} tokens, but the policy's context is ${context}; use fewer or shorter rules.`);
      }
    }
    const wanted = this.adapterOn ? this.changes : 0;
    const ready = async () => {
      if (wanted !== 0 && wanted !== this.changes) {
        throw new Error('The weights have changed since this session began; begin a new one.');
      }
      await this.serve(wanted);
    };
    await this.standing(ready);
    // A model without roles cannot be asked by chat.
    if (serving.info.decoding.kind === 'single' && !this.template.plain) {
      return new GrammarSession(this.template, context, opened, (request) =>
        this.standing(async () => {
          await ready();
          return serving.answer(request);
        }),
      );
    }
    const open = () =>
      this.standing(async () => {
        await ready();
        return serving.open(opened);
      });
    return new ServedSession(await open(), this.template, context, opened, {
      ready: () => this.standing(ready),
      again: async () => {
        await this.rebuild();
        return open();
      },
    });
  }

  /** Loads the served model again; it then holds the base weights. */
  private async rebuild(): Promise<void> {
    this.options.onNote?.(lostNote);
    this.served = null;
    await this.options.serving.rebuild();
    this.served = 0;
  }

  /** Runs calls on the served model, which is loaded again when its device goes away; `run` must be safe to repeat. */
  private async standing<T>(run: () => Promise<T>): Promise<T> {
    for (let left = mostRebuilds; ; left--) {
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof EngineLost) || left === 0) throw error;
        await this.rebuild();
      }
    }
  }

  /** Brings the weights of a change (0: the base weights) to the served model, unless they are there. */
  private async serve(wanted: number): Promise<void> {
    if (this.served === wanted) return;
    // A fresh adapter changes nothing: base weights are as good.
    if (wanted !== 0 && this.served === 0 && this.adapter.step === 0 && !this.imported) {
      this.served = wanted;
      return;
    }
    const { quantisation } = this.options.config;
    const tensors = [];
    for await (const tensor of this.adapter.served(wanted !== 0)) {
      tensors.push({ name: tensor.name, bytes: encode(tensor, quantisation, { exact: true }).bytes });
    }
    this.served = null;
    const report = await this.options.serving.sync(tensors, wanted);
    this.served = wanted;
    this.options.onSync?.(report);
  }

  /** The adapter holds imported values, so that step 0 does not mean that it changes nothing. */
  private imported = false;

  /** Sends the present weights now rather than before the next rollout. */
  async syncWeights(): Promise<void> {
    await this.standing(() => this.serve(this.adapterOn ? this.changes : 0));
  }

  async logprobs(sequences: EpisodeTokens[], { adapter = this.adapterOn } = {}): Promise<Float32Array[]> {
    const out = sequences.map(({ choices }) => new Float32Array(choices.length));
    const all = sequences.map((_, i) => i);
    for (const batch of cutBatches(sequences, all, this.microTokens)) {
      const { logprobs_N } = await this.trainer.score(sequences, batch, adapter ? this.adapter : null);
      eachChoice(sequences, batch, (n, member, i) => {
        (out[member] as Float32Array)[i] = logprobs_N[n] as number;
      });
    }
    return out;
  }

  /** What training takes at most, in a sentence: the longest episode, or as many short ones as are taken together. */
  get memory(): string {
    const { config, weights, context, limits } = this.options;
    const time = Math.max(context, this.microTokens);
    // About every fourth token of an episode is a choice.
    const shape = { batch: 1, time, choices: Math.ceil(time / 4), adapterParameters: this.adapter.parameters, weights: weights.bytes };
    return memorySentence(config, { ...shape, tiled: limits != null });
  }

  /** Refuses sequences that the graphics device cannot hold. @throws UserError */
  checkMemory(sequences: readonly EpisodeTokens[]): void {
    const { config, weights, limits } = this.options;
    const usable = sequences.flatMap(({ choices }, i) => (choices.length > 0 ? [i] : []));
    for (const { batch, time, at_N } of cutBatches(sequences, usable, this.microTokens).slice(0, 1)) {
      stateMemory(
        config,
        { batch, time, choices: at_N.length, adapterParameters: this.adapter.parameters, weights: weights.bytes },
        limits ?? null,
      );
    }
  }

  async update(sequences: TrainSequence[], options: UpdateOptions): Promise<UpdateStats> {
    const tokens = sequences.map((sequence) => sequence.tokens);
    const usable = tokens.flatMap(({ choices }, i) => (choices.length > 0 ? [i] : []));
    if (usable.length === 0) throw new UserError('None of the sequences holds a choice, so there is nothing to learn from.');
    this.checkMemory(tokens);
    const sampled = tokens.map(({ choices }) => Float32Array.from(choices, ({ logprob }) => logprob));
    const before = this.adapter.export(this.weightVersion);
    const trained = await this.logprobs(tokens, { adapter: true });
    const gaps = trained.map((logprobs, i) => logprobs.map((logprob, k) => logprob - ((sampled[i] as Float32Array)[k] as number)));
    const mismatch = mean(gaps.flatMap((gap) => [...gap].map(Math.abs)));
    const correct = mismatch > negligible;
    const old = correct ? trained : sampled;
    const importance = gaps.map((gap) => gap.map((d) => (correct ? Math.min(Math.exp(d), truncation) : 1)));

    const plan = planSteps(tokens, usable, options, this.microTokens);
    const total = plan.flat().length;
    let done = 0;
    let loss = 0;
    const entropies: number[] = [];
    const ratios: number[] = [];
    const norms: number[] = [];
    try {
      for (const batches of plan) {
        const gradients = this.adapter.trainables.map(({ data }) => new Float32Array(data.length));
        const count = batches.reduce((sum, { at_N }) => sum + at_N.length, 0);
        for (const batch of batches) {
          const arrays = lossArrays(sequences, batch, old, importance, 1 / count);
          const result = await this.trainer.accumulate(
            tokens,
            batch,
            this.adapter,
            (logprobs_N) =>
              options.loss({
                logprobs_N,
                oldLogprobs_N: tf.tensor1d(arrays.old_N),
                refLogprobs_N: tf.tensor1d(arrays.reference_N),
                advantages_N: tf.tensor1d(arrays.advantage_N),
                weights_N: tf.tensor1d(arrays.weight_N),
              }),
            gradients,
            // Between layers, so that a pause need not wait for a whole micro-batch.
            () => options.onProgress?.(done, total),
          );
          loss += result.loss;
          entropies.push(...result.entropy_N);
          result.logprobs_N.forEach((logprob, n) => ratios.push(logprob - (arrays.old_N[n] as number)));
          options.onProgress?.(++done, total);
        }
        norms.push(optimise(this.adapter, gradients, options));
      }
    } catch (error) {
      this.restore(before);
      throw error;
    }
    this.changes++;
    this.weightVersion++;
    const after = await this.logprobs(tokens, { adapter: true });
    return {
      loss: loss / plan.length,
      kl: mean(
        after.flatMap((logprobs, i) =>
          Array.from(logprobs, (logprob, k) => {
            const d = logprob - ((trained[i] as Float32Array)[k] as number);
            return Math.exp(d) - d - 1;
          }),
        ),
      ),
      entropy: mean(entropies),
      clipFraction: mean(ratios.map((d) => (Math.abs(Math.exp(d) - 1) > options.clip ? 1 : 0))),
      ratio: mean(ratios.map(Math.exp)),
      ratioMax: Math.exp(ratios.reduce((most, d) => Math.max(most, d), -Infinity)),
      gradNorm: mean(norms),
      mismatch,
      tokens: plan.flat().reduce((sum, batch) => sum + batch.tokens, 0),
      optimiserSteps: plan.length,
    };
  }

  private restore(state: AdapterState): void {
    const next = DecoderAdapter.from(this.options.weights, state);
    this.adapter.dispose();
    this.adapter = next;
    this.changes++;
  }

  useAdapter(on: boolean): void {
    this.adapterOn = on;
  }

  newAdapter(options: { rank: number; alpha: number; seed: number; targets?: Targets }): void {
    if (options.targets && options.targets !== 'linear')
      throw new UserError(`A language model takes adapters on all linear layers; set targets to linear, not ${options.targets}.`);
    const next = DecoderAdapter.fresh(this.options.weights, options);
    this.adapter.dispose();
    this.adapter = next;
    this.imported = false;
    this.changes++;
    this.weightVersion = 0;
  }

  async exportAdapter(): Promise<AdapterState> {
    return this.adapter.export(this.weightVersion);
  }

  async importAdapter(state: AdapterState): Promise<void> {
    this.restore(state);
    this.imported = true;
    this.weightVersion = state.weightVersion;
  }

  /** An answer of the frozen model (adapter off) at temperature 0, valid under a JSON schema. */
  async writeJson(prompt: string, schema: object): Promise<string> {
    const { text, tokens } = await this.standing(async () => {
      await this.serve(0);
      return this.options.serving.write(prompt, schema, 512);
    });
    this.written += tokens;
    return text;
  }

  /** Tokens read and written by `writeJson` so far. */
  get tokensWritten(): number {
    return this.written;
  }

  dispose(): void {
    this.adapter.dispose();
    this.options.weights.dispose();
    void this.options.serving.dispose().catch(() => undefined);
  }
}
