/** What the benches run in a page of their own; rows go to the console, where the command reads them. */
import { Rng } from '../../lib/rng.ts';
import { openBackend, type BackendName } from '../../policy/backend.ts';
import { tinyConfig } from '../../policy/llama/config.ts';
import { initialWeights } from '../../policy/llama/flat.ts';
import { LlamaPolicy } from '../../policy/llama/policy.ts';
import { fetchSource } from '../../policy/mlc/format.ts';
import { readMlc, type LoadedModel } from '../../policy/mlc/read.ts';
import { wasmUrls } from '../../trainer/wasm-urls.ts';
import { compareOnWasm, compareOnWebGpu } from './compare.ts';
import { compareGroup } from './sampling.ts';

export interface PageBenches {
  train(settings: { steps: number; batch: number; time: number; wasm: boolean; webgpu: boolean; shape: 'small' | 'tiny' }): Promise<void>;
  sample(settings: { policy: string; backend: string; group: number; turns: number; rounds: number }): Promise<void>;
}

const say = (row: object) => console.log(`row ${JSON.stringify(row)}`);
const where = navigator.userAgent.replace(/^.*?((?:Headless)?Chrome\/\d+).*$/, '$1');

async function adapterName(): Promise<string> {
  const info = (await navigator.gpu?.requestAdapter())?.info;
  return info ? [info.vendor, info.architecture, info.description].filter(Boolean).join(' ') || 'unnamed' : 'none';
}

/** Made-up weights of a shape that a software adapter bears. */
const smallWith = ({ tokenizer, hash }: LoadedModel): LoadedModel => {
  const config = { ...tinyConfig, width: 32, layers: 2, heads: 2, kvHeads: 1, headWidth: 16, ffn: 64 };
  return { config, weights: initialWeights(config, new Rng(2)), tokenizer, hash };
};

const benches: PageBenches = {
  async train({ wasm, webgpu, shape, ...size }) {
    const comparison = { ...size, where, say };
    if (wasm) await compareOnWasm(comparison, wasmUrls);
    if (webgpu) await compareOnWebGpu(comparison, await adapterName(), shape);
  },
  async sample({ policy: name, backend, group, turns, rounds }) {
    const stored = await readMlc(fetchSource(new URL(`models/${name}/`, location.href).href));
    const opened = await openBackend(backend as BackendName, { wasmUrls });
    const graphics = opened.name === 'webgpu';
    const policy = new LlamaPolicy({ name: graphics ? 'made-up' : name, model: graphics ? smallWith(stored) : stored, backend: opened });
    await compareGroup(policy, group, { turns, rounds }, graphics ? `${where}, ${await adapterName()}` : where, say);
    policy.dispose();
  },
};

Object.assign(globalThis, { benches });
