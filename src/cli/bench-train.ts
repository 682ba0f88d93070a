/** `npm run bench -- train`: tokens per second of one training step at the embedded policy's shape, beside stock tfjs and jax-js. */
import '@tensorflow/tfjs-backend-wasm';
import { useWideVectors } from '../lib/wide-vectors.node.ts';
import { UserError } from '../lib/errors.ts';
import { offerGpu } from '../policy/gpu.node.ts';
import type { Bench } from './bench.ts';
import { inChromium } from './browser.ts';
import { wholeNumber } from './terminal.ts';

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- train [options]',
    what: `Tokens per second of forward, backward and AdamW of all weights at the embedded policy's shape, one thread.
Rows: this project's kernels, stock tfjs and @jax-js/jax on WebAssembly in one process (or page), same weights and same batch, taking turns
at every step: the median and quartiles of the steps. The losses of the last step must agree to four decimals, else the command ends with 1.
With --webgpu 1, the same on WebGPU, at a shape that a software adapter bears; --shape tiny asks for the embedded policy's.`,
    options: {
      model: {
        value: 'NAME',
        help: "Measures a language model's shape instead, and takes other options: see --model qwen2-0.5b-shape --help.",
      },
      where: { value: 'NAME', default: 'node', help: 'node, or chromium: a page of its own.' },
      steps: { value: 'N', default: '5', help: 'Steps measured for each row, after one that warms up.' },
      batch: { value: 'N', default: '8', help: 'Sequences of a step.' },
      time: { value: 'N', default: '256', help: 'Tokens of a sequence.' },
      wasm: { value: '0|1', default: '1', help: 'Measures WebAssembly.' },
      webgpu: { value: '0|1', default: '0', help: 'Measures WebGPU too: minutes on a software adapter.' },
      shape: {
        value: 'NAME',
        default: 'small',
        help: 'On WebGPU: small (4 x 32 tokens, whatever is asked for), or tiny, for a graphics card.',
      },
    },
  },
  run: async (values) => {
    const number = (name: string, least = 1) => wholeNumber(name, values[name] as string, least);
    const size = { steps: number('steps'), batch: number('batch'), time: number('time') };
    const [wasm, webgpu] = [number('wasm', 0) > 0, number('webgpu', 0) > 0];
    const shape = values.shape;
    if (!wasm && !webgpu) throw new UserError('Nothing is asked for: with --wasm 0, write --webgpu 1.');
    if (shape !== 'small' && shape !== 'tiny') throw new UserError(`--shape must be small or tiny, not "${shape}".`);
    if (values.where === 'chromium') return inChromium('train', { ...size, wasm, webgpu, shape });
    if (values.where !== 'node') throw new UserError(`--where must be node or chromium, not "${values.where}".`);
    useWideVectors();
    const gpu = webgpu ? await offerGpu() : null;
    // jax-js looks for WebGPU when it is imported.
    const { compareOnWasm, compareOnWebGpu } = await import('./peers/compare.ts');
    const comparison = { ...size, where: `node ${process.version}`, say: (row: object) => console.log(JSON.stringify(row)) };
    if (wasm) await compareOnWasm(comparison);
    if (gpu) await compareOnWebGpu(comparison, gpu, shape);
    else if (webgpu) {
      const why = 'no Vulkan driver was found (install chromium, or set VK_ICD_FILENAMES)';
      if (!wasm) throw new UserError(`WebGPU cannot be measured: ${why}.`);
      console.error(`WebGPU is left out: ${why}.`);
    }
  },
};
