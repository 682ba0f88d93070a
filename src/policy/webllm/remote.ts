/** A served model in another thread, as if it were here. */
import { UserError } from '../../lib/errors.ts';
import type { CacheBackend, LoadReport, ModelRecord } from './engine.ts';
import { EngineLost } from './lost.ts';
import type { Answers, Call, Reply, Request } from './protocol.ts';
import type { Feed, Prompt, Sequences } from './sequences.ts';
import type { AnswerRequest, AnswerResult, Serving, ServingInfo, SyncReport, TensorBytes, Written } from './port.ts';

/** The part of a Worker that is used. */
export interface ServingPort {
  postMessage(message: Request, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent<Reply>) => void) | null;
  terminate(): void;
}

export class ModelWorker {
  private readonly waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  private next = 1;
  private ended: Error | null = null;
  onProgress: ((report: LoadReport) => void) | null = null;

  constructor(private readonly port: ServingPort) {
    port.onmessage = ({ data }) => {
      if (data.type === 'progress') return this.onProgress?.(data.report);
      const call = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if (data.type === 'answer') call?.resolve(data.value as never);
      else if (data.lost) call?.reject(new EngineLost(data.message));
      else call?.reject(data.mendable ? new UserError(data.message) : new Error(data.message));
    };
  }

  ask<K extends Call['type']>(call: Extract<Call, { type: K }>, transfer: Transferable[] = []): Promise<Answers[K]> {
    if (this.ended) return Promise.reject(this.ended);
    const id = this.next++;
    return new Promise<Answers[K]>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.port.postMessage({ ...call, id } as Request, transfer);
    });
  }

  /** Ends the worker: a download under way stops, what was loaded is given back, whoever waits hears `why`. */
  end(why: string): void {
    this.ended = new UserError(why);
    this.port.terminate();
    for (const { reject } of this.waiting.values()) reject(this.ended);
    this.waiting.clear();
  }

  /** @param longest most tokens of an episode */
  async load(
    record: ModelRecord | string,
    cache: CacheBackend,
    longest: number,
    chatOptions: Record<string, unknown> = {},
  ): Promise<RemoteServing> {
    return new RemoteServing(this, await this.ask({ type: 'load', record, cache, longest, chatOptions }));
  }
}

export class RemoteServing implements Serving {
  version = 0;

  constructor(
    private readonly worker: ModelWorker,
    public info: ServingInfo,
  ) {}

  async open(prompts: Prompt[]): Promise<Sequences> {
    const { number, info } = await this.worker.ask({ type: 'open', prompts });
    this.info = info;
    return new RemoteSequences(this.worker, number);
  }

  async sync(tensors: TensorBytes[], version: number | null): Promise<SyncReport> {
    // The bytes are made for this call alone, so they may move.
    const buffers = [...new Set(tensors.map(({ bytes }) => bytes.buffer as ArrayBuffer))];
    const { report, info } = await this.worker.ask({ type: 'sync', tensors, version }, buffers);
    this.info = info;
    this.version = report.version ?? this.version;
    return report;
  }

  write(prompt: string, schema: object, maxTokens: number): Promise<Written> {
    return this.worker.ask({ type: 'write', prompt, schema, maxTokens });
  }

  answer(request: AnswerRequest): Promise<AnswerResult> {
    return this.worker.ask({ type: 'answer', request });
  }

  async rebuild(): Promise<void> {
    this.info = await this.worker.ask({ type: 'rebuild' });
    this.version = 0;
  }

  async dispose(): Promise<void> {
    await this.worker.ask({ type: 'unload' });
    this.worker.end('The language model has been unloaded.');
  }
}

class RemoteSequences implements Sequences {
  tokensFed = 0;

  constructor(
    private readonly worker: ModelWorker,
    private readonly number: number,
  ) {}

  async feed(feeds: readonly Feed[]): Promise<Float32Array[]> {
    const { logits, tokensFed } = await this.worker.ask({ type: 'feed', sequences: this.number, feeds: [...feeds] });
    this.tokensFed = tokensFed;
    return logits;
  }

  async finish(rows: readonly number[]): Promise<void> {
    await this.worker.ask({ type: 'finish', sequences: this.number, rows: [...rows] });
  }

  async dispose(): Promise<void> {
    await this.worker.ask({ type: 'close', sequences: this.number });
  }
}
