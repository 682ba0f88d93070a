/** The rows of `npm run bench -- train`: one training step of this project beside its peers, in Node or in a page. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { systemClock } from '../../lib/clock.ts';
import { Rng } from '../../lib/rng.ts';
import { openBackend } from '../../policy/backend.ts';
import { parameterCount, tinyConfig } from '../../policy/llama/config.ts';
import type { LlamaConfig } from '../../policy/llama/config.ts';
import { initialWeights } from '../../policy/llama/flat.ts';
import { registerWebGpuKernels } from '../../policy/llama/kernels/all.ts';
import { registerSegmentSum } from '../../policy/llama/kernels/wasm-matmul.ts';
import { gpuCalls, type GpuCalls } from './count.ts';
import { registerStockMatMulWebGpu } from '../../policy/llama/kernels/webgpu-matmul.ts';
import { jaxPeer } from './jax.ts';
import type { Peer, PeerBatch } from './peer.ts';
import { tfjsPeer } from './tfjs.ts';

export type Row = Record<string, string | number>;

export interface Comparison {
  /** Steps measured for each row, after one that warms up. */
  steps: number;
  /** Sequences of a step, and tokens of a sequence. */
  batch: number;
  time: number;
  /** Where this runs, for the rows. */
  where: string;
  say: (row: Row) => void;
  /** Addresses of tfjs's WebAssembly, in a page. */
  wasmUrls?: Record<string, string>;
}

/** At the embedded policy's shape, one thread. */
export async function compareOnWasm({ wasmUrls, ...comparison }: Comparison): Promise<void> {
  const weights = initialWeights(tinyConfig, new Rng(2));
  const batch = makeBatch(tinyConfig, comparison);
  const row = { backend: 'wasm', parameters: parameterCount(tinyConfig) };
  // Stock first: what is registered later would replace its kernels. Its gather has no gradient without one of ours.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (wasmUrls) setWasmPaths(wasmUrls);
  await tf.setBackend('wasm');
  registerSegmentSum();
  await measure(comparison, [{ row: { ...row, peer: 'tfjs' }, open: () => tfjsPeer(tinyConfig, weights, batch) }]);
  await measureProduct(comparison, 'tfjs (XNNPACK)');
  await openBackend('wasm', { wasmUrls });
  await measure(comparison, [{ row: { ...row, peer: 'jerp-lab' }, open: () => tfjsPeer(tinyConfig, weights, batch) }]);
  await measureProduct(comparison, 'jerp-lab');
  await measure(comparison, [{ row: { ...row, peer: 'jax-js' }, open: () => jaxPeer('wasm', tinyConfig, weights, batch) }]);
}

/** Small enough for a software adapter. */
const small: LlamaConfig = { ...tinyConfig, vocabulary: 128, width: 32, layers: 2, heads: 2, kvHeads: 1, headWidth: 16, ffn: 64 };

/** Peers taking turns at every step, at the shape of the embedded policy or at one that a software adapter bears. */
export async function compareOnWebGpu(whole: Comparison, gpu: string, shape: 'small' | 'tiny'): Promise<void> {
  const config = shape === 'tiny' ? tinyConfig : small;
  const comparison = shape === 'tiny' ? whole : { ...whole, batch: 4, time: 32 };
  const weights = initialWeights(config, new Rng(2));
  const batch = makeBatch(config, comparison);
  const row = { backend: `webgpu (${gpu})`, parameters: parameterCount(config) };
  await openBackend('webgpu');
  const withOurs = () => registerWebGpuKernels();
  const withStock = () => {
    for (const { kernelName } of tf.getKernelsForBackend('webgpu')) if (ours.has(kernelName)) tf.unregisterKernel(kernelName, 'webgpu');
    registerStockMatMulWebGpu();
  };
  await measure(comparison, [
    { row: { ...row, peer: 'jerp-lab' }, open: () => tfjsPeer(config, weights, batch), prepare: withOurs },
    { row: { ...row, peer: 'tfjs' }, open: () => tfjsPeer(config, weights, batch), prepare: withStock },
    { row: { ...row, peer: 'jax-js' }, open: () => jaxPeer('webgpu', config, weights, batch) },
  ]);
}

/** The product that a step computes most of, alone: the two halves of SwiGLU, [B T, D] x [D, 2F]. */
async function measureProduct({ batch, time, where, say }: Comparison, peer: string): Promise<void> {
  const { width, ffn } = tinyConfig;
  const [rows, columns] = [batch * time, 2 * ffn];
  const x = tf.randomUniform([rows, width], -1, 1, 'float32', 1);
  const w = tf.randomUniform([width, columns], -1, 1, 'float32', 2);
  let best = Infinity;
  for (let i = 0; i < 20; i++) {
    const started = systemClock.seconds();
    const y = tf.matMul(x, w);
    await y.data();
    best = Math.min(best, systemClock.seconds() - started);
    y.dispose();
  }
  tf.dispose([x, w]);
  say({
    where,
    backend: 'wasm',
    peer,
    product: `${rows} x ${width} x ${columns}`,
    gflops: Number(((2 * rows * width * columns) / best / 1e9).toFixed(1)),
  });
}

const ours = new Set(['RmsNorm', 'Swiglu', 'Rope', 'CausalAttention', 'ChosenLogprobs', 'AdamWMoments', 'TakeRowsGrad']);

function makeBatch({ vocabulary }: LlamaConfig, { batch, time }: Pick<Comparison, 'batch' | 'time'>): PeerBatch {
  const rng = new Rng(1);
  const ids = Int32Array.from({ length: batch * time }, () => rng.below(vocabulary));
  return { ids, targets: ids.map((_, i) => ids[(i + 1) % ids.length] as number), batch, time };
}

interface Contestant {
  row: Row;
  open: () => Peer | Promise<Peer>;
  /** Called before each of its steps, when another may have had its turn. */
  prepare?: () => void;
}

async function measure({ steps, batch, time, where, say }: Comparison, contestants: Contestant[]): Promise<void> {
  const runs: (Contestant & { peer: Peer; seconds: number[]; calls: GpuCalls; loss: number })[] = [];
  for (const contestant of contestants) {
    contestant.prepare?.();
    const peer = await contestant.open();
    await peer.step();
    runs.push({ ...contestant, peer, seconds: [], calls: { dispatches: 0, mappings: 0 }, loss: NaN });
  }
  const graphics = String(contestants[0]?.row.backend).startsWith('webgpu');
  for (let i = 0; i < steps; i++) {
    for (const run of runs) {
      run.prepare?.();
      const before = graphics ? gpuCalls() : null;
      const started = systemClock.seconds();
      run.loss = await run.peer.step();
      run.seconds.push(systemClock.seconds() - started);
      if (!before) continue;
      const after = gpuCalls();
      for (const name of ['dispatches', 'mappings'] as const) run.calls[name] += after[name] - before[name];
    }
  }
  for (const { row, peer, seconds, calls, loss } of runs) {
    peer.close();
    seconds.sort((a, b) => a - b);
    const rate = (share: number) => Math.round((batch * time) / (seconds[Math.round(share * (steps - 1))] as number));
    const perStep: Row = graphics ? { dispatches: Math.round(calls.dispatches / steps), mappings: Math.round(calls.mappings / steps) } : {};
    say({
      where,
      ...row,
      batch,
      time,
      // The fastest step: on a shared machine the others measure the neighbours.
      tokensPerSecond: rate(0),
      medianTokensPerSecond: rate(0.5),
      quartiles: `${rate(0.75)}-${rate(0.25)}`,
      ...perStep,
      loss: Number(loss.toFixed(4)),
    });
  }
}
