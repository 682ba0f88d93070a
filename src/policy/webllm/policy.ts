/**
 * A language model as the policy: WebLLM samples, tfjs computes the gradients on the same stored weights, and each update
 * goes back to the served model, stamped with its version.
 */
import type { OpenedBackend } from '../backend.ts';
import { UserError } from '../../lib/errors.ts';
import { defaultRank } from '../decoder/adapter-shapes.ts';
import { DecoderAdapter } from '../decoder/adapter.ts';
import { longestStep, memorySentence, microTokens, stateMemory, type MemoryLimits } from '../decoder/memory.ts';
import { cutBatches, DecoderTrainer } from '../decoder/trainer.ts';
import { DecoderWeights } from '../decoder/weights.ts';
import { parametersOf, shapeOf } from '../mlc/architecture.ts';
import type { DecoderConfig } from '../mlc/architecture.ts';
import { encode } from '../mlc/tensors.ts';
import type { AdapterState, Policy, PolicyInfo, PolicySession, Targets, TrainSequence, UpdateOptions } from '../policy.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { EpisodeTokens, UpdateStats } from '../../types.ts';
import { eachChoice } from './batches.ts';
import { cacheSentence } from './cache-plan.ts';
import { ChatTemplate } from './chat.ts';
import { Player } from './player.ts';
import type { Serving, TensorBytes } from './port.ts';
import { ServedModel, type ServedHooks } from './served-model.ts';
import { gradientStep } from './update.ts';

export interface WebLlmPolicyOptions extends ServedHooks {
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
}

export class WebLlmPolicy implements Policy {
  weightVersion = 0;
  private readonly trainer: DecoderTrainer;
  private adapter: DecoderAdapter;
  private adapterOn = true;
  /** Counts changes of the adapter; unlike weightVersion it never goes back. */
  private changes = 1;
  private readonly served: ServedModel;
  private readonly player: Player;
  private readonly microTokens: number;

  constructor(private readonly options: WebLlmPolicyOptions) {
    const { weights, config, chatConfig, tokenizer, rank = defaultRank, alpha = 2 * rank, seed = 1 } = options;
    if (tokenizer.vocabulary > config.vocabulary) {
      throw new UserError(
        `The tokenizer has ${tokenizer.vocabulary} tokens, but the model only ${config.vocabulary}; they do not belong together.`,
      );
    }
    this.served = new ServedModel(options.serving, options);
    this.trainer = new DecoderTrainer(weights);
    this.player = new Player(options.serving, this.served, new ChatTemplate(chatConfig, tokenizer), options.context);
    this.adapter = DecoderAdapter.fresh(weights, { rank, alpha, seed });
    this.microTokens = options.microTokens ?? microTokens;
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

  /** How the served model decodes and takes new weights, in a sentence. */
  get how(): string {
    return this.served.how;
  }

  async start(prompts: { text: string; copies: number }[]): Promise<PolicySession> {
    const wanted = this.adapterOn ? this.changes : 0;
    return this.player.start(prompts, async () => {
      if (wanted !== 0 && wanted !== this.changes) {
        throw new Error('The weights have changed since this session began; begin a new one.');
      }
      await this.serve(wanted);
    });
  }

  /** Brings the weights of a change (0: the base weights) to the served model. A fresh adapter changes nothing: base weights are as good. */
  private serve(wanted: number): Promise<void> {
    const same = wanted !== 0 && this.adapter.step === 0 && !this.imported;
    return this.served.take(wanted, same, () => this.replaced(wanted !== 0));
  }

  /** All that an adapter replaces, as bytes of the served model's own types: with the adapter merged, or as it was. */
  private async *replaced(on: boolean): AsyncGenerator<TensorBytes> {
    for await (const tensor of this.adapter.served(on))
      yield { name: tensor.name, bytes: encode(tensor, this.options.config.quantisation, { exact: true }).bytes };
  }

  /** The adapter holds imported values, so that step 0 does not mean that it changes nothing. */
  private imported = false;

  /** Sends the present weights now rather than before the next rollout. */
  async syncWeights(): Promise<void> {
    await this.served.standing(() => this.serve(this.adapterOn ? this.changes : 0));
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

  /** What training takes at most (on the longest episode, or as many short ones as are taken together), and what playing does. */
  get memory(): string {
    const { config, weights, context, limits } = this.options;
    const held = { adapterParameters: this.adapter.parameters, weights: weights.bytes };
    const shape = longestStep(context, { ...held, micro: this.microTokens });
    return `${memorySentence(config, { ...shape, tiled: limits != null })} ${cacheSentence(this.options.serving.info.cache)}`;
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
    if (tokens.every(({ choices }) => choices.length === 0))
      throw new UserError('None of the sequences holds a choice, so there is nothing to learn from.');
    this.checkMemory(tokens);
    const before = this.adapter.export(this.weightVersion);
    try {
      const { trainer, adapter, microTokens } = this;
      const score = () => this.logprobs(tokens, { adapter: true });
      const stats = await gradientStep({ trainer, adapter, microTokens, score }, sequences, options);
      this.changes++;
      this.weightVersion++;
      return stats;
    } catch (error) {
      this.restore(before);
      throw error;
    }
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
  writeJson(prompt: string, schema: object): Promise<string> {
    return this.player.write(prompt, schema, () => this.serve(0));
  }

  /** Tokens read and written by `writeJson` so far. */
  get tokensWritten(): number {
    return this.player.tokensWritten;
  }

  dispose(): void {
    this.adapter.dispose();
    this.options.weights.dispose();
    void this.options.serving.dispose().catch(() => undefined);
  }
}
