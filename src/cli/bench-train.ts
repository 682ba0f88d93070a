/** `npm run bench -- train`: tokens per second of one training step at the embedded policy's shape, beside stock tfjs and jax-js. */
import '@tensorflow/tfjs-backend-wasm';
import { useWideVectors } from '../lib/wide-vectors.node.ts';
import { UserError } from '../lib/errors.ts';
import { offerGpu } from '../policy/gpu.node.ts';
import type { Bench } from './bench.ts';
import { inChromium } from './browser.ts';
import { compareOnWasm, compareOnWebGpu } from './peers/compare.ts';
import { wholeNumber } from './terminal.ts';

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- train [options]',
    what: `Tokens per second of forward, backward and AdamW of all weights at the embedded policy's shape, one thread.
Rows: this project's kernels, stock tfjs and @jax-js/jax on WebAssembly in one process (or page), same weights and same batch; their losses
after the last step are printed too, and must agree. With --webgpu 1, the same on WebGPU at a small shape (in Node jax-js offers none).`,
    options: {
      where: { value: 'NAME', default: 'node', help: 'node, or chromium: a page of its own.' },
      steps: { value: 'N', default: '5', help: 'Steps measured for each row, after one that warms up.' },
      batch: { value: 'N', default: '8', help: 'Sequences of a step.' },
      time: { value: 'N', default: '256', help: 'Tokens of a sequence.' },
      wasm: { value: '0|1', default: '1', help: 'Measures WebAssembly.' },
      webgpu: { value: '0|1', default: '0', help: 'Measures WebGPU too: minutes on a software adapter.' },
    },
  },
  run: async (values) => {
    const number = (name: string, least = 1) => wholeNumber(name, values[name] as string, least);
    const shape = { steps: number('steps'), batch: number('batch'), time: number('time') };
    const [wasm, webgpu] = [number('wasm', 0) > 0, number('webgpu', 0) > 0];
    if (values.where === 'chromium') return inChromium('train', { ...shape, wasm, webgpu });
    if (values.where !== 'node') throw new UserError(`--where must be node or chromium, not "${values.where}".`);
    useWideVectors();
    const comparison = { ...shape, where: `node ${process.version}`, say: (row: object) => console.log(JSON.stringify(row)) };
    if (wasm) await compareOnWasm(comparison);
    if (!webgpu) return;
    const gpu = await offerGpu();
    if (gpu) await compareOnWebGpu(comparison, gpu, false);
    else console.error('WebGPU is left out: no Vulkan driver was found (install chromium, or set VK_ICD_FILENAMES).');
  },
};
