/** An engine of WebLLM's shape for tests: the same public calls and private members, over a runtime that computes in plain loops. */
import type { MadeDecoder } from '../decoder/testing.ts';
import type { AppConfig, ChatReply, ChatRequest, Engine, LoadReport, LogitProcessor, WebLlm } from './engine.ts';
import { FakeConversation, type FakeChat } from './testing-conversation.ts';
import { grammarStrings } from './testing-grammar.ts';
import { FakeRuntime, RuntimeLog, type RuntimeOptions } from './testing-runtime.ts';

export interface FakeOptions extends RuntimeOptions {
  /** Loads a model's files; the engine asks anew at each reload. */
  files: (url: string) => Promise<MadeDecoder['files']>;
  without?: readonly ('batch_decode' | 'pipeline' | 'tensorCacheGet' | '_metadata')[];
  /** Answers chat requests. */
  answer?: (request: ChatRequest) => string;
  /** How a conversation is read, for requests under a grammar. */
  chat?: FakeChat;
}

/** What a test may look at. */
export class FakeLog extends RuntimeLog {
  reloads: string[] = [];
  requests: ChatRequest[] = [];
}

/** @returns `lose`, too, which takes the graphics device away as WebLLM shows it: the pipelines are gone, and calls fail. */
export function fakeWebLlm(options: FakeOptions): { webllm: WebLlm; log: FakeLog; lose: () => void } {
  const { config, without = [] } = options;
  const log = new FakeLog();
  const runtime = new FakeRuntime(options, log);
  let appConfig: AppConfig = { model_list: [] };
  const engines: MLCEngine[] = [];
  const logits = (ids: readonly number[]): Float32Array => runtime.logits(ids);

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
      if (runtime.device.lost) throw new Error('Model not loaded before trying to complete a request.');
    }
    forget(): void {
      if (this.loadedModelIdToPipeline) this.loadedModelIdToPipeline = new Map();
    }
    async reload(modelId: string): Promise<void> {
      const record = appConfig.model_list.find(({ model_id }) => model_id === modelId);
      if (!record) throw new Error(`Cannot find model record in appConfig for ${modelId}.`);
      log.reloads.push(record.model);
      this.report({ progress: 0, timeElapsed: 0, text: `Fetching ${modelId}` });
      this.modelId = modelId;
      this.conversation.reset();
      await runtime.load(await options.files(record.model));
      const pipeline = {
        tvm: runtime.tvm,
        device: {
          sync: async () => {
            if (runtime.crowded) lose();
            runtime.crowded = false;
          },
        },
        vm: { getFunction: (name: string) => runtime.getFunction(name) },
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
          // As the real engine does.
          const thoughts = request.extra_body?.enable_thinking === false ? '<think>\n\n</think>\n\n' : '';
          return {
            usage: { prompt_tokens: 10, completion_tokens: 5 },
            choices: [{ message: { content: thoughts + (options.answer?.(request) ?? '{}') }, finish_reason: 'stop' }],
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
    runtime.device.lost = true;
    for (const engine of engines) engine.forget();
  };
  return { webllm, log, lose };
}
