/** The language models of WebLLM's list: what they need, what of them is here, and one download or test at a time. */
import { sentence } from '../lib/errors.ts';
import { filesUrl } from '../policy/webllm/serving.ts';
import { adapterRepository } from '../policy/webllm/reload-sync.ts';
import { cacheFiles, cachedBytes, removeModel } from '../policy/webllm/model-files.ts';
import type { ModelRecord } from '../policy/webllm/engine.ts';
import { ModelWorker, type ServingPort } from '../policy/webllm/remote.ts';
import type { SelfTestEvent } from '../trainer/self-test-worker.ts';
import type { SelfTestRow } from '../trainer/self-test.ts';
import { isLanguageModel } from '../trainer/language-models.ts';

export interface ListedModel {
  record: ModelRecord;
  /** Memory that the engine takes, in MB; training takes about as much again. */
  megabytes: number;
  half: boolean;
  /** What can be trained of it. */
  trains: 'LoRA' | 'scales, biases and norms' | null;
  /** Bytes in the cache. */
  have: number;
  whole: boolean;
}

/** Families whose forward pass the trainer has, by the names that WebLLM gives them. */
const trainable = /^(SmolLM2|TinyLlama|Llama-3|Qwen2|Qwen3-)/;
const vision = /Vision|VL|embed|snowflake|Math-?Vision/i;

export function trainsAs(modelId: string): ListedModel['trains'] {
  if (!trainable.test(modelId) || vision.test(modelId) || !isLanguageModel(modelId)) return null;
  return modelId.includes('-q0') ? 'LoRA' : 'scales, biases and norms';
}

const spawn = (): ModelWorker =>
  new ModelWorker(
    new Worker(new URL('../policy/webllm/worker.ts', import.meta.url), { type: 'module', name: 'webllm' }) as unknown as ServingPort,
  );

class Models {
  list = $state.raw<ListedModel[] | null>(null);
  problem = $state<string | null>(null);
  /** What is going on: one model is downloaded or tested at a time. */
  work = $state.raw<{ modelId: string; kind: 'download' | 'test'; what: string; share: number; since: number } | null>(null);
  test = $state.raw<{ modelId: string; how: string; rows: SelfTestRow[]; done: boolean } | null>(null);
  /** Half precision on this adapter; null without WebGPU. */
  half = $state<boolean | null>(null);
  private stop: (() => void) | null = null;

  async open(): Promise<void> {
    if (this.list) return;
    const worker = spawn();
    try {
      const adapter = await navigator.gpu?.requestAdapter();
      this.half = adapter ? adapter.features.has('shader-f16') : null;
      const records = await worker.ask({ type: 'models' });
      const listed = records.filter(({ model_id }) => trainsAs(model_id) !== null);
      // Smallest first: what most machines can hold.
      this.list = (await Promise.all(listed.map((record) => this.look(record)))).sort((a, b) => a.megabytes - b.megabytes);
    } catch (error) {
      this.problem = `WebLLM's list could not be read: ${sentence(error)}`;
    } finally {
      worker.end('The list has been read.');
    }
  }

  private async look(record: ModelRecord): Promise<ListedModel> {
    const { have, total } = await cachedBytes(cacheFiles, filesUrl(record.model)).catch(() => ({ have: 0, total: null }));
    return {
      record,
      megabytes: Math.round(record.vram_required_MB ?? 0),
      half: record.model_id.includes('f16'),
      trains: trainsAs(record.model_id),
      have,
      whole: total !== null && have === total,
    };
  }

  private async lookAgain(modelId: string): Promise<void> {
    const list = this.list ?? [];
    this.list = await Promise.all(list.map((model) => (model.record.model_id === modelId ? this.look(model.record) : model)));
  }

  async download({ record }: ListedModel): Promise<void> {
    const modelId = record.model_id;
    const worker = spawn();
    const since = performance.now();
    this.problem = null;
    this.stop = () => worker.end('The download was stopped; what is here is kept, and it goes on from there.');
    this.work = { modelId, kind: 'download', what: 'Fetching WebLLM.', share: 0, since };
    worker.onProgress = ({ progress, text }) => (this.work = { modelId, kind: 'download', what: text, share: progress, since });
    try {
      const serving = await worker.load(modelId, 'cache');
      await serving.dispose();
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      worker.end('The download has ended.');
      this.rest();
      await this.lookAgain(modelId);
    }
  }

  async remove({ record }: ListedModel): Promise<void> {
    try {
      await removeModel(cacheFiles, [filesUrl(record.model), filesUrl(adapterRepository(record.model_id))], record.model_lib);
    } catch (error) {
      this.problem = `${record.model_id} could not be deleted: ${sentence(error)}`;
    }
    await this.lookAgain(record.model_id);
  }

  selfTest({ record }: ListedModel): void {
    const modelId = record.model_id;
    const since = performance.now();
    const worker = new Worker(new URL('../trainer/self-test-worker.ts', import.meta.url), { type: 'module', name: 'self-test' });
    const end = () => {
      worker.terminate();
      this.rest();
      void this.lookAgain(modelId);
    };
    this.problem = null;
    this.stop = end;
    this.test = { modelId, how: '', rows: [], done: false };
    this.work = { modelId, kind: 'test', what: 'Opening.', share: 0, since };
    const add = (change: Partial<NonNullable<typeof this.test>>) =>
      (this.test = { ...(this.test as NonNullable<typeof this.test>), ...change });
    worker.onerror = (event) => {
      this.problem = `The self-test stopped: ${event.message || 'its program could not be loaded'}.`;
      end();
    };
    worker.onmessage = ({ data }: MessageEvent<SelfTestEvent>) => {
      if (data.type === 'opening')
        this.work = { modelId, kind: 'test', what: data.what, share: data.total ? data.done / data.total : 0, since };
      else if (data.type === 'opened') {
        this.work = { modelId, kind: 'test', what: 'Playing, comparing, learning.', share: 0, since };
        add({ how: `Gradients on ${data.backend}; rows decoded ${data.decoding}; new weights ${data.syncing}. ${data.memory}` });
      } else if (data.type === 'row') add({ rows: [...(this.test?.rows ?? []), data.row] });
      else {
        if (data.type === 'failed') this.problem = data.message;
        else add({ done: true });
        end();
      }
    };
    worker.postMessage(modelId);
  }

  cancel(): void {
    this.stop?.();
  }

  private rest(): void {
    this.work = null;
    this.stop = null;
  }
}

export const models = new Models();
