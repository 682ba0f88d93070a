/** Opens the policy in the worker: a backend, then the weights below an address; every step is told to the page. */
import { sentence } from '../lib/errors.ts';
import { openBackend } from '../policy/backend.ts';
import type { OpenedBackend } from '../policy/backend.ts';
import { LlamaPolicy } from '../policy/llama/policy.ts';
import { openThreads } from '../policy/llama/threads.ts';
import { fetchSource, MissingFile } from '../policy/mlc/format.ts';
import { readMlc } from '../policy/mlc/read.ts';
import type { Policy } from '../policy/policy.ts';
import { nearSentence, UnknownModel } from '../policy/webllm/list.ts';
import { wasmUrls } from './wasm-urls.ts';
import { isLanguageModel } from './language-models.ts';
import { startTensorWorker } from './tensor-worker.ts';
import { warmUp } from './warm-up.ts';
import type { BackendName, Command, Event } from './protocol.ts';

/** More threads than this find too little to do in one turn of an episode. */
const MOST_USEFUL = 4;

/** The policy that comes with the page. */
const embedded = 'tiny';

/** The name of a model is its folder. */
export const folderOf = (modelUrl: string): string => new URL(modelUrl).pathname.split('/').filter(Boolean).at(-1) ?? 'policy';

export async function openPolicy(
  {
    backend: name,
    modelUrl,
    download = false,
    workers = Math.min(MOST_USEFUL, navigator.hardwareConcurrency),
  }: Extract<Command, { type: 'open' }>,
  post: (event: Event) => void,
): Promise<Policy> {
  const opening = (stage: 'weights' | 'backend' | 'warmup' | 'engine', what: string, done = 0, total = 0) =>
    post({ type: 'opening', stage, what, done, total });
  const folder = folderOf(modelUrl);
  if (isLanguageModel(folder)) return openServed(name, folder, download, post, opening);
  opening('weights', 'Fetching the model.');
  const model = await readMlc(fetchSource(modelUrl, (done, total) => opening('weights', 'Fetching the model.', done, total))).catch(
    async (error: unknown) => {
      if (folder === embedded) throw error;
      const { namesNear } = await import('./open-language-model.ts');
      throw new UnknownModel(
        `"${folder}" is not a model that can be used; the page Models shows those that can.${nearSentence(await namesNear(folder))}${error instanceof MissingFile ? '' : ` (${sentence(error)})`}`,
      );
    },
  );
  opening('backend', name === null ? 'Measuring which backend is fastest.' : `Opening ${name}.`);
  const backend = await openBackend(name, { wasmUrls });
  // A graphics device is one; threads of plain JavaScript would only be more of the slowest.
  const engines = workers > 1 && backend.name === 'wasm' ? await openThreads(workers, startTensorWorker, model) : undefined;
  const policy = new LlamaPolicy({ name: folder, model, backend, engines });
  // On a graphics card the first call of each kind compiles its shaders: better before training than in its first seconds.
  if (backend.name === 'webgpu') await warmUp(policy, (done, total) => opening('warmup', 'Compiling shaders.', done, total));
  post({ type: 'ready', backend: backend.name, passedOver: backend.passedOver, policy: policy.info });
  tellLoss(backend, post);
  return policy;
}

/** A language model of WebLLM's list; gradients take the fastest backend, or the one asked for. */
async function openServed(
  name: BackendName | null,
  modelId: string,
  download: boolean,
  post: (event: Event) => void,
  opening: (stage: 'weights' | 'backend' | 'engine', what: string, done?: number, total?: number) => void,
): Promise<Policy> {
  const { openLanguageModel } = await import('./open-language-model.ts');
  let opened: Promise<OpenedBackend> | undefined;
  const open = (): Promise<OpenedBackend> => {
    if (!opened) opening('backend', name === null ? 'Measuring which backend is fastest.' : `Opening ${name}.`);
    return (opened ??= openBackend(name, { wasmUrls }));
  };
  const policy = await openLanguageModel(modelId, open, {
    download,
    opening: (what, done, total, stage = 'weights') => opening(stage, what, done, total),
    onNote: (message) => post({ type: 'note', message }),
    onServing: (how) => post({ type: 'serving', how }),
  });
  const backend = await open();
  post({ type: 'ready', backend: backend.name, passedOver: backend.passedOver, policy: policy.info, memory: policy.memory });
  post({ type: 'serving', how: policy.how });
  tellLoss(backend, post);
  return policy;
}

function tellLoss(backend: OpenedBackend, post: (event: Event) => void): void {
  void backend.lost.then((why) =>
    post({
      type: 'failed',
      runId: null,
      message: `${why}.`,
      fatal: true,
      cause: why.includes('(destroyed)') ? 'destroyed' : 'lost',
    }),
  );
}
