/** Opens the policy in the worker: a backend, then the weights below an address; every step is told to the page. */
import simdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { openBackend } from '../policy/backend.ts';
import { LlamaPolicy } from '../policy/llama/policy.ts';
import { fetchSource } from '../policy/mlc/format.ts';
import { readMlc } from '../policy/mlc/read.ts';
import type { Policy } from '../policy/policy.ts';
import type { BackendName, Event } from './protocol.ts';

/** tfjs wants all three addresses; only the binary with SIMD and without threads is ever asked for. */
const wasmUrls = {
  'tfjs-backend-wasm.wasm': simdUrl,
  'tfjs-backend-wasm-simd.wasm': simdUrl,
  'tfjs-backend-wasm-threaded-simd.wasm': simdUrl,
};

/** @param name the backend to use, or null for the fastest that works. */
export async function openPolicy(name: BackendName | null, modelUrl: string, post: (event: Event) => void): Promise<Policy> {
  post({ type: 'opening', what: 'Reading the weights.' });
  const model = await readMlc(fetchSource(modelUrl));
  post({ type: 'opening', what: name === null ? 'Measuring which backend is fastest.' : `Opening ${name}.` });
  const backend = await openBackend(name, { wasmUrls });
  const policy = new LlamaPolicy({ name: new URL(modelUrl).pathname.split('/').filter(Boolean).at(-1) ?? 'policy', model, backend });
  post({ type: 'ready', backend: backend.name, passedOver: backend.passedOver, policy: policy.info });
  void backend.lost.then((why) =>
    post({
      type: 'failed',
      runId: null,
      message: `${why}. Everything up to the last finished iteration is stored; reload the page to go on.`,
      fatal: true,
    }),
  );
  return policy;
}
