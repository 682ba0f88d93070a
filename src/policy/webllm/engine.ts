/**
 * WebLLM's engine as this project uses it: the public calls, and the private members behind which the compiled library's
 * batched functions and its weights are. Two generations are known (0.2.79 and 0.2.86); what is missing is found out by
 * looking, so that everything falls back to the public calls.
 */
import type { CacheShape } from './cache-plan.ts';

/** A tensor of the engine's runtime. */
export interface TvmTensor {
  readonly shape: number[];
  readonly dtype: string;
  copyFrom(data: TvmTensor | ArrayLike<number>): TvmTensor;
  copyFromRawBytes(bytes: Uint8Array): TvmTensor;
  view(shape: number[]): TvmTensor;
  toArray(): Float32Array;
  dispose(): void;
}

/** Arguments and results of compiled functions are handles that only the runtime understands. */
export type Handle = unknown;
export type TvmFunction = (...args: Handle[]) => Handle;

export interface Tvm {
  beginScope(): void;
  endScope(): void;
  detachFromCurrentScope<T>(value: T): T;
  makeShapeTuple(shape: number[]): Handle;
  getGlobalFunc(name: string): TvmFunction;
  scalar(value: number, dtype: string): Handle;
  empty(shape: number[], dtype: string, device: Handle): TvmTensor;
  cpu(): Handle;
  /** 0.2.80 and later. */
  tensorCacheGet?(name: string): TvmTensor | undefined;
  /** 0.2.79 and before. */
  ndarrayCacheGet?(name: string): TvmTensor | undefined;
}

/** What the engine keeps for a loaded model. */
export interface Pipeline {
  tvm: Tvm;
  device: Handle & { sync(): Promise<void> };
  vm: { getFunction(name: string): TvmFunction };
  params: Handle;
  artifact?: unknown;
  prefillChunkSize: number;
  contextWindowSize: number;
  slidingWindowSize: number;
  resetChat(keepStats?: boolean): void;
}

/** Sees every distribution before it is sampled from (public in both generations). */
export interface LogitProcessor {
  processLogits(logits: Float32Array): Float32Array;
  processSampledToken(token: number): void;
  resetState(): void;
}

export interface LoadReport {
  /** 0 to 1 */
  progress: number;
  timeElapsed: number;
  text: string;
}

export interface ModelRecord {
  model: string;
  model_id: string;
  model_lib: string;
  overrides?: Record<string, unknown>;
  vram_required_MB?: number;
  low_resource_required?: boolean;
  buffer_size_required_bytes?: number;
  required_features?: string[];
  model_type?: number;
}

export interface AppConfig {
  model_list: ModelRecord[];
  cacheBackend?: CacheBackend;
  /** 0.2.79 and before. */
  useIndexedDBCache?: boolean;
}

export type CacheBackend = 'cache' | 'indexeddb';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ChatRequest {
  messages: ChatMessage[];
  temperature: number;
  top_p: number;
  max_tokens: number;
  seed?: number;
  stream?: false;
  logprobs?: boolean;
  top_logprobs?: number;
  response_format?: { type: 'json_object'; schema: string } | { type: 'grammar'; grammar: string };
  extra_body?: { enable_thinking?: boolean };
}

export interface ChatReply {
  choices: {
    message: { content: string | null };
    finish_reason: string;
    logprobs?: { content: { logprob: number }[] | null } | null;
  }[];
  usage?: { prompt_tokens: number; completion_tokens: number };
}

export interface Engine {
  reload(modelId: string, chatOptions?: Record<string, unknown>): Promise<void>;
  unload(): Promise<void>;
  resetChat(keepStats?: boolean, modelId?: string): Promise<void>;
  setAppConfig(config: AppConfig): void;
  setLogitProcessorRegistry(registry: Map<string, LogitProcessor>): void;
  forwardTokensAndSample(ids: number[], isPrefill: boolean, modelId?: string): Promise<number>;
  interruptGenerate(): Promise<void> | void;
  chat: { completions: { create(request: ChatRequest & { model?: string }): Promise<ChatReply> } };
}

/** The package, whichever generation it is. */
export interface WebLlm {
  MLCEngine: new (config?: {
    appConfig?: AppConfig;
    initProgressCallback?: (report: LoadReport) => void;
    logitProcessorRegistry?: Map<string, LogitProcessor>;
    logLevel?: string;
  }) => Engine;
  prebuiltAppConfig: AppConfig;
  hasModelInCache(modelId: string, config?: AppConfig): Promise<boolean>;
  deleteModelAllInfoInCache(modelId: string, config?: AppConfig): Promise<void>;
}

/** The engine's private record of a loaded model; null when there is none under the names that are known. */
export function pipelineOf(engine: Engine, modelId: string): Pipeline | null {
  const loaded = (engine as unknown as { loadedModelIdToPipeline?: Map<string, unknown> }).loadedModelIdToPipeline;
  return ((loaded instanceof Map ? loaded.get(modelId) : undefined) as Pipeline | undefined) ?? null;
}

const isFunction = (value: unknown): value is TvmFunction => typeof value === 'function';

/** A weight of the served model as it lies on the graphics device. */
export function servedTensor(pipeline: Pipeline, name: string): TvmTensor | undefined {
  const { tvm } = pipeline;
  return tvm.tensorCacheGet ? tvm.tensorCacheGet(name) : tvm.ndarrayCacheGet?.(name);
}

/** What a compiled library says of itself. */
export interface LibraryMetadata {
  quantization?: string;
  /** `hybrid` and others keep more than keys and values. */
  kv_state_kind?: string;
  kv_cache?: { num_hidden_layers?: number; num_key_value_heads?: number; head_dim?: number };
}

/** Read from the library as WebLLM reads it; null when it cannot be. */
export function libraryMetadata({ tvm, vm }: Pipeline): LibraryMetadata | null {
  try {
    tvm.beginScope();
    try {
      return JSON.parse(String(vm.getFunction('_metadata')())) as LibraryMetadata | null;
    } finally {
      tvm.endScope();
    }
  } catch {
    return null;
  }
}

/** How large the library's keys and values are; null when it does not say. */
export function cacheShape({ quantization = '', kv_cache = {} }: LibraryMetadata): CacheShape | null {
  const { num_hidden_layers: layers, num_key_value_heads: kvHeads, head_dim: headWidth } = kv_cache;
  return layers && kvHeads && headWidth ? { layers, kvHeads, headWidth, quantisation: quantization } : null;
}

const globals = {
  addSequence: 'vm.builtin.kv_state_add_sequence',
  removeSequence: 'vm.builtin.kv_state_remove_sequence',
  forkSequence: 'vm.builtin.kv_state_fork_sequence',
  beginForward: 'vm.builtin.kv_state_begin_forward',
  endForward: 'vm.builtin.kv_state_end_forward',
} as const;
const compiled = { createCache: 'create_tir_paged_kv_cache', embed: 'embed', prefill: 'prefill', batchDecode: 'batch_decode' } as const;

export type BatchFunctions = Record<keyof typeof globals | keyof typeof compiled, TvmFunction>;

/** Members of the runtime that batched decoding calls. */
export const batchMembers = [
  'beginScope',
  'endScope',
  'detachFromCurrentScope',
  'makeShapeTuple',
  'getGlobalFunc',
  'scalar',
  'empty',
  'cpu',
] as const;

/**
 * The functions for decoding several sequences at once, kept out of the runtime's scopes (`free` gives them back).
 * @returns them, or a sentence saying what this engine or library lacks.
 */
export function batchFunctions(pipeline: Pipeline | null): { functions: BatchFunctions; free: () => void } | { why: string } {
  if (!pipeline) return { why: 'this version of WebLLM keeps its models where they cannot be found' };
  const { tvm, vm } = pipeline;
  const missing = batchMembers.find((name) => !isFunction(tvm?.[name]));
  if (missing) return { why: `WebLLM's runtime has no ${missing}` };
  if (!isFunction(vm?.getFunction) || !isFunction(pipeline.device?.sync) || pipeline.params === undefined) {
    return { why: "WebLLM's pipeline is not laid out as expected" };
  }
  // WebLLM keeps here what a model's manifest says of functions with other inputs.
  if (pipeline.artifact !== undefined) return { why: 'the functions of its library take other inputs than tokens alone' };
  const kind = libraryMetadata(pipeline)?.kv_state_kind ?? 'kv_cache';
  if (kind !== 'kv_cache') return { why: `the model keeps more than keys and values (${kind})` };
  if (pipeline.slidingWindowSize !== -1) return { why: 'the model attends through a sliding window' };
  if (!(pipeline.prefillChunkSize > 0)) return { why: 'the library does not say how many tokens it reads at once' };
  const found: Record<string, TvmFunction> = {};
  tvm.beginScope();
  try {
    for (const [key, name] of [...Object.entries(compiled), ...Object.entries(globals)]) {
      try {
        const get = key in compiled ? vm.getFunction.bind(vm) : tvm.getGlobalFunc.bind(tvm);
        const found_ = get(name);
        if (!isFunction(found_)) return { why: `the compiled library has no ${name}` };
        found[key] = tvm.detachFromCurrentScope(found_);
      } catch {
        return { why: `the compiled library has no ${name}` };
      }
    }
  } finally {
    tvm.endScope();
  }
  const functions = found as BatchFunctions;
  const free = () => {
    for (const each of Object.values(functions)) (each as TvmFunction & { dispose?: () => void }).dispose?.();
  };
  return { functions, free };
}
