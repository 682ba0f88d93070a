/** The trainable policy: a Llama-style decoder whose tensor work is spread over one or several threads. */
import { adamW, clipByGlobalNorm } from '../adamw.ts';
import type { OpenedBackend } from '../backend.ts';
import { UserError } from '../../lib/errors.ts';
import { mean } from '../../lib/stats.ts';
import { shapeOf } from '../mlc/architecture.ts';
import type { LoadedModel } from '../mlc/read.ts';
import type { AdapterState, Policy, PolicyInfo, PolicySession, Targets, TrainSequence, UpdateOptions } from '../policy.ts';
import { Tokenizer } from '../tokenizer.ts';
import type { EpisodeTokens, UpdateStats } from '../../types.ts';
import { Adapter } from './adapter.ts';
import { parameterCount } from './config.ts';
import { LocalEngine } from './engine.ts';
import type { Engine, MicroResult } from './engine.ts';
import { cutChoices } from './scoring.ts';
import type { Cut } from './scoring.ts';
import { forkJoin, startSpread } from './spread.ts';

export interface LlamaPolicyOptions {
  name: string;
  model: LoadedModel;
  backend: Pick<OpenedBackend, 'name'>;
  /** Threads that share the work (`openThreads`); by default it is done here, on the current backend. */
  engines?: Engine[];
  rank?: number;
  alpha?: number;
  seed?: number;
  /** Most packed tokens of one training micro-batch; less where memory or watchdogs bind. */
  microTokens?: number;
}

/** Sequences on which the KL of an update is measured: a whole pass over all of them would be a quarter of its time. */
const klSequences = 16;

export class LlamaPolicy implements Policy {
  readonly tokenizer: Tokenizer;
  weightVersion = 0;
  private readonly engines: Engine[];
  private readonly microTokens: number;
  private adapter: Adapter;
  private adapterOn = true;

  constructor(private readonly options: LlamaPolicyOptions) {
    const { model, backend, rank = 8, alpha = 2 * rank, seed = 1 } = options;
    this.tokenizer = new Tokenizer(model.tokenizer);
    if (this.tokenizer.vocabulary > model.config.vocabulary) {
      throw new UserError(
        `The tokenizer has ${this.tokenizer.vocabulary} tokens, but the model only ${model.config.vocabulary}; they do not belong together.`,
      );
    }
    this.microTokens = options.microTokens ?? (backend.name === 'webgpu' ? 1024 : 2048);
    this.engines = options.engines ?? [new LocalEngine(model)];
    this.adapter = new Adapter(model, { rank, alpha, targets: 'linear' }, seed);
    this.trainAdapter();
  }

  get info(): PolicyInfo {
    const { name, model, backend, engines } = this.options;
    return {
      name,
      parameters: parameterCount(model.config),
      adapterParameters: this.adapter.parameters,
      context: model.config.context,
      hash: model.hash,
      backend: backend.name,
      ...(engines ? { workers: engines.length } : {}),
      decoder: shapeOf({ ...model.config, family: 'llama' }),
    };
  }

  /** Every engine trains what the adapter now is. */
  private trainAdapter(): void {
    for (const engine of this.engines) engine.train(this.adapter.shape, this.adapter.values);
  }

  /** Every engine has the adapter's present values. */
  private assign(): void {
    for (const engine of this.engines) engine.assign(this.adapter.values);
  }

  async start(prompts: { text: string; copies: number }[]): Promise<PolicySession> {
    return startSpread(this.engines, prompts, this.adapterOn);
  }

  async logprobs(sequences: EpisodeTokens[], { adapter = this.adapterOn } = {}): Promise<Float32Array[]> {
    const out: Float32Array[] = sequences.map(() => new Float32Array(0));
    const cuts = this.cut(
      sequences,
      sequences.map((_, i) => i),
    );
    const results = await forkJoin(this.engines, cuts, (engine, { members }) =>
      engine.logprobs(
        members.map((i) => sequences[i] as EpisodeTokens),
        adapter,
      ),
    );
    cuts.forEach(({ members }, c) => members.forEach((i, j) => (out[i] = results[c]?.[j] as Float32Array)));
    return out;
  }

  private cut(sequences: EpisodeTokens[], indices: number[]): Cut[] {
    return cutChoices(sequences, indices, this.microTokens);
  }

  async update(sequences: TrainSequence[], options: UpdateOptions): Promise<UpdateStats> {
    const tokens = sequences.map((sequence) => sequence.tokens);
    const usable = sequences.flatMap((_, i) => ((tokens[i] as EpisodeTokens).choices.length > 0 ? [i] : []));
    if (usable.length === 0) throw new UserError('None of the sequences holds a choice, so there is nothing to learn from.');
    const plan: Cut[][] = [];
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      const order = options.rng.split('epoch', epoch).shuffle(usable);
      const groups = Math.min(options.minibatches, order.length);
      for (let g = 0; g < groups; g++) {
        plan.push(this.cut(tokens, order.slice(Math.floor((g * order.length) / groups), Math.floor(((g + 1) * order.length) / groups))));
      }
    }
    const total = plan.reduce((sum, cuts) => sum + cuts.length, 0);
    const before = this.adapter.export(this.weightVersion);
    const seen: Omit<MicroResult, 'gradient'>[] = [];
    const norms: number[] = [];
    let done = 0;
    const [only] = this.engines.length === 1 ? this.engines : [];
    const device = only?.update?.(this.adapter.arrays);
    try {
      for (const cuts of plan) {
        const count = cuts.flatMap(({ members }) => members).reduce((sum, i) => sum + (tokens[i] as EpisodeTokens).choices.length, 0);
        if (device) {
          for (const { members } of cuts) {
            seen.push(
              await device.accumulate(
                members.map((i) => sequences[i] as TrainSequence),
                options.loss,
                1 / count,
              ),
            );
            options.onProgress?.(++done, total);
          }
          norms.push(finite(await device.step(++this.adapter.step, options.maxGradNorm, options)));
          continue;
        }
        const results = await forkJoin(
          this.engines,
          cuts,
          (engine, { members }) =>
            engine.gradient(
              members.map((i) => sequences[i] as TrainSequence),
              options.loss,
              1 / count,
            ),
          () => options.onProgress?.(++done, total),
        );
        norms.push(this.optimise(sumOf(results), options));
        seen.push(...results.map((result) => ({ ...result, gradient: [] })));
      }
      await device?.finish();
    } catch (error) {
      this.adapter.import(before);
      this.assign();
      throw error;
    } finally {
      device?.dispose();
    }
    this.weightVersion++;
    const first = seen.slice(0, plan[0]?.length);
    return {
      loss: seen.reduce((sum, r) => sum + r.loss, 0) / plan.length,
      kl: await this.klAfter(usable.map((i) => tokens[i] as EpisodeTokens)),
      entropy: mean(seen.flatMap((r) => r.entropies)),
      clipFraction: mean(seen.flatMap((r) => r.ratios.map((d) => (Math.abs(Math.exp(d) - 1) > options.clip ? 1 : 0)))),
      ratio: mean(seen.flatMap((r) => r.ratios.map(Math.exp))),
      ratioMax: Math.exp(seen.reduce((most, r) => r.ratios.reduce((a, b) => Math.max(a, b), most), -Infinity)),
      gradNorm: mean(norms),
      mismatch: mean(first.flatMap((r) => r.ratios.map(Math.abs))),
      tokens: plan.flat().reduce((sum, cut) => sum + cut.tokens, 0),
      optimiserSteps: plan.length,
    };
  }

  /** One AdamW step on what is trained; returns the gradient's norm before clipping. */
  private optimise(gradients: Float32Array[], { maxGradNorm, learningRate, weightDecay }: UpdateOptions): number {
    const norm = finite(clipByGlobalNorm(gradients, maxGradNorm));
    this.adapter.step++;
    this.adapter.arrays.forEach((array, i) =>
      adamW(array.data, gradients[i] as Float32Array, array, this.adapter.step, { learningRate, weightDecay }),
    );
    this.assign();
    return norm;
  }

  /** Low-variance KL estimate between sampling policy and present one, over the choices of some sequences, evenly spaced. */
  private async klAfter(sequences: EpisodeTokens[]): Promise<number> {
    const apart = Math.ceil(sequences.length / klSequences);
    const some = sequences.filter((_, i) => i % apart === 0);
    const after = await this.logprobs(some, { adapter: true });
    return mean(
      after.flatMap((logprobs, j) =>
        Array.from(logprobs, (logprob, i) => {
          const d = logprob - (some[j]?.choices[i]?.logprob as number);
          return Math.exp(d) - d - 1;
        }),
      ),
    );
  }

  useAdapter(on: boolean): void {
    this.adapterOn = on;
  }

  newAdapter({ rank, alpha, seed, targets = 'linear' }: { rank: number; alpha: number; seed: number; targets?: Targets }): void {
    this.adapter = new Adapter(this.options.model, { rank, alpha, targets }, seed);
    this.weightVersion = 0;
    this.trainAdapter();
  }

  async exportAdapter(): Promise<AdapterState> {
    return this.adapter.export(this.weightVersion);
  }

  async importAdapter(state: AdapterState): Promise<void> {
    const next = new Adapter(this.options.model, { targets: 'linear', ...state }, 0);
    next.import(state);
    this.adapter = next;
    this.weightVersion = state.weightVersion;
    this.trainAdapter();
  }

  dispose(): void {
    for (const engine of this.engines) engine.dispose();
  }
}

/** @throws Error when the norm of a gradient is no number. */
function finite(norm: number): number {
  if (!Number.isFinite(norm)) throw new Error('The gradient is not finite; the adapter was left as it was. Lower the learning rate.');
  return norm;
}

/** Gradients of micro-batches added in their order, whoever computed them: the sum is the same to the last bit. */
function sumOf(results: readonly MicroResult[]): Float32Array[] {
  const [first, ...rest] = results.map(({ gradient }) => gradient) as [Float32Array[], ...Float32Array[][]];
  return first.map((start, i) => {
    const sum = start.slice();
    for (const gradient of rest) {
      const data = gradient[i] as Float32Array;
      for (let k = 0; k < sum.length; k++) sum[k] = (sum[k] as number) + (data[k] as number);
    }
    return sum;
  });
}
