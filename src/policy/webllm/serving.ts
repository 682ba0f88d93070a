/** What a served language model offers, wherever its engine runs: sequences, new weights, and free answers under a schema. */
import { sentence, UserError } from '../../lib/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { batchFunctions, pipelineOf, servedTensor } from './engine.ts';
import type { AppConfig, BatchFunctions, Engine, LoadReport, ModelRecord, Pipeline, WebLlm } from './engine.ts';
import { BatchedSequences, LogitTap, SingleSequences } from './sequences.ts';
import type { Prompt, Sequences } from './sequences.ts';

export interface ServingInfo {
  modelId: string;
  /** Address below which the model's files lie in WebLLM's cache, ending in a slash. */
  filesUrl: string;
  /** How sequences advance, and why not together when they do not. */
  decoding: { kind: 'batched' } | { kind: 'single'; why: string };
  /** How new weights get in, and why not in place when they do not. */
  syncing: { kind: 'in place' } | { kind: 'reload'; why: string };
  /** Seconds that loading took. */
  loadSeconds: number;
}

export interface SyncReport {
  kind: 'in place' | 'reload';
  version: number;
  tensors: number;
  bytes: number;
  seconds: number;
}

/** One stored tensor as bytes of the served model's own type. */
export interface TensorBytes {
  name: string;
  bytes: Uint8Array;
}

export interface Serving {
  readonly info: ServingInfo;
  open(prompts: Prompt[]): Promise<Sequences>;
  /**
   * New values for some tensors; keys and values of old weights are dropped.
   * @throws UserError when the model has no such tensor or its size differs; nothing has been changed then.
   */
  sync(tensors: TensorBytes[], version: number): Promise<SyncReport>;
  /** Version of the weights that are served now. */
  readonly version: number;
  /** An answer at temperature 0 that is valid JSON under the schema. */
  write(prompt: string, schema: object, maxTokens: number): Promise<string>;
  dispose(): Promise<void>;
}

/** Replaces tensors in the cached files under an address of the adapter's own, and loads the engine from there. */
export type ReloadSync = (tensors: TensorBytes[], version: number) => Promise<ModelRecord>;

export interface ServingOptions {
  record: ModelRecord;
  config: AppConfig;
  clock: Clock;
  /** Fallback for engines whose tensors cannot be reached. */
  reloadSync?: ReloadSync;
  onProgress?: (report: LoadReport) => void;
  /** Options of mlc-chat-config.json to replace, such as the context length. */
  chatOptions?: Record<string, unknown>;
  /** Bytes that the rollouts' keys and values may take. */
  cacheTokens?: number;
}

/** WebLLM takes a repository's address and adds the branch itself. */
export function filesUrl(model: string): string {
  const base = model.endsWith('/') ? model : `${model}/`;
  return /\/resolve\//.test(base) ? base : new URL('resolve/main/', base).href;
}

/** Most rows that compiled libraries decode together. */
const together = 64;

export class LocalServing implements Serving {
  version = 0;
  private readonly tap = new LogitTap();
  private batch: { pipeline: Pipeline; functions: BatchFunctions; free: () => void } | null = null;
  private engine!: Engine;
  info!: ServingInfo;

  private constructor(private readonly options: ServingOptions) {}

  /** Loads a model; `webllm` is the package, imported by the caller when it is first needed. */
  static async load(webllm: WebLlm, options: ServingOptions): Promise<LocalServing> {
    const serving = new LocalServing(options);
    const { record, config, clock } = options;
    const start = clock.seconds();
    serving.engine = new webllm.MLCEngine({
      appConfig: config,
      logitProcessorRegistry: new Map([[record.model_id, serving.tap]]),
      logLevel: 'WARN',
      ...(options.onProgress ? { initProgressCallback: options.onProgress } : {}),
    });
    await serving.engine.reload(record.model_id, options.chatOptions);
    serving.look(clock.seconds() - start);
    return serving;
  }

  /** Finds out what this engine can do. */
  private look(loadSeconds: number): void {
    const { record } = this.options;
    const pipeline = pipelineOf(this.engine, record.model_id);
    const found = batchFunctions(pipeline);
    this.batch?.free();
    this.batch = 'functions' in found ? { pipeline: pipeline as Pipeline, ...found } : null;
    const reachable = pipeline !== null && typeof (pipeline.tvm.tensorCacheGet ?? pipeline.tvm.ndarrayCacheGet) === 'function';
    this.info = {
      modelId: record.model_id,
      filesUrl: filesUrl(record.model),
      decoding: 'why' in found ? { kind: 'single', why: found.why } : { kind: 'batched' },
      syncing: reachable ? { kind: 'in place' } : { kind: 'reload', why: 'this version of WebLLM does not let its tensors be found' },
      loadSeconds,
    };
  }

  async open(prompts: Prompt[]): Promise<Sequences> {
    if (this.batch) {
      const { pipeline, functions } = this.batch;
      try {
        return new BatchedSequences(pipeline, functions, prompts, { tokens: this.options.cacheTokens ?? 32768, together });
      } catch (error) {
        this.info = { ...this.info, decoding: { kind: 'single', why: `its batched functions failed (${sentence(error)})` } };
        this.batch.free();
        this.batch = null;
      }
    }
    return new SingleSequences(this.engine, this.options.record.model_id, this.tap, prompts);
  }

  async sync(tensors: TensorBytes[], version: number): Promise<SyncReport> {
    const start = this.options.clock.seconds();
    const bytes = tensors.reduce((sum, tensor) => sum + tensor.bytes.length, 0);
    const kind = this.info.syncing.kind;
    if (kind === 'in place') await this.inPlace(tensors);
    else await this.byReload(tensors, version);
    this.version = version;
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

  async write(prompt: string, schema: object, maxTokens: number): Promise<string> {
    this.tap.owner = null;
    const reply = await this.engine.chat.completions.create({
      messages: [{ role: 'user', content: prompt }],
      temperature: 0,
      top_p: 1,
      max_tokens: maxTokens,
      seed: 0,
      response_format: { type: 'json_object', schema: JSON.stringify(schema) },
      // Qwen 3 would begin with a chain of thought, which the schema does not allow.
      extra_body: { enable_thinking: false },
    });
    this.tap.owner = null;
    return reply.choices[0]?.message.content ?? '';
  }

  async dispose(): Promise<void> {
    this.batch?.free();
    this.batch = null;
    await this.engine.unload();
  }
}
