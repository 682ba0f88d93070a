/** Thread entry in Node: an engine of the policy on a wasm heap of its own. */
import { parentPort, workerData } from 'node:worker_threads';
import { clippedSurrogate } from '../algo/grpo.ts';
import { openBackend, type BackendName } from '../policy/backend.ts';
import { serveEngine } from '../policy/llama/threads.ts';

const { backend } = workerData as { backend: BackendName };
parentPort?.on('message', serveEngine(() => openBackend(backend), clippedSurrogate, (reply) => parentPort?.postMessage(reply)));
