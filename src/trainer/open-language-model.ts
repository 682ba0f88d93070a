/** Opens a language model of WebLLM's list as the policy: the engine in a worker of its own, gradients from the same cached files. */
import type { OpenedBackend } from '../policy/backend.ts';
import { UserError } from '../lib/errors.ts';
import { DecoderWeights } from '../policy/decoder/weights.ts';
import { longestSequence, stateMemory } from '../policy/decoder/memory.ts';
import { readDecoderConfig } from '../policy/mlc/architecture.ts';
import { configFile, tokenizerFile } from '../policy/mlc/format.ts';
import { readJson } from '../policy/mlc/index-file.ts';
import { Tokenizer } from '../policy/tokenizer.ts';
import { cachedSource, filesOf } from '../policy/webllm/model-files.ts';
import { WebLlmPolicy } from '../policy/webllm/policy.ts';
import { ModelWorker } from '../policy/webllm/remote.ts';
import type { ServingPort } from '../policy/webllm/remote.ts';
import { lostNote, type ServedHooks } from '../policy/webllm/served-model.ts';

/** Most tokens of an episode: longer windows cost memory in both engines. */
const mostContext = 4096;

export async function openLanguageModel(
  modelId: string,
  backend: OpenedBackend,
  { opening, ...hooks }: { opening: (what: string, done: number, total: number, stage?: 'weights' | 'engine') => void } & ServedHooks,
): Promise<WebLlmPolicy> {
  const worker = new ModelWorker(
    new Worker(new URL('../policy/webllm/worker.ts', import.meta.url), { type: 'module', name: 'webllm' }) as unknown as ServingPort,
  );
  worker.onProgress = ({ progress, text }) => opening(text, Math.round(100 * progress), 100, 'engine');
  try {
    opening('Fetching WebLLM.', 0, 0);
    // What it is comes first: a model that cannot be trained or held here is refused before its weights are asked for.
    const source = cachedSource(filesOf('cache'), await worker.ask({ type: 'describe', record: modelId, cache: 'cache' }));
    const chatConfig = await readJson(source, configFile);
    const config = readDecoderConfig(chatConfig);
    const limits = backend.name === 'webgpu' ? ((await navigator.gpu?.requestAdapter())?.limits ?? null) : null;
    // The smallest step there is.
    stateMemory(config, { batch: 1, time: 64, choices: 8, adapterParameters: 0, weights: 0 }, limits);
    // An episode that would grow longer than the device can train on ends there.
    const context = longestSequence(config, Math.min(config.context, mostContext), limits);
    const serving = await worker.load(modelId, 'cache', context, { context_window_size: mostContext, sliding_window_size: -1 });
    // From here on, loading means loading again: the page is in the middle of something and must not take it for an opening.
    worker.onProgress = ({ progress }) => hooks.onNote?.(`${lostNote} ${Math.round(100 * progress)} % of it is there.`);
    const { weights, hash } = await DecoderWeights.load(config, source, (done, total) =>
      opening('Reading the weights for training.', done, total),
    );
    return new WebLlmPolicy({
      name: modelId,
      config,
      chatConfig,
      tokenizer: new Tokenizer(await readJson(source, tokenizerFile)),
      weights,
      hash,
      serving,
      backend,
      context,
      limits,
      ...hooks,
    });
  } catch (error) {
    worker.end('The language model could not be opened.');
    if (error instanceof UserError) throw error;
    throw new UserError(
      `${modelId} could not be opened: ${error instanceof Error ? error.message : String(error)}. Choose another model on the page Models.`,
    );
  }
}
