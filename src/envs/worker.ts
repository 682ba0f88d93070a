/** Entry of the environment worker: `new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })`. */
import { serve } from './server.ts';

// Typed through globalThis: this file is the only one that runs nowhere but in a worker.
serve(globalThis as unknown as DedicatedWorkerGlobalScope);
