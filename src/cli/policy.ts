/** Opens a policy from its folder, in Node. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from '../lib/errors.ts';
import { cores, startThread } from '../lib/thread.node.ts';
import { useWideVectors } from '../lib/wide-vectors.node.ts';
import { openBackend, type BackendName } from '../policy/backend.ts';
import { needGpu } from '../policy/gpu.node.ts';
import { LlamaPolicy } from '../policy/llama/policy.ts';
import { openThreads, type Thread } from '../policy/llama/threads.ts';
import { folderSource } from '../policy/mlc/files.node.ts';
import { configFile } from '../policy/mlc/format.ts';
import { readMlc, type LoadedModel } from '../policy/mlc/read.ts';
import type { Policy } from '../policy/policy.ts';
import { UniformPolicy } from '../policy/uniform.ts';
import { wholeNumber, type Option } from './terminal.ts';

const models = fileURLToPath(new URL('../../public/models', import.meta.url));

/** More threads than this find too little to do in one turn of an episode. */
const MOST_USEFUL = 4;

export const workersOption: Option = {
  value: 'N',
  help: `Threads that play and learn; the result is the same, byte by byte (the number of cores, at most ${MOST_USEFUL}).`,
};

/** Of `--workers`. @throws UserError when it is no whole number from 1. */
export const workersOf = (text: string | undefined): number =>
  text === undefined ? Math.min(cores(), MOST_USEFUL) : wholeNumber('workers', text);

export const policyOption = {
  value: 'NAME',
  default: 'tiny',
  help: 'A folder of public/models, the path of another one (npm run pretrain makes them), or uniform for chance.',
} satisfies Option;

/**
 * @param name a folder of public/models, the path of another one, or `uniform` for chance.
 * @param workers threads that share the work; with 1 it is done here. WebGPU has one device, and takes no others.
 */
export async function openPolicy(name: string, backend: string, workers = 1): Promise<Policy> {
  if (name === 'uniform') return new UniformPolicy();
  return policyOf(basename(name), await readModel(name), backend, workers);
}

/** @throws UserError when there is no such folder. */
export async function readModel(name: string): Promise<LoadedModel> {
  const known = await readdir(models);
  if (known.includes(name)) return readMlc(folderSource(join(models, name)));
  if (existsSync(join(name, configFile))) return readMlc(folderSource(name));
  throw new UserError(
    `There is no policy named "${name}", nor a folder of that path with ${configFile} in it; public/models has ${known.join(', ')}, and uniform is chance.`,
  );
}

/** As `openPolicy`, of weights at hand. */
export async function policyOf(name: string, model: LoadedModel, backend: string, workers: number): Promise<Policy> {
  useWideVectors();
  if (backend === 'webgpu') await needGpu();
  const opened = await openBackend(backend as BackendName);
  const engines = workers > 1 && opened.name !== 'webgpu' ? await openThreads(workers, () => thread(opened.name), model) : undefined;
  return new LlamaPolicy({ name, model, backend: opened, engines });
}

function thread(backend: BackendName): Thread {
  const worker = startThread(new URL('./tensor-thread.ts', import.meta.url), { backend });
  return {
    post: (request) => worker.postMessage(request),
    listen: (onReply, onFailure) => {
      worker.on('message', onReply);
      worker.on('error', (error) => onFailure(error.message));
    },
    end: () => void worker.terminate(),
  };
}
