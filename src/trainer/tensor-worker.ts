/** Worker entry in the tab: an engine of the policy on a wasm heap of its own. */
import { clippedSurrogate } from '../algo/grpo.ts';
import { openBackend } from '../policy/backend.ts';
import { serveEngine } from '../policy/llama/threads.ts';
import type { EngineRequest } from '../policy/llama/threads.ts';
import { wasmUrls } from './wasm-urls.ts';

const scope = self as unknown as DedicatedWorkerGlobalScope;
const serve = serveEngine(
  () => openBackend('wasm', { wasmUrls }),
  clippedSurrogate,
  (reply) => scope.postMessage(reply),
);
scope.onmessage = (message: MessageEvent<EngineRequest>): void => serve(message.data);
