/** `npm run bench -- train`: tokens per second of one training step at the embedded policy's shape, beside stock tfjs and jax-js. */
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { systemClock } from '../lib/clock.ts';
import { Rng } from '../lib/rng.ts';
import { useWideVectors } from '../lib/wide-vectors.node.ts';
import { openBackend } from '../policy/backend.ts';
import { offerGpu } from '../policy/gpu.node.ts';
import { parameterCount, tinyConfig } from '../policy/llama/config.ts';
import type { LlamaConfig } from '../policy/llama/config.ts';
import { initialWeights } from '../policy/llama/flat.ts';
import { registerSegmentSum } from '../policy/llama/kernels/wasm-matmul.ts';
import type { Bench } from './bench.ts';
import { jaxPeer } from './peers/jax.ts';
import type { Peer, PeerBatch } from './peers/peer.ts';
import { tfjsPeer } from './peers/tfjs.ts';
import { wholeNumber } from './terminal.ts';

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- train [options]',
    what: `Tokens per second of forward, backward and AdamW of all weights at the embedded policy's shape, one thread.
Rows: this project's kernels, stock tfjs and @jax-js/jax on WebAssembly in this process, same weights and same batch; their losses after
the last step are printed too, and must agree. With --webgpu 1, this project's kernels and stock tfjs on WebGPU at a small shape as well.`,
    options: {
      steps: { value: 'N', default: '5', help: 'Steps measured for each row, after one that warms up.' },
      batch: { value: 'N', default: '8', help: 'Sequences of a step.' },
      time: { value: 'N', default: '256', help: 'Tokens of a sequence.' },
      webgpu: { value: '0|1', default: '0', help: 'Measures WebGPU too: minutes on a software adapter.' },
    },
  },
  run: async (values) => {
    useWideVectors();
    const number = (name: string, least = 1) => wholeNumber(name, values[name] as string, least);
    const steps = number('steps');
    const shape = { batch: number('batch'), time: number('time') };
    const weights = initialWeights(tinyConfig, new Rng(2));
    const batch = makeBatch(tinyConfig, shape);
    const where = { backend: 'wasm', parameters: parameterCount(tinyConfig), ...shape };

    // Stock first: what is registered later would replace its kernels. Its gather has no gradient without one of ours.
    await tf.setBackend('wasm');
    registerSegmentSum();
    await measure({ ...where, peer: 'tfjs' }, steps, shape, () => tfjsPeer(tinyConfig, weights, batch));
    await openBackend('wasm');
    await measure({ ...where, peer: 'jerp-lab' }, steps, shape, () => tfjsPeer(tinyConfig, weights, batch));
    await measure({ ...where, peer: 'jax-js' }, steps, shape, () => jaxPeer('wasm', tinyConfig, weights, batch));
    if (number('webgpu', 0) > 0) await webgpu(steps);
  },
};

function makeBatch({ vocabulary }: LlamaConfig, { batch, time }: { batch: number; time: number }): PeerBatch {
  const rng = new Rng(1);
  const ids = Int32Array.from({ length: batch * time }, () => rng.below(vocabulary));
  return { ids, targets: ids.map((_, i) => ids[(i + 1) % ids.length] as number), batch, time };
}

async function measure(
  row: Record<string, string | number>,
  steps: number,
  { batch, time }: { batch: number; time: number },
  open: () => Peer | Promise<Peer>,
): Promise<void> {
  const peer = await open();
  await peer.step();
  let loss = NaN;
  const seconds: number[] = [];
  for (let i = 0; i < steps; i++) {
    const started = systemClock.seconds();
    loss = await peer.step();
    seconds.push(systemClock.seconds() - started);
  }
  peer.close();
  // The fastest step: on a shared machine the others measure the neighbours.
  const best = Math.min(...seconds);
  const mean = seconds.reduce((sum, s) => sum + s, 0) / steps;
  const rate = (s: number) => Math.round((batch * time) / s);
  console.log(JSON.stringify({ ...row, tokensPerSecond: rate(best), meanTokensPerSecond: rate(mean), loss: Number(loss.toFixed(4)) }));
}

/** Small enough for a software adapter. jax-js offers no WebGPU in Node. */
async function webgpu(steps: number): Promise<void> {
  const gpu = await offerGpu();
  if (!gpu) {
    console.error('WebGPU is left out: no Vulkan driver was found (install chromium, or set VK_ICD_FILENAMES).');
    return;
  }
  const small: LlamaConfig = { ...tinyConfig, vocabulary: 128, width: 32, layers: 2, heads: 2, kvHeads: 1, headWidth: 16, ffn: 64 };
  const shape = { batch: 4, time: 32 };
  const weights = initialWeights(small, new Rng(2));
  await openBackend('webgpu');
  const where = { backend: `webgpu (${gpu})`, parameters: parameterCount(small), ...shape };
  await measure({ ...where, peer: 'jerp-lab' }, steps, shape, () => tfjsPeer(small, weights, makeBatch(small, shape)));
  for (const { kernelName } of tf.getKernelsForBackend('webgpu')) if (ours.has(kernelName)) tf.unregisterKernel(kernelName, 'webgpu');
  await measure({ ...where, peer: 'tfjs' }, steps, shape, () => tfjsPeer(small, weights, makeBatch(small, shape)));
}

const ours = new Set(['RmsNorm', 'Swiglu', 'Rope', 'CausalAttention', 'ChosenLogprobs']);
