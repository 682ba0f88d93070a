/**
 * Stands in for what a compiled library brings: its runtime and kernels, a small model computed in plain loops. Everything
 * else of web-llm, from its caches to its sampler's order of steps, is the real package.
 */
import { FakeRuntime } from '../../src/policy/webllm/testing-runtime.ts';
import { FakeTensor } from '../../src/policy/webllm/testing-tensors.ts';

type Kernel = (...args: never[]) => unknown;

/** What comes after the model: masks, softmax, sampling. */
const kernels: Record<string, Kernel> = {
  apply_bitmask_inplace: (logits: FakeTensor, _rows: FakeTensor, mask: FakeTensor) => {
    const values = logits.data as Float32Array;
    for (let id = 0; id < values.length; id++) if (!(((mask.data[id >> 5] as number) >>> (id & 31)) & 1)) values[id] = -3.4e38;
  },
  softmax_with_temperature: (logits: FakeTensor, temperature: FakeTensor) => {
    const scaled = Array.from(logits.data, (x) => x / (temperature.data[0] as number));
    const top = scaled.reduce((most, x) => Math.max(most, x), -Infinity);
    const powers = scaled.map((x) => Math.exp(x - top));
    const sum = powers.reduce((a, b) => a + b, 0);
    return new FakeTensor(
      logits.shape,
      'float32',
      Float32Array.from(powers, (x) => x / sum),
    );
  },
  argsort_probs: (probs: FakeTensor) => {
    const order = Array.from(probs.data, (_, i) => i).sort((a, b) => (probs.data[b] as number) - (probs.data[a] as number));
    const sorted = order.map((i) => probs.data[i] as number);
    return { get: (i: number) => new FakeTensor(probs.shape, i === 0 ? 'float32' : 'int32', i === 0 ? sorted : order) };
  },
  sample_with_top_p: (sorted: FakeTensor, indices: FakeTensor, uniform: FakeTensor) => {
    let left = uniform.data[0] as number;
    const at = Array.from(sorted.data).findIndex((p) => (left -= p) < 0);
    return new FakeTensor([1], 'int32', [indices.data[Math.max(0, at)] as number]);
  },
};
for (const name of ['apply_penalty_inplace', 'apply_logit_bias_inplace', 'sliding window'])
  kernels[name] = () => {
    throw new Error(`${name} was not asked for`);
  };

const disposable = (run: Kernel) => Object.assign((...args: never[]) => run(...args), { dispose: () => {} });

/** WebLLM's own cache. */
interface ArtifactCache {
  fetchWithCache(url: string, type: 'json'): Promise<{ records: { dataPath: string }[] }>;
  fetchWithCache(url: string, type: 'arraybuffer'): Promise<ArrayBuffer>;
}
declare const createArtifactCache: (scope: string, options: object) => ArtifactCache;

/** @param load gives the runtime the weights that the package's cache has under a folder's address; @param onDevice told of the real graphics device that the engine has opened */
export function standIn(
  runtime: FakeRuntime,
  load: (files: Map<string, Uint8Array>, folder: string) => Promise<void>,
  onDevice: (device: GPUDevice) => void,
) {
  const context: { device?: GPUDevice } = {};
  return {
    ...runtime.tvm,
    lib: { webGPUContext: context },
    registerInitProgressCallback: () => {},
    initWebGPU: (device: GPUDevice) => {
      context.device = device;
      onDevice(device);
    },
    fetchTensorCache: async (folder: string, _device: unknown, options: { cacheScope: string }) => {
      const cache = createArtifactCache(options.cacheScope, options);
      const list = await cache.fetchWithCache(new URL('tensor-cache.json', folder).href, 'json');
      const files = new Map([['tensor-cache.json', new TextEncoder().encode(JSON.stringify(list))]]);
      for (const { dataPath } of list.records)
        files.set(dataPath, new Uint8Array(await cache.fetchWithCache(new URL(dataPath, folder).href, 'arraybuffer')));
      await load(files, folder);
    },
    webgpu: () => ({ sync: async () => {} }),
    createVirtualMachine: () => ({
      getFunction: (name: string) => disposable(kernels[name] ?? (runtime.getFunction(name) as Kernel)),
      getInternalModule: () => null,
      dispose: () => {},
    }),
    getGlobalFunc: (name: string) =>
      disposable(name.endsWith('enable_sliding_window_for_seq') ? (kernels['sliding window'] as Kernel) : runtime.tvm.getGlobalFunc(name)),
    asyncLoadWebGPUPipelines: async () => {},
    getParamsFromCacheByName: (names: string[]) => {
      const missing = names.find((name) => !runtime.tensors.has(name));
      if (missing) throw new Error(`There is no weight ${missing}.`);
      return { dispose: () => {} };
    },
    attachToCurrentScope: <T>(value: T): T => value,
    concatEmbeddings: (parts: FakeTensor[]) => {
      const data = parts.flatMap((part) => Array.from(part.data));
      return new FakeTensor([data.length, 1], 'float32', data);
    },
    uniform: () => new FakeTensor([1], 'float32', [0.5]),
    setSeed: () => {},
    dispose: () => {},
  };
}
