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
import { registerStockMatMulWebGpu } from '../../policy/llama/kernels/webgpu-matmul.ts';
import { jaxPeer } from './jax.ts';
import { keepKernels } from './kernel-sets.ts';
import type { PeerBatch } from './peer.ts';
import { tfjsPeer } from './tfjs.ts';
import { rates, takeTurns, type Comparison } from './turns.ts';

/** At the embedded policy's shape, one thread. */
export async function compareOnWasm(comparison: Comparison, wasmUrls?: Record<string, string>): Promise<void> {
  const weights = initialWeights(tinyConfig, new Rng(2));
  const batch = makeBatch(tinyConfig, comparison);
  const row = { backend: 'wasm', parameters: parameterCount(tinyConfig) };
  // Stock first: what is registered later replaces its kernels. Its gather has no gradient without one of ours.
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  if (wasmUrls) setWasmPaths(wasmUrls);
  await tf.setBackend('wasm');
  registerSegmentSum();
  const withStock = keepKernels('wasm');
  await openBackend('wasm', { wasmUrls });
  const withOurs = keepKernels('wasm');
  const open = () => tfjsPeer(tinyConfig, weights, batch);
  await takeTurns(comparison, [
    { row: { ...row, peer: 'tfjs' }, open, prepare: withStock },
    { row: { ...row, peer: 'jerp-lab' }, open, prepare: withOurs },
    { row: { ...row, peer: 'jax-js' }, open: () => jaxPeer('wasm', tinyConfig, weights, batch) },
  ]);
  await measureProduct(comparison, [
    { peer: 'tfjs (XNNPACK)', prepare: withStock },
    { peer: 'jerp-lab', prepare: withOurs },
  ]);
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
  await takeTurns(comparison, [
    { row: { ...row, peer: 'jerp-lab' }, open: () => tfjsPeer(config, weights, batch), prepare: withOurs },
    { row: { ...row, peer: 'tfjs' }, open: () => tfjsPeer(config, weights, batch), prepare: withStock },
    { row: { ...row, peer: 'jax-js' }, open: () => jaxPeer('webgpu', config, weights, batch) },
  ]);
}

const PRODUCTS = 20;

/** The product that a step computes most of, alone: the two halves of SwiGLU, [B T, D] x [D, 2F]. */
async function measureProduct(
  { batch, time, where, say }: Comparison,
  sides: readonly { peer: string; prepare: () => void }[],
): Promise<void> {
  const { width, ffn } = tinyConfig;
  const [rows, columns] = [batch * time, 2 * ffn];
  const x = tf.randomUniform([rows, width], -1, 1, 'float32', 1);
  const w = tf.randomUniform([width, columns], -1, 1, 'float32', 2);
  const seconds: number[][] = sides.map(() => []);
  for (let i = 0; i <= PRODUCTS; i++) {
    for (const [side, { prepare }] of sides.entries()) {
      prepare();
      const started = systemClock.seconds();
      const y = tf.matMul(x, w);
      await y.data();
      // The first warms up.
      if (i > 0) seconds[side]?.push(systemClock.seconds() - started);
      y.dispose();
    }
  }
  tf.dispose([x, w]);
  for (const [side, { peer }] of sides.entries()) {
    const { median, quartiles } = rates(seconds[side] ?? [], (2 * rows * width * columns) / 1e9, (rate) => Number(rate.toFixed(1)));
    say({ where, backend: 'wasm', peer, product: `${rows} x ${width} x ${columns}`, gflops: median, quartiles });
  }
}

const ours = new Set(['RmsNorm', 'Swiglu', 'Rope', 'CausalAttention', 'ChosenLogprobs', 'AdamWMoments', 'TakeRowsGrad']);

function makeBatch({ vocabulary }: LlamaConfig, { batch, time }: Pick<Comparison, 'batch' | 'time'>): PeerBatch {
  const rng = new Rng(1);
  const ids = Int32Array.from({ length: batch * time }, () => rng.below(vocabulary));
  return { ids, targets: ids.map((_, i) => ids[(i + 1) % ids.length] as number), batch, time };
}
