/** Runs gradient workers in threads (Node), or in this thread when none are asked for; gradients add up in a fixed order. */
import type { Worker } from 'node:worker_threads';
import { startThread } from '../lib/thread.node.ts';
import type { LlamaConfig } from '../policy/llama/config.ts';
import type { MicroBatch } from './batches.ts';
import { GradientWorker } from './gradients.ts';
import { matrices, orthogonaliseBlocks } from './muon.ts';
import type { Block } from './muon.ts';

export interface WorkerSetup {
  config: LlamaConfig;
  weights: SharedArrayBuffer;
  gradient: SharedArrayBuffer;
  direction: SharedArrayBuffer;
}
/** Gradients of micro-batches, or orthogonal directions of the optimiser's matrices. */
export type WorkerRequest = { batches: MicroBatch[]; scale: number } | { blocks: Block[] };
export type WorkerReply = { loss: number } | { error: string };

export class GradientPool {
  private constructor(
    readonly size: number,
    /** Shared with the workers: write new weights here before the next step. */
    readonly weights: Float32Array,
    /** Shared too: what `orthogonalise` works on. */
    readonly direction: Float32Array,
    /** The matrices each thread orthogonalises. */
    private readonly shares: Block[][],
    private readonly gradients: Float32Array[],
    private readonly threads: Worker[],
    private readonly local: GradientWorker | null,
  ) {}

  /** @param workers threads to start; 0 computes in this thread (its backend must be open). */
  static open(config: LlamaConfig, initial: Float32Array, workers: number): GradientPool {
    const shared = () => new Float32Array(new SharedArrayBuffer(initial.byteLength));
    const weights = shared();
    weights.set(initial);
    const direction = shared();
    const gradients = Array.from({ length: Math.max(1, workers) }, shared);
    const threads = Array.from({ length: workers }, (_, i) => {
      const memory = (array: Float32Array | undefined) => array?.buffer as unknown as SharedArrayBuffer;
      const setup: WorkerSetup = { config, weights: memory(weights), gradient: memory(gradients[i]), direction: memory(direction) };
      return startThread(new URL('./worker.ts', import.meta.url), setup);
    });
    const shares: Block[][] = gradients.map(() => []);
    const load = shares.map(() => 0);
    const cost = ({ rows, columns }: Block) => Math.min(rows, columns) ** 2 * (Math.max(rows, columns) + Math.min(rows, columns));
    for (const block of matrices(config).sort((a, b) => cost(b) - cost(a) || a.offset - b.offset)) {
      const lightest = load.indexOf(Math.min(...load));
      (shares[lightest] as Block[]).push(block);
      load[lightest] = (load[lightest] as number) + cost(block);
    }
    const local = workers === 0 ? new GradientWorker(config, weights) : null;
    return new GradientPool(gradients.length, weights, direction, shares, gradients, threads, local);
  }

  /** Orthogonalises all matrices of `direction` in place. */
  async orthogonalise(): Promise<void> {
    if (this.local) await orthogonaliseBlocks(this.direction, this.shares.flat());
    else await Promise.all(this.threads.map((thread, i) => ask(thread, { blocks: this.shares[i] ?? [] })));
  }

  /** Scaled loss, and the gradient summed over workers into the first worker's array. */
  async run(lists: MicroBatch[][], scale: number): Promise<{ loss: number; gradient: Float32Array }> {
    const first = this.gradients[0] as Float32Array;
    if (this.local) return { loss: await this.local.run(lists[0] ?? [], scale, first), gradient: first };
    const losses = await Promise.all(this.threads.map((thread, i) => ask(thread, { batches: lists[i] ?? [], scale })));
    for (const other of this.gradients.slice(1)) {
      for (let i = 0; i < first.length; i++) first[i] = (first[i] as number) + (other[i] as number);
    }
    return { loss: losses.reduce((sum, loss) => sum + loss, 0), gradient: first };
  }

  async close(): Promise<void> {
    this.local?.dispose();
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }
}

function ask(thread: Worker, request: WorkerRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    const done = () => {
      thread.off('message', onReply);
      thread.off('error', onError);
    };
    const onReply = (reply: WorkerReply) => {
      done();
      if ('error' in reply) reject(new Error(`A gradient worker failed: ${reply.error}`));
      else resolve(reply.loss);
    };
    const onError = (error: Error) => {
      done();
      reject(error);
    };
    thread.on('message', onReply);
    thread.on('error', onError);
    thread.postMessage(request);
  });
}
