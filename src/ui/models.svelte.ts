/** The language models of WebLLM's list: what they need, what of them is here, and one download or test at a time. */
import { sentence } from '../lib/errors.ts';
import { graphicsAdapter } from '../lib/graphics-adapter.ts';
import { adapterRepository } from '../policy/webllm/reload-sync.ts';
import type { MemoryLimits } from '../policy/decoder/memory.ts';
import { trainableConfig } from '../policy/mlc/architecture.ts';
import { configFile } from '../policy/mlc/format.ts';
import { readJson } from '../policy/mlc/index-file.ts';
import { cachedBytes, cachedSource, filesOf, filesUrl, placeOf, removeModel, type Cached } from '../policy/webllm/model-files.ts';
import type { ModelRecord } from '../policy/webllm/engine.ts';
import { speaks } from '../policy/webllm/list.ts';
import { ModelWorker, type ServingPort } from '../policy/webllm/remote.ts';
import type { SelfTestEvent } from '../trainer/self-test-worker.ts';
import type { PlayTest, SelfTestRow } from '../trainer/self-test.ts';
import { abilityOf, downloadBytes, trainingMemory, type Ability } from '../trainer/language-models.ts';
import { languageModels as said, told } from './text.ts';

export interface ListedModel {
  record: ModelRecord;
  /** Memory that the engine takes, in MB, by WebLLM's list; playing and training take more. */
  megabytes: number;
  half: boolean;
  /** What it can do here. */
  can: Ability;
  /** About how many bytes its weights are; null when that is not known. */
  download: number | null;
  /** Bytes that a training step takes at most beside WebLLM's own memory; null when nothing is trained, or not known. */
  training: number | null;
  here: Cached;
}

/** What WebGPU promises everywhere: without an adapter to ask, a training step is told as it would be on a small one. */
const promised: MemoryLimits = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };

const spawn = (): ModelWorker =>
  new ModelWorker(
    new Worker(new URL('../policy/webllm/worker.ts', import.meta.url), { type: 'module', name: 'webllm' }) as unknown as ServingPort,
  );

class Models {
  list = $state.raw<ListedModel[] | null>(null);
  /** What went wrong last, with a model or with the list (null). */
  problem = $state.raw<{ modelId: string | null; text: string } | null>(null);
  /** What is going on: one model is downloaded or tested at a time. */
  work = $state.raw<{ modelId: string; what: string; share: number; left: number | null } | null>(null);
  test = $state.raw<{ modelId: string; how: string; rows: SelfTestRow[]; played: PlayTest | null; done: boolean } | null>(null);
  /** Half precision on this adapter; null without WebGPU. */
  half = $state<boolean | null>(null);
  /** Models of WebLLM's list that say nothing. */
  mute = $state(0);
  /** Of the graphics adapter. */
  private limits: MemoryLimits | null = null;
  private stop: (() => void) | null = null;
  /** The cache is the browser's: what one tab downloads or deletes, the others see. */
  private tabs: BroadcastChannel | null = null;

  async open(): Promise<void> {
    if (this.list) return;
    this.tabs ??= new BroadcastChannel('language-models');
    this.tabs.onmessage = ({ data }: MessageEvent<string>) => void this.lookAgain(data);
    const worker = spawn();
    try {
      const adapter = await graphicsAdapter();
      this.limits = adapter?.limits ?? promised;
      this.half = adapter ? adapter.features.has('shader-f16') : null;
      const records = await worker.ask({ type: 'models' });
      const listed = records.filter(speaks);
      this.mute = records.length - listed.length;
      // Smallest first: what most machines can hold.
      this.list = (await Promise.all(listed.map((record) => this.look(record)))).sort((a, b) => a.megabytes - b.megabytes);
    } catch (error) {
      this.problem = { modelId: null, text: said.listUnread(sentence(error)) };
    } finally {
      worker.end(said.listRead);
    }
  }

  private async look(record: ModelRecord): Promise<ListedModel> {
    const folder = filesUrl(record.model);
    const files = filesOf(await placeOf(folder));
    const here = await cachedBytes(files, folder);
    const config = here.whole ? await readJson(cachedSource(files, folder), configFile).then(trainableConfig, () => null) : null;
    return {
      record,
      megabytes: Math.round(record.vram_required_MB ?? 0),
      half: record.model_id.includes('f16'),
      can: abilityOf(record.model_id),
      download: downloadBytes(record.model_id),
      training: trainingMemory(record, config, this.limits),
      here,
    };
  }

  private async changed(modelId: string): Promise<void> {
    await this.lookAgain(modelId);
    this.tabs?.postMessage(modelId);
  }

  private async lookAgain(modelId: string): Promise<void> {
    const list = this.list ?? [];
    this.list = await Promise.all(list.map((model) => (model.record.model_id === modelId ? this.look(model.record) : model)));
  }

  async download({ record }: ListedModel): Promise<void> {
    const modelId = record.model_id;
    const worker = spawn();
    this.problem = null;
    this.stop = () => worker.end(said.downloadStopped);
    this.begin(modelId, said.fetchingWebLlm);
    worker.onProgress = ({ progress, text }) => this.go(text, progress);
    try {
      // Else the browser may throw a gigabyte away when it wants room.
      void navigator.storage?.persist?.();
      await worker.ask({ type: 'download', record: modelId, cache: await placeOf(filesUrl(record.model)) });
    } catch (error) {
      this.problem = { modelId, text: sentence(error) };
    } finally {
      worker.end(said.downloadEnded);
      this.rest();
      await this.changed(modelId);
    }
  }

  async remove({ record }: ListedModel): Promise<void> {
    try {
      const folders = [filesUrl(record.model), filesUrl(adapterRepository(record.model_id))];
      await removeModel(filesOf(await placeOf(filesUrl(record.model))), folders, record.model_lib);
    } catch (error) {
      this.problem = { modelId: record.model_id, text: said.notDeleted(sentence(error)) };
    }
    await this.changed(record.model_id);
  }

  selfTest({ record, can }: ListedModel): void {
    const modelId = record.model_id;
    const worker = new Worker(new URL('../trainer/self-test-worker.ts', import.meta.url), { type: 'module', name: 'self-test' });
    const end = () => {
      worker.terminate();
      this.rest();
      void this.changed(modelId);
    };
    this.problem = null;
    this.stop = end;
    this.test = { modelId, how: '', rows: [], played: null, done: false };
    this.begin(modelId, said.selfTest.opening);
    const add = (change: Partial<NonNullable<typeof this.test>>) =>
      (this.test = { ...(this.test as NonNullable<typeof this.test>), ...change });
    worker.onerror = (event) => {
      this.problem = { modelId, text: said.selfTest.stopped(event.message || told.programMissing) };
      end();
    };
    worker.onmessage = ({ data }: MessageEvent<SelfTestEvent>) => {
      if (data.type === 'opening') this.go(data.what, data.total ? data.done / data.total : 0);
      else if (data.type === 'opened') {
        this.go(can === 'rollouts' ? said.selfTest.playingOnly : said.selfTest.playing, 0);
        add({ how: said.selfTest.how(can === 'rollouts' ? null : data.backend, data.serving, data.memory) });
      } else if (data.type === 'played') add({ played: data.result });
      else if (data.type === 'row') add({ rows: [...(this.test?.rows ?? []), data.row] });
      else {
        if (data.type === 'failed') this.problem = { modelId, text: data.message };
        else add({ done: true });
        end();
      }
    };
    worker.postMessage(modelId);
  }

  cancel(): void {
    this.stop?.();
  }

  private begin(modelId: string, what: string): void {
    this.work = { modelId, what, share: 0, left: null };
    this.first = null;
  }

  /** Where the present stage began to move: what was there before took no time. */
  private first: { share: number; at: number } | null = null;

  private go(what: string, share: number): void {
    if (!this.work) return;
    const at = performance.now();
    if (!this.first || share < this.work.share) this.first = { share, at };
    const gone = share - this.first.share;
    const left = gone > 0 ? ((at - this.first.at) / 1000) * ((1 - share) / gone) : null;
    this.work = { ...this.work, what, share, left };
  }

  private rest(): void {
    this.work = null;
    this.stop = null;
  }
}

export const models = new Models();
