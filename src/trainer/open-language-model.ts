/**
 * Opens a language model of WebLLM's list as the policy: the engine in a worker of its own, gradients from the same cached files;
 * a model that only the engine can compute stays as it is.
 */
import type { OpenedBackend } from '../policy/backend.ts';
import { UserError } from '../lib/errors.ts';
import { graphicsAdapter } from '../lib/graphics-adapter.ts';
import { DecoderWeights } from '../policy/decoder/weights.ts';
import { longestSequence, stateMemory } from '../policy/decoder/memory.ts';
import { sha256 } from '../lib/hash.ts';
import { statedContext, trainableConfig } from '../policy/mlc/architecture.ts';
import { configFile, tokenizerFile } from '../policy/mlc/format.ts';
import { readIndex, readJson } from '../policy/mlc/index-file.ts';
import { Tokenizer } from '../policy/tokenizer.ts';
import { FrozenPolicy } from '../policy/webllm/frozen-policy.ts';
import { contextOf, nearestNames, NotDownloaded, recordOf } from '../policy/webllm/list.ts';
import { cachedBytes, cachedSource, filesOf, filesUrl, placeOf } from '../policy/webllm/model-files.ts';
import { WebLlmPolicy } from '../policy/webllm/policy.ts';
import { ModelWorker } from '../policy/webllm/remote.ts';
import type { ServingPort } from '../policy/webllm/remote.ts';
import { lostNote, type ServedHooks } from '../policy/webllm/served-model.ts';
import { abilityOf, mostContext, toDownload } from './language-models.ts';

const spawn = (): ModelWorker =>
  new ModelWorker(
    new Worker(new URL('../policy/webllm/worker.ts', import.meta.url), { type: 'module', name: 'webllm' }) as unknown as ServingPort,
  );

/** Names of WebLLM's list near one that no folder of this page has; none where the list cannot be had. */
export async function namesNear(name: string): Promise<string[]> {
  const worker = spawn();
  try {
    return nearestNames(await worker.ask({ type: 'models' }), name);
  } catch {
    return [];
  } finally {
    worker.end('The list has been read.');
  }
}

export async function openLanguageModel(
  modelId: string,
  openBackend: () => Promise<OpenedBackend>,
  {
    opening,
    download,
    ...hooks
  }: {
    /** Whether its files may be fetched; what is here whole is opened in any case. */ download: boolean;
    opening: (what: string, done: number, total: number, stage?: 'weights' | 'engine') => void;
  } & ServedHooks,
): Promise<WebLlmPolicy | FrozenPolicy> {
  const worker = spawn();
  worker.onProgress = ({ progress, text }) => opening(text, Math.round(100 * progress), 100, 'engine');
  try {
    opening('Fetching WebLLM.', 0, 0);
    // What it is comes first: a model that cannot be trained or held here is refused before its weights are asked for.
    const record = recordOf(await worker.ask({ type: 'models' }), modelId);
    const cache = await placeOf(filesUrl(record.model));
    if (!download) {
      const here = await cachedBytes(filesOf(cache), filesUrl(record.model));
      if (!here.whole) throw new NotDownloaded(toDownload(record, here));
    }
    const backend = await openBackend();
    const source = cachedSource(filesOf(cache), await worker.ask({ type: 'describe', record, cache }));
    const chatConfig = await readJson(source, configFile);
    // The page Models says by the name what can be trained; a configuration of another kind overrules it.
    const config = abilityOf(modelId) === 'rollouts' ? null : trainableConfig(chatConfig);
    // What is given to the engine beats the list's own window, which may be smaller.
    const window = contextOf(record, Math.min(mostContext, config?.context ?? statedContext(chatConfig) ?? mostContext));
    const load = async (context: number) => {
      const serving = await worker.load(record, cache, context, { context_window_size: window, sliding_window_size: -1 });
      // From here on, loading means loading again: the page is in the middle of something and must not take it for an opening.
      worker.onProgress = ({ progress }) => hooks.onNote?.(`${lostNote} ${Math.round(100 * progress)} % of it is there.`);
      return serving;
    };
    const tokenizer = new Tokenizer(await readJson(source, tokenizerFile));
    if (!config) {
      const serving = await load(window);
      const index = await readIndex(source);
      const { ParamBytes, BitsPerParam } = index.metadata;
      // The index holds the sums of all shards.
      const hash = await sha256(JSON.stringify(index.records));
      const parameters = Math.round((8 * ParamBytes) / BitsPerParam);
      return new FrozenPolicy({ name: modelId, chatConfig, tokenizer, serving, parameters, hash, context: window, ...hooks });
    }
    const limits = backend.name === 'webgpu' ? ((await graphicsAdapter())?.limits ?? null) : null;
    // The smallest step there is.
    stateMemory(config, { batch: 1, time: 64, choices: 8, adapterParameters: 0, weights: 0 }, limits);
    // An episode that would grow longer than the device can train on ends there.
    const context = longestSequence(config, window, limits);
    const serving = await load(context);
    const { weights, hash } = await DecoderWeights.load(config, source, (done, total) =>
      opening('Reading the weights for training.', done, total),
    );
    return new WebLlmPolicy({ name: modelId, config, chatConfig, tokenizer, weights, hash, serving, backend, context, limits, ...hooks });
  } catch (error) {
    worker.end('The language model could not be opened.');
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${modelId} could not be opened: ${error instanceof Error ? error.message : String(error)}. Choose another model on the page Models.`,
    );
  }
}
