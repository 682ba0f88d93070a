/** Thread entry of pre-training: computes gradients of micro-batches and orthogonal directions; arrays are shared memory. */
import { parentPort, workerData } from 'node:worker_threads';
import { sentence } from '../lib/errors.ts';
import { openBackend } from '../policy/backend.ts';
import { GradientWorker } from './gradients.ts';
import { orthogonaliseBlocks } from './muon.ts';
import type { WorkerReply, WorkerRequest, WorkerSetup } from './pool.ts';

const { config, weights, gradient, direction } = workerData as WorkerSetup;
const out = new Float32Array(gradient);
const directions = new Float32Array(direction);
const ready = openBackend('wasm').then(() => new GradientWorker(config, new Float32Array(weights)));

parentPort?.on('message', (request: WorkerRequest) => {
  ready
    .then(async (worker): Promise<WorkerReply> => {
      if ('batches' in request) return { loss: await worker.run(request.batches, request.scale, out) };
      await orthogonaliseBlocks(directions, request.blocks);
      return { loss: 0 };
    })
    .catch((error: unknown): WorkerReply => ({ error: sentence(error) }))
    .then((reply) => parentPort?.postMessage(reply));
});
