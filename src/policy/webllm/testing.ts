/**
 * An engine of WebLLM's shape for tests: the same public calls and private members, with a small model computed in plain
 * loops from the bytes of its tensors. It is strict: sequences that were not added, sizes that do not fit and calls on
 * disposed handles throw, as the real runtime does.
 */
import type { DecoderConfig } from '../mlc/architecture.ts';
import { memorySource } from '../mlc/format.ts';
import { readTensors } from '../mlc/read.ts';
import { encode } from '../mlc/tensors.ts';
import { referenceLogits } from '../decoder/reference.ts';
import type { MadeDecoder } from '../decoder/testing.ts';
import type { AppConfig, ChatReply, ChatRequest, Engine, LoadReport, LogitProcessor, WebLlm } from './engine.ts';
import { FakeConversation, type FakeChat } from './testing-conversation.ts';
import { grammarStrings } from './testing-grammar.ts';
import { FakeTensor, numbersOf } from './testing-tensors.ts';

export interface FakeOptions {
  /** Loads a model's files; the engine asks anew at each reload. */
  files: (url: string) => Promise<MadeDecoder['files']>;
  config: DecoderConfig;
  /** Leave out what a generation or a library may lack. */
  without?: ('batch_decode' | 'pipeline' | 'tensorCacheGet' | '_metadata')[];
  /** What the library keeps of what it has read; keys and values alone unless said. */
  stateKind?: string;
  /** Answers chat requests. */
  answer?: (request: ChatRequest) => string;
  /** How a conversation is read, for requests under a grammar. */
  chat?: FakeChat;
  prefillChunkSize?: number;
  /** Tokens that a cache may hold; one that asks for more takes the device away, a moment later. */
  room?: number;
}

/** What a test may look at. */
export interface FakeLog {
  /** Rows of each batched call, one number per call. */
  batches: number[];
  /** Tokens that caches were made for. */
  caches: number[];
  reloads: string[];
  forks: number;
  /** Weights that were written in place. */
  writes: number;
  requests: ChatRequest[];
}

/** @returns `lose`, too, which takes the graphics device away as WebLLM shows it: the pipelines are gone, and calls fail. */
export function fakeWebLlm(options: FakeOptions): { webllm: WebLlm; log: FakeLog; lose: () => void } {
  const { config, without = [] } = options;
  const log: FakeLog = { batches: [], caches: [], reloads: [], forks: 0, writes: 0, requests: [] };
  let appConfig: AppConfig = { model_list: [] };
  let tensors = new Map<string, FakeTensor>();
  const engines: MLCEngine[] = [];
  /** Handles of a lost device compute nothing. */
  let device = { lost: false };
  let crowded = false;
  const logits = (ids: readonly number[]): Float32Array => Float32Array.from(referenceLogits(config, weights(), ids, true)[0] as number[]);
  /** The tensors' bytes as numbers; read anew when some have been written. */
  let numbers: Map<string, Float32Array> | null = null;
  const weights = () => (numbers ??= numbersOf(config, tensors));

  /** Sequences by id; forks copy. */
  class Cache {
    readonly device = device;
    sequences = new Map<number, number[]>();
    begun: { ids: number[]; lengths: number[] } | null = null;
    dispose(): void {}
  }
  const number = (handle: unknown): number => (handle as { value: number }).value;
  const shapeOf = (handle: unknown): number[] => handle as number[];
  const sequence = (cache: Cache, id: number): number[] => {
    const found = cache.sequences.get(id);
    if (!found) throw new Error(`The sequence "${id}" cannot be found in KV cache.`);
    return found;
  };
  const forward = (embedded: unknown, handle: unknown): { get: (i: number) => FakeTensor } => {
    const cache = handle as Cache;
    if (cache.device.lost) return { get: () => new FakeTensor([1, 1, config.vocabulary], 'float32', new Float32Array(config.vocabulary)) };
    if (!cache.begun) throw new Error('begin_forward was not called');
    const { ids, lengths } = cache.begun;
    const tokens = Array.from((embedded as FakeTensor).data);
    let at = 0;
    const seen = ids.map((id, i) => {
      const list = sequence(cache, id);
      list.push(...tokens.slice(at, (at += lengths[i] as number)));
      return [...list];
    });
    // Computed when asked for: what is only read is quick.
    const computed = () => {
      const data = new Float32Array(seen.length * config.vocabulary);
      seen.forEach((list, i) => data.set(logits(list), i * config.vocabulary));
      return new FakeTensor([seen.length, 1, config.vocabulary], 'float32', data);
    };
    return { get: computed };
  };
  const globals: Record<string, (...args: unknown[]) => unknown> = {
    'vm.builtin.kv_state_add_sequence': (cache, id) => {
      if ((cache as Cache).sequences.has(number(id))) throw new Error(`The sequence "${number(id)}" is already in the KV cache.`);
      (cache as Cache).sequences.set(number(id), []);
    },
    'vm.builtin.kv_state_remove_sequence': (cache, id) => {
      sequence(cache as Cache, number(id));
      (cache as Cache).sequences.delete(number(id));
    },
    'vm.builtin.kv_state_fork_sequence': (cache, parent, child, at) => {
      const whole = sequence(cache as Cache, number(parent));
      if ((cache as Cache).sequences.has(number(child))) throw new Error('The child sequence is already in the KV cache.');
      log.forks++;
      (cache as Cache).sequences.set(number(child), number(at) === -1 ? [...whole] : whole.slice(0, number(at)));
    },
    'vm.builtin.kv_state_begin_forward': (cache, ids, lengths) => {
      (cache as Cache).begun = { ids: shapeOf(ids), lengths: shapeOf(lengths) };
    },
    'vm.builtin.kv_state_end_forward': (cache) => {
      (cache as Cache).begun = null;
    },
  };
  const compiled: Record<string, (...args: unknown[]) => unknown> = {
    _metadata: () =>
      JSON.stringify({
        quantization: config.quantisation,
        kv_state_kind: options.stateKind ?? 'kv_cache',
        kv_cache: { num_hidden_layers: config.layers, num_key_value_heads: config.kvHeads, head_dim: config.headWidth },
      }),
    create_tir_paged_kv_cache: (_slots, size) => {
      const [tokens] = shapeOf(size) as [number];
      log.caches.push(tokens);
      crowded = tokens > (options.room ?? Infinity);
      return new Cache();
    },
    embed: (ids) => new FakeTensor([(ids as FakeTensor).data.length, 1], 'float32', (ids as FakeTensor).data),
    prefill: (embedded, cache) => {
      if ((cache as Cache).begun?.ids.length !== 1) throw new Error('prefill takes one sequence');
      return forward(embedded, cache);
    },
    batch_decode: (embedded, cache) => {
      if ((cache as Cache).begun?.lengths.some((length) => length !== 1)) throw new Error('batch_decode takes one token of each sequence');
      log.batches.push((cache as Cache).begun?.ids.length as number);
      return forward(embedded, cache);
    },
  };
  const tvm = {
    beginScope: () => {},
    endScope: () => {},
    detachFromCurrentScope: <T>(value: T): T => {
      if (value === undefined) throw new Error('nothing to detach');
      return value;
    },
    makeShapeTuple: (shape: number[]) => shape,
    getGlobalFunc: (name: string) => {
      if (!globals[name]) throw new Error(`Cannot find global function ${name}`);
      return globals[name];
    },
    scalar: (value: number, dtype: string) => ({ value, dtype }),
    empty: (shape: number[], dtype: string) => new FakeTensor(shape, dtype, new Float32Array(shape.reduce((product, n) => product * n, 1))),
    cpu: () => 'cpu',
    ...(without.includes('tensorCacheGet') ? {} : { tensorCacheGet: (name: string) => tensors.get(name) }),
  };

  class MLCEngine implements Engine {
    loadedModelIdToPipeline?: Map<string, unknown>;
    private readonly conversation = new FakeConversation();
    private processors: Map<string, LogitProcessor>;

    constructor(engine: ConstructorParameters<WebLlm['MLCEngine']>[0] = {}) {
      if (engine.appConfig) appConfig = engine.appConfig;
      this.processors = engine.logitProcessorRegistry ?? new Map();
      this.report = engine.initProgressCallback ?? (() => {});
      engines.push(this);
    }
    private report: (report: LoadReport) => void;
    private modelId = '';
    private check(): void {
      if (device.lost) throw new Error('Model not loaded before trying to complete a request.');
    }
    forget(): void {
      if (this.loadedModelIdToPipeline) this.loadedModelIdToPipeline = new Map();
    }
    async reload(modelId: string): Promise<void> {
      const record = appConfig.model_list.find(({ model_id }) => model_id === modelId);
      if (!record) throw new Error(`Cannot find model record in appConfig for ${modelId}.`);
      log.reloads.push(record.model);
      this.report({ progress: 0, timeElapsed: 0, text: `Fetching ${modelId}` });
      device = { lost: false };
      this.modelId = modelId;
      this.conversation.reset();
      const files = await options.files(record.model);
      tensors = new Map();
      numbers = null;
      const written = () => {
        log.writes++;
        numbers = null;
      };
      const half = config.quantisation.includes('f16');
      await readTensors(memorySource(files), config, (tensor) => {
        const dtype = tensor.values instanceof Uint32Array ? 'uint32' : half ? 'float16' : 'float32';
        tensors.set(
          tensor.name,
          new FakeTensor(tensor.shape, dtype, encode(tensor, config.quantisation, { exact: true }).bytes.slice(), written),
        );
      });
      const pipeline = {
        tvm,
        device: {
          sync: async () => {
            if (crowded) lose();
            crowded = false;
          },
        },
        vm: {
          getFunction: (name: string) => {
            if (without.includes(name as 'batch_decode') || !compiled[name]) throw new Error(`Cannot find function ${name}`);
            return compiled[name];
          },
        },
        params: {},
        prefillChunkSize: options.prefillChunkSize ?? 7,
        contextWindowSize: config.context,
        slidingWindowSize: -1,
        resetChat: () => this.conversation.reset(),
      };
      this.report({ progress: 1, timeElapsed: 0, text: 'Finish loading' });
      if (!without.includes('pipeline')) this.loadedModelIdToPipeline = new Map([[modelId, pipeline]]);
    }
    async unload(): Promise<void> {}
    async resetChat(): Promise<void> {
      this.conversation.reset();
    }
    setAppConfig(next: AppConfig): void {
      appConfig = next;
    }
    setLogitProcessorRegistry(registry: Map<string, LogitProcessor>): void {
      this.processors = registry;
    }
    async forwardTokensAndSample(ids: number[], _isPrefill: boolean, modelId = ''): Promise<number> {
      this.check();
      if (ids.length === 0) throw new Error('inputIds must not be empty');
      const read = this.conversation.ids;
      read.push(...ids);
      const seen = this.processors.get(modelId)?.processLogits(logits(read)) ?? logits(read);
      return seen.indexOf(Math.max(...seen));
    }
    interruptGenerate(): void {}
    /** Generates under a grammar: masked logits go through the processor, and what it leaves most likely is taken. */
    private speak(request: ChatRequest, grammar: string): ChatReply {
      if (!options.chat) throw new Error('The fake engine was given no template to read conversations with.');
      const { conv, tokenizer } = options.chat;
      const { conversation } = this;
      const read = conversation.read(options.chat, request.messages);
      const strings = grammarStrings(grammar);
      const said: number[] = [];
      const processor = this.processors.get(this.modelId);
      while (said.length < request.max_tokens) {
        const text = tokenizer.decode(said);
        const possible = (id: number) =>
          conv.stop_token_ids.includes(id)
            ? strings.includes(text)
            : !tokenizer.special.has(id) && strings.some((s) => s.startsWith(tokenizer.decode([...said, id])));
        const masked = logits(conversation.ids).map((logit, id) => (id < tokenizer.vocabulary && possible(id) ? logit : -3.4e38));
        const left = processor?.processLogits(masked) ?? masked;
        const token = left.indexOf(left.reduce((most, x) => Math.max(most, x), -Infinity));
        if (!possible(token)) throw new Error('Grammar matcher rejected the newly sampled token.');
        processor?.processSampledToken(token);
        // A token that stops is sampled, but never fed.
        if (conv.stop_token_ids.includes(token)) break;
        said.push(token);
        conversation.ids.push(token);
      }
      conversation.answered(tokenizer.decode(said));
      const usage = { prompt_tokens: read, completion_tokens: said.length + 1 };
      return { choices: [{ message: { content: tokenizer.decode(said) }, finish_reason: 'stop' }], usage };
    }
    chat = {
      completions: {
        create: async (request: ChatRequest) => {
          this.check();
          log.requests.push(request);
          const format = request.response_format;
          if (format?.type === 'grammar') return this.speak(request, format.grammar);
          return {
            usage: { prompt_tokens: 10, completion_tokens: 5 },
            choices: [{ message: { content: options.answer?.(request) ?? '{}' }, finish_reason: 'stop' }],
          };
        },
      },
    };
  }
  const webllm: WebLlm = {
    MLCEngine,
    prebuiltAppConfig: appConfig,
    hasModelInCache: async () => true,
    deleteModelAllInfoInCache: async () => {},
  };
  const lose = () => {
    device.lost = true;
    for (const engine of engines) engine.forget();
  };
  return { webllm, log, lose };
}
