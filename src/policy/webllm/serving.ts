/** A served language model whose engine runs in this thread. */
import { sentence, UserError } from '../../lib/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { sessionTokens, smaller, type CachePlan, type CacheShape } from './cache-plan.ts';
import { batchFunctions, cacheShape, libraryMetadata, pipelineOf, servedTensor } from './engine.ts';
import type { AppConfig, BatchFunctions, Engine, LoadReport, ModelRecord, Pipeline, WebLlm } from './engine.ts';
import { AnswerWalk, answersGrammar } from './grammar.ts';
import { EngineLost, lostSentence, onDeviceLost, tellsOfLoss } from './lost.ts';
import { BatchedSequences, SingleSequences } from './sequences.ts';
import type { AnswerRequest, AnswerResult, ReloadSync, Serving, ServingInfo, SyncReport, TensorBytes, Written } from './port.ts';
import type { Feed, Prompt, Sequences } from './sequences.ts';
import { filesUrl } from './model-files.ts';
import { LogitTap } from './tap.ts';

export interface ServingOptions {
  record: ModelRecord;
  config: AppConfig;
  clock: Clock;
  /** Fallback for engines whose tensors cannot be reached. */
  reloadSync?: ReloadSync;
  onProgress?: (report: LoadReport) => void;
  /** Options of mlc-chat-config.json to replace, such as the context length. */
  chatOptions?: Record<string, unknown>;
  /** Keys and values of the rollouts; where only the compiled library knows their size, how to plan them from that. */
  cache: CachePlan | ((shape: CacheShape) => CachePlan);
}

/** Most rows that compiled libraries decode together. */
const together = 64;

export class LocalServing implements Serving {
  version = 0;
  private readonly tap = new LogitTap();
  private batch: { pipeline: Pipeline; functions: BatchFunctions; free: () => void } | null = null;
  private engine!: Engine;
  info!: ServingInfo;

  private gone = false;
  private cache: CachePlan | null;
  /** Tokens that the last session took of it. */
  private taken = 0;
  /** The pipeline could be found when the model was loaded. */
  private reachable = false;

  private constructor(
    private readonly webllm: WebLlm,
    private readonly options: ServingOptions,
  ) {
    this.cache = typeof options.cache === 'function' ? null : options.cache;
  }

  /** Loads a model; `webllm` is the package, imported by the caller when it is first needed. */
  static async load(webllm: WebLlm, options: ServingOptions): Promise<LocalServing> {
    const serving = new LocalServing(webllm, options);
    await serving.build();
    return serving;
  }

  private async build(): Promise<void> {
    const { record, config, clock, onProgress, chatOptions } = this.options;
    const start = clock.seconds();
    this.gone = false;
    this.engine = new this.webllm.MLCEngine({
      appConfig: config,
      logitProcessorRegistry: new Map([[record.model_id, this.tap]]),
      logLevel: 'WARN',
      ...(onProgress ? { initProgressCallback: onProgress } : {}),
    });
    await this.engine.reload(record.model_id, chatOptions);
    this.look(clock.seconds() - start);
  }

  async rebuild(): Promise<void> {
    // Handles of a runtime that is gone are not given back to it.
    this.batch = null;
    await this.engine.unload().catch(() => undefined);
    // A device without room for a buffer tells so by going away, some time after the buffer was made.
    this.cache &&= smaller(this.cache, this.taken);
    this.tap.owner = this.tap.walk = null;
    await this.build();
    this.version = 0;
  }

  /** Runs calls on the engine; a lost device may show as an error of any kind, or as numbers that mean nothing. */
  private async standing<T>(run: () => Promise<T>): Promise<T> {
    try {
      const value = await run();
      if (!this.isGone) return value;
    } catch (error) {
      if (!this.isGone && !tellsOfLoss(error)) throw error;
    }
    throw new EngineLost(lostSentence);
  }

  /** WebLLM forgets its pipelines when their device is lost. */
  private get isGone(): boolean {
    return this.gone || (this.reachable && pipelineOf(this.engine, this.options.record.model_id) === null);
  }

  /** Finds out what this engine can do. */
  private look(loadSeconds: number): void {
    const { record, cache } = this.options;
    const pipeline = pipelineOf(this.engine, record.model_id);
    const { engine } = this;
    this.reachable = pipeline !== null;
    onDeviceLost(pipeline, () => (this.gone ||= this.engine === engine));
    this.batch?.free();
    if (typeof cache === 'function' && pipeline) {
      const shape = cacheShape(libraryMetadata(pipeline) ?? {});
      this.cache ??= shape && cache(shape);
    }
    const found = this.cache ? batchFunctions(pipeline) : { why: 'the library does not say how large its keys and values are' };
    this.batch = 'functions' in found ? { pipeline: pipeline as Pipeline, ...found } : null;
    const reachable = pipeline !== null && typeof (pipeline.tvm.tensorCacheGet ?? pipeline.tvm.ndarrayCacheGet) === 'function';
    this.info = {
      modelId: record.model_id,
      filesUrl: filesUrl(record.model),
      decoding: 'why' in found ? { kind: 'single', why: found.why } : { kind: 'batched' },
      syncing: reachable ? { kind: 'in place' } : { kind: 'reload', why: 'this version of WebLLM does not let its tensors be found' },
      cache: this.cache,
      loadSeconds,
    };
  }

  async open(prompts: Prompt[]): Promise<Sequences> {
    const inner = await this.standing(async () => this.sequences(prompts));
    return {
      feed: (feeds: readonly Feed[]) => this.standing(() => inner.feed(feeds)),
      finish: (rows) => inner.finish(rows),
      get tokensFed() {
        return inner.tokensFed;
      },
      dispose: async () => (this.isGone ? undefined : inner.dispose()),
    };
  }

  private sequences(prompts: Prompt[]): Sequences {
    if (this.batch && this.cache) {
      const { pipeline, functions } = this.batch;
      this.taken = sessionTokens(this.cache, prompts);
      try {
        return new BatchedSequences(pipeline, functions, prompts, { ...this.cache, together });
      } catch (error) {
        if (this.isGone || tellsOfLoss(error)) throw error;
        this.info = { ...this.info, decoding: { kind: 'single', why: `its batched functions failed (${sentence(error)})` } };
        this.batch.free();
        this.batch = null;
      }
    }
    return new SingleSequences(this.engine, this.options.record.model_id, this.tap, prompts);
  }

  async sync(tensors: TensorBytes[], version: number | null): Promise<SyncReport> {
    const start = this.options.clock.seconds();
    const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes.length, 0);
    const kind = this.info.syncing.kind;
    await this.standing(() => (kind === 'in place' ? this.inPlace(tensors) : this.byReload(tensors, version ?? 0)));
    this.version = version ?? this.version;
    this.tap.owner = null;
    return { kind, version, tensors: tensors.length, bytes, seconds: this.options.clock.seconds() - start };
  }

  private async inPlace(tensors: TensorBytes[]): Promise<void> {
    const pipeline = pipelineOf(this.engine, this.options.record.model_id);
    if (!pipeline) throw new UserError('The model has been unloaded; load it again.');
    const { tvm } = pipeline;
    tvm.beginScope();
    try {
      // All are looked up before the first is written: a wrong name or size must change nothing.
      const found = tensors.map(({ name, bytes }) => {
        const tensor = servedTensor(pipeline, name);
        if (!tensor) throw new UserError(`The served model has no tensor ${name}; it is not the model that was trained.`);
        const size = tensor.shape.reduce((product, n) => product * n, tensor.dtype.endsWith('16') ? 2 : 4);
        if (size !== bytes.length) {
          throw new UserError(
            `The served tensor ${name} has ${size} bytes, but ${bytes.length} were given; it is not the model that was trained.`,
          );
        }
        return tensor;
      });
      found.forEach((tensor, i) => tensor.copyFromRawBytes((tensors[i] as TensorBytes).bytes));
    } finally {
      tvm.endScope();
    }
    await pipeline.device.sync();
    // Keys and values of the old weights must go.
    pipeline.resetChat();
  }

  private async byReload(tensors: TensorBytes[], version: number): Promise<void> {
    if (!this.options.reloadSync)
      throw new UserError(`${this.info.syncing.kind} of weights is not possible here: no cache can be written.`);
    const record = await this.options.reloadSync(tensors, version);
    const { config } = this.options;
    const others = config.model_list.filter(({ model_id }) => model_id !== record.model_id);
    this.engine.setAppConfig({ ...config, model_list: [...others, record] });
    await this.engine.reload(record.model_id, this.options.chatOptions);
    this.look(this.info.loadSeconds);
  }

  async write(prompt: string, schema: object, maxTokens: number): Promise<Written> {
    this.tap.owner = null;
    const reply = await this.standing(() =>
      this.engine.chat.completions.create({
        messages: [{ role: 'user', content: prompt }],
        temperature: 0,
        top_p: 1,
        max_tokens: maxTokens,
        seed: 0,
        response_format: { type: 'json_object', schema: JSON.stringify(schema) },
        // Qwen 3 is used to thinking first, which the schema does not allow: its thoughts are given as empty. To others that is odd text.
        ...(this.options.record.model_id.startsWith('Qwen3') ? { extra_body: { enable_thinking: false } } : {}),
      }),
    );
    this.tap.owner = null;
    const { prompt_tokens: read = 0, completion_tokens: written = 0 } = reply.usage ?? {};
    // WebLLM counts the empty thoughts among what was said.
    const text = (reply.choices[0]?.message.content ?? '').replace(/^<think>\s*<\/think>\s*/, '');
    return { text, tokens: read + written };
  }

  async answer({ messages, texts, answers, temperature, uniforms }: AnswerRequest): Promise<AnswerResult> {
    const walk = new AnswerWalk(answers, temperature, uniforms);
    this.tap.owner = null;
    this.tap.walk = walk;
    try {
      const reply = await this.standing(async () => {
        // A conversation that WebLLM goes on with lacks the token that ended the answer before: it is read whole, as it will be scored.
        await this.engine.resetChat(false, this.options.record.model_id);
        return this.engine.chat.completions.create({
          messages,
          // The walk draws; the engine is left one possible token.
          temperature: 1,
          top_p: 1,
          max_tokens: Math.max(...answers.map(({ length }) => length)),
          response_format: { type: 'grammar', grammar: answersGrammar(texts) },
        });
      });
      if (walk.end === null)
        throw new Error(`WebLLM stopped after ${walk.ids.length} tokens (${reply.choices[0]?.finish_reason}), before the answer's end.`);
      return { answer: walk.end, ids: walk.ids, steps: walk.steps, promptTokens: reply.usage?.prompt_tokens ?? 0 };
    } finally {
      this.tap.walk = null;
    }
  }

  async dispose(): Promise<void> {
    this.batch?.free();
    this.batch = null;
    await this.engine.unload();
  }
}
