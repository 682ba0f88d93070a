/** The rows of `npm run bench -- train`: one training step of this project beside its peers, in Node or in a page. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { systemClock } from '../../lib/clock.ts';
import { Rng } from '../../lib/rng.ts';
import { openBackend } from '../../policy/backend.ts';
import { parameterCount, tinyConfig } from '../../policy/llama/config.ts';
import type { LlamaConfig } from '../../policy/llama/config.ts';
import { initialWeights } from '../../policy/llama/flat.ts';
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
  await measure(comparison, { ...row, peer: 'tfjs' }, () => tfjsPeer(tinyConfig, weights, batch));
  await openBackend('wasm', { wasmUrls });
  await measure(comparison, { ...row, peer: 'jerp-lab' }, () => tfjsPeer(tinyConfig, weights, batch));
  await measure(comparison, { ...row, peer: 'jax-js' }, () => jaxPeer('wasm', tinyConfig, weights, batch));
}

/** Small enough for a software adapter. */
const small: LlamaConfig = { ...tinyConfig, vocabulary: 128, width: 32, layers: 2, heads: 2, kvHeads: 1, headWidth: 16, ffn: 64 };

/** At a small shape. @param jax whether jax-js finds WebGPU too, which in Node it does not. */
export async function compareOnWebGpu(whole: Comparison, gpu: string, jax: boolean): Promise<void> {
  const comparison = { ...whole, batch: 4, time: 32 };
  const weights = initialWeights(small, new Rng(2));
  const batch = makeBatch(small, comparison);
  const row = { backend: `webgpu (${gpu})`, parameters: parameterCount(small) };
  await openBackend('webgpu');
  await measure(comparison, { ...row, peer: 'jerp-lab' }, () => tfjsPeer(small, weights, batch));
  for (const { kernelName } of tf.getKernelsForBackend('webgpu')) if (ours.has(kernelName)) tf.unregisterKernel(kernelName, 'webgpu');
  registerStockMatMulWebGpu();
  await measure(comparison, { ...row, peer: 'tfjs' }, () => tfjsPeer(small, weights, batch));
  if (jax) await measure(comparison, { ...row, peer: 'jax-js' }, () => jaxPeer('webgpu', small, weights, batch));
}

const ours = new Set(['RmsNorm', 'Swiglu', 'Rope', 'CausalAttention', 'ChosenLogprobs', 'AdamWMoments']);

function makeBatch({ vocabulary }: LlamaConfig, { batch, time }: Pick<Comparison, 'batch' | 'time'>): PeerBatch {
  const rng = new Rng(1);
  const ids = Int32Array.from({ length: batch * time }, () => rng.below(vocabulary));
  return { ids, targets: ids.map((_, i) => ids[(i + 1) % ids.length] as number), batch, time };
}

async function measure({ steps, batch, time, where, say }: Comparison, row: Row, open: () => Peer | Promise<Peer>): Promise<void> {
  const peer = await open();
  await peer.step();
  let loss = NaN;
  const seconds: number[] = [];
  const graphics = String(row.backend).startsWith('webgpu');
  const before = graphics ? gpuCalls() : null;
  for (let i = 0; i < steps; i++) {
    const started = systemClock.seconds();
    loss = await peer.step();
    seconds.push(systemClock.seconds() - started);
  }
  peer.close();
  const after = before && gpuCalls();
  const perStep = (name: keyof GpuCalls) => (before && after ? { [name]: Math.round((after[name] - before[name]) / steps) } : {});
  // The fastest step: on a shared machine the others measure the neighbours.
  const best = Math.min(...seconds);
  const mean = seconds.reduce((sum, s) => sum + s, 0) / steps;
  const rate = (s: number) => Math.round((batch * time) / s);
  const calls = { ...perStep('dispatches'), ...perStep('mappings') };
  say({
    where,
    ...row,
    batch,
    time,
    tokensPerSecond: rate(best),
    meanTokensPerSecond: rate(mean),
    ...calls,
    loss: Number(loss.toFixed(4)),
  });
}
