/** Threads of the tab that compute tensors: the trainer's own program started again under another name, so that nothing more is loaded. */
import { clippedSurrogate } from '../algo/grpo.ts';
import { openBackend } from '../policy/backend.ts';
import { serveEngine } from '../policy/llama/threads.ts';
import type { EngineRequest, Thread } from '../policy/llama/threads.ts';
import { wasmUrls } from './wasm-urls.ts';

/** Name of such a worker, by which the program knows what it is to be. */
export const TENSORS = 'tensors';

export function startTensorWorker(): Thread {
  const worker = new Worker(self.location.href, { type: 'module', name: TENSORS });
  return {
    post: (request) => worker.postMessage(request),
    listen: (onReply, onFailure) => {
      worker.onmessage = ({ data }) => onReply(data);
      worker.onerror = (event) => {
        const why = event.message || 'its program could not be loaded';
        onFailure(why);
        // Nothing can be computed without it: the trainer fails as a whole, and is started again.
        self.reportError(new Error(`A thread of the trainer stopped: ${why}`));
      };
    },
    end: () => worker.terminate(),
  };
}

export function serveTensors(scope: DedicatedWorkerGlobalScope): void {
  const serve = serveEngine(
    () => openBackend('wasm', { wasmUrls }),
    clippedSurrogate,
    (reply) => scope.postMessage(reply),
  );
  scope.onmessage = (message: MessageEvent<EngineRequest>): void => serve(message.data);
}
