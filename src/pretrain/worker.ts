/** Thread entry of data-parallel pre-training: receives micro-batches, answers with its loss; arrays are shared memory. */
import { parentPort, workerData } from 'node:worker_threads';
import { sentence } from '../lib/errors.ts';
import { openBackend } from '../policy/backend.ts';
import { GradientWorker } from './gradients.ts';
import type { WorkerReply, WorkerRequest, WorkerSetup } from './pool.ts';

const { config, weights, gradient } = workerData as WorkerSetup;
const out = new Float32Array(gradient);
const ready = openBackend('wasm').then(() => new GradientWorker(config, new Float32Array(weights)));

parentPort?.on('message', (request: WorkerRequest) => {
  ready
    .then((worker): WorkerReply => ({ loss: worker.run(request.batches, request.scale, out) }))
    .catch((error: unknown): WorkerReply => ({ error: sentence(error) }))
    .then((reply) => parentPort?.postMessage(reply));
});
