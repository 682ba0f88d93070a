/** The worker's side: keeps one model loaded and its sequences, and answers calls one after the other. */
import { sentence, UserError } from '../../lib/errors.ts';
import { systemClock } from '../../lib/clock.ts';
import { planCache } from './cache-plan.ts';
import { describeModel, downloadModel, type DownloadOptions } from './download.ts';
import type { AppConfig, CacheBackend, LoadReport, ModelRecord, WebLlm } from './engine.ts';
import { checkAdapter, checkBuffers, findGraphics } from './graphics.ts';
import { recordOf, speaks } from './list.ts';
import { filesOf, filesUrl } from './model-files.ts';
import type { ModelFiles } from './model-files.ts';
import { EngineLost } from './lost.ts';
import type { Answers, Call, Reply, Request } from './protocol.ts';
import { reloadSync } from './reload-sync.ts';
import type { Sequences } from './sequences.ts';
import { LocalServing, type ServingOptions } from './serving.ts';

/** Bytes that the browser would still store for this page; null when it does not say. */
async function roomLeft(): Promise<number | null> {
  const { quota, usage } = (await navigator.storage?.estimate?.()) ?? {};
  return quota === undefined || usage === undefined ? null : quota - usage;
}

/**
 * @param load imports the package; it is large, and asked for only when it is needed
 * @param storage where WebLLM's cache is
 * @param graphics what the graphics adapter can do
 */
export function serveModels(
  post: (reply: Reply, transfer: Transferable[]) => void,
  load: () => Promise<WebLlm>,
  storage: (cache: CacheBackend) => ModelFiles = filesOf,
  graphics: typeof findGraphics = findGraphics,
): (request: Request) => void {
  let serving: LocalServing | null = null;
  const open = new Map<number, Sequences>();
  let next = 1;

  const configFor = (webllm: WebLlm, cache: CacheBackend, record?: ModelRecord): AppConfig => ({
    ...webllm.prebuiltAppConfig,
    model_list: record ? [record] : webllm.prebuiltAppConfig.model_list,
    cacheBackend: cache,
    useIndexedDBCache: cache === 'indexeddb',
  });
  const tell = (report: LoadReport) => post({ type: 'progress', report }, []);
  const listed = (webllm: WebLlm, name: ModelRecord | string): ModelRecord => {
    const record = typeof name === 'string' ? recordOf(webllm.prebuiltAppConfig.model_list, name) : name;
    if (!speaks(record))
      throw new UserError(`${record.model_id} turns texts into vectors and cannot play; choose another model on the page Models.`);
    return record;
  };
  /**
   * Brings a model's files; each refusal comes before what it spares: the adapter before any file, sizes before the weights.
   * @param longest most tokens of an episode; null where only what the model is, or its files, is wanted
   */
  const bring = async (
    record: ModelRecord,
    cache: CacheBackend,
    weights: boolean,
    longest: number | null,
  ): Promise<ServingOptions['cache']> => {
    const found = await graphics();
    checkAdapter(record, found);
    const { limits } = found;
    let plan: ServingOptions['cache'] = (shape) => planCache(shape, longest ?? 0, limits);
    const get = (url: string) => fetch(url);
    const check: DownloadOptions['check'] = ({ config, index }) => {
      checkBuffers(record, index, found);
      if (longest !== null && config) plan = planCache(config, longest, limits);
    };
    if (weights) await downloadModel(record, storage(cache), { get, room: roomLeft, onProgress: tell, check });
    else await describeModel(record, storage(cache), { get, onProgress: tell, check });
    return plan;
  };
  const loaded = (): LocalServing => {
    if (!serving) throw new UserError('No language model is loaded; load one first.');
    return serving;
  };
  const sequences = (number: number): Sequences => {
    const found = open.get(number);
    if (!found) throw new UserError('These conversations have ended, because the model was loaded again.');
    return found;
  };
  const unload = async (): Promise<void> => {
    open.clear();
    const old = serving;
    serving = null;
    await old?.dispose();
  };

  const answer = async (call: Call): Promise<Answers[keyof Answers]> => {
    switch (call.type) {
      case 'models':
        return (await load()).prebuiltAppConfig.model_list;
      case 'describe': {
        const record = listed(await load(), call.record);
        await bring(record, call.cache, false, null);
        return filesUrl(record.model);
      }
      case 'download':
        await bring(listed(await load(), call.record), call.cache, true, null);
        return null;
      case 'load': {
        await unload();
        const webllm = await load();
        const record = listed(webllm, call.record);
        const cache = await bring(record, call.cache, true, call.longest);
        serving = await LocalServing.load(webllm, {
          record,
          config: configFor(webllm, call.cache, record),
          clock: systemClock,
          cache,
          reloadSync: reloadSync(storage(call.cache), record),
          chatOptions: call.chatOptions,
          onProgress: tell,
        });
        return serving.info;
      }
      case 'open': {
        const number = next++;
        open.set(number, await loaded().open(call.prompts));
        return { number, info: loaded().info };
      }
      case 'feed': {
        const fed = sequences(call.sequences);
        return { logits: await fed.feed(call.feeds), tokensFed: fed.tokensFed };
      }
      case 'finish':
        await open.get(call.sequences)?.finish(call.rows);
        return null;
      case 'close':
        await open.get(call.sequences)?.dispose();
        open.delete(call.sequences);
        return null;
      case 'sync': {
        const report = await loaded().sync(call.tensors, call.version);
        // A reload has thrown the old engine's sequences away.
        if (report.kind === 'reload') open.clear();
        return { report, info: loaded().info };
      }
      case 'write':
        return loaded().write(call.prompt, call.schema, call.maxTokens);
      case 'answer':
        return loaded().answer(call.request);
      case 'rebuild':
        open.clear();
        await loaded().rebuild();
        return loaded().info;
      case 'unload':
        await unload();
        return null;
    }
  };

  let turn: Promise<void> = Promise.resolve();
  return (request) => {
    turn = turn.then(async () => {
      try {
        const value = await answer(request);
        const buffers = request.type === 'feed' ? (value as Answers['feed']).logits.map(({ buffer }) => buffer as ArrayBuffer) : [];
        post({ type: 'answer', id: request.id, value }, buffers);
      } catch (error) {
        const mendable = error instanceof UserError || isKnown(error);
        post({ type: 'refused', id: request.id, message: explain(error), mendable, lost: error instanceof EngineLost }, []);
      }
    });
  };
}

/** WebLLM's own errors that a person can do something about, by their names. */
const known: [RegExp, string][] = [
  [/ShaderF16Support|shader-f16/i, 'This graphics adapter has no half precision (shader-f16); choose a model whose name has f32.'],
  [
    /WebGPUNotAvailable/i,
    'This browser offers no WebGPU, which language models need; use a recent Chrome, Edge or Safari, on a machine with a graphics driver.',
  ],
  [
    /DeviceLost|device was lost|out of memory|OutOfMemory/i,
    'The graphics device ran out of memory or was lost; choose a smaller model, close other tabs, and load it again.',
  ],
  [
    /Failed to fetch|NetworkError|ERR_INTERNET|Cannot fetch/i,
    'The model could not be downloaded; check the connection. What is already here is kept.',
  ],
  [/quota|QuotaExceeded/i, 'The browser has no room for this model; delete another one, or free disk space.'],
];

const textOf = (error: unknown): string => `${error instanceof Error ? error.name : ''} ${sentence(error)}`;
const isKnown = (error: unknown): boolean => known.some(([pattern]) => pattern.test(textOf(error)));

/** A sentence for the person, with the engine's own words behind it. */
export function explain(error: unknown): string {
  if (error instanceof UserError) return error.message;
  const found = known.find(([pattern]) => pattern.test(textOf(error)));
  return found ? `${found[1]} (${sentence(error)})` : sentence(error);
}
