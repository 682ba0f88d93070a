/** Opens a tfjs backend: WebGPU with our own device, wasm with our SIMD kernels, or cpu; by name or by measurement. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { UserError, sentence } from '../lib/errors.ts';
import { graphicsAdapter } from '../lib/graphics-adapter.ts';
import { systemClock } from '../lib/clock.ts';
import type { Clock } from '../lib/clock.ts';
import { registerWasmKernels, registerWebGpuKernels } from './llama/kernels/all.ts';
import { WasmHeap } from './llama/kernels/wasm-heap.ts';
import type { WasmBackend } from './llama/kernels/wasm-heap.ts';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';

export interface OpenedBackend {
  name: BackendName;
  /** Backends that were tried first, and why they were not taken. */
  passedOver: { backend: BackendName; why: string }[];
  /** Resolves with a sentence when a WebGPU device is lost; never resolves on other backends. */
  lost: Promise<string>;
}

export interface OpenOptions {
  /** Addresses of the three .wasm binaries, as the page's bundler gives them; Node finds its own. */
  wasmUrls?: Record<string, string>;
  clock?: Clock;
}

/** Wrapped in an object: an async function that returned a bare promise would wait for it. */
interface Opened {
  lost: Promise<string>;
}

const neverLost: Opened = { lost: new Promise<string>(() => {}) };
let heap: WasmHeap | null = null;

/** The SIMD heap when wasm is the current backend, for ops that work in place. */
export function wasmHeap(): WasmHeap | null {
  return tf.getBackend() === 'wasm' ? heap : null;
}

async function openWasm(options: OpenOptions): Promise<Opened> {
  if (heap === null) {
    // The threaded build could not be made to start anywhere, and hangs a cross-origin isolated page.
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    if (!(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))) throw new UserError('this browser has no WebAssembly SIMD');
    if (options.wasmUrls) setWasmPaths(options.wasmUrls);
    if (!(await tf.setBackend('wasm'))) throw new UserError('its WebAssembly module could not be started');
    heap = await WasmHeap.open(tf.backend() as unknown as WasmBackend);
    registerWasmKernels(heap);
  }
  await tf.setBackend('wasm');
  return neverLost;
}

async function openWebGpu(): Promise<Opened> {
  if (!globalThis.navigator?.gpu) throw new UserError('this browser offers no WebGPU');
  const adapter = await graphicsAdapter();
  if (!adapter) throw new UserError('WebGPU found no graphics adapter');
  const { WebGPUBackend } = await import('@tensorflow/tfjs-backend-webgpu');
  const requiredLimits: Record<string, number> = {};
  for (const limit of [
    'maxStorageBufferBindingSize',
    'maxBufferSize',
    'maxComputeWorkgroupStorageSize',
    'maxComputeWorkgroupsPerDimension',
    'maxComputeInvocationsPerWorkgroup',
    'maxComputeWorkgroupSizeX',
    'maxStorageBuffersPerShaderStage',
  ] as const) {
    requiredLimits[limit] = adapter.limits[limit];
  }
  const requiredFeatures = (['shader-f16', 'timestamp-query'] as const).filter((f) => adapter.features.has(f));
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures });
  // Splitting long inner products over workgroups adds in a different order on every run.
  tf.env().set('WEBGPU_THRESHOLD_TO_INCREASE_WORKGROUPS_FOR_MATMUL', 0.5);
  if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, adapter.info), 3);
  registerWebGpuKernels();
  if (!(await tf.setBackend('webgpu'))) throw new UserError('tfjs could not start on WebGPU');
  const lost = device.lost.then(
    (info) => `The graphics device was lost (${info.reason || 'no reason given'}): ${info.message || 'no message'}`,
  );
  return { lost };
}

const openers: Record<BackendName, (options: OpenOptions) => Promise<Opened>> = {
  webgpu: openWebGpu,
  wasm: openWasm,
  cpu: async () => {
    await tf.setBackend('cpu');
    return neverLost;
  },
};

/** Seconds for a few steps of what a small transformer does: products and element-wise chains, read back once. */
async function measure(clock: Clock): Promise<number> {
  const round = () =>
    tf.tidy(() => {
      let x: tf.Tensor2D = tf.ones([256, 128]);
      const w: tf.Tensor2D = tf.fill([128, 128], 1 / 128);
      for (let i = 0; i < 8; i++) x = tf.matMul(x, w).mul(tf.sigmoid(x)).add(x);
      return x.sum();
    });
  const read = async () => {
    const sum = round();
    await sum.data();
    sum.dispose();
  };
  // The first round compiles shaders.
  await read();
  const start = clock.seconds();
  await read();
  await read();
  return clock.seconds() - start;
}

/**
 * Makes a backend current.
 * @param name the one to use, or null for the fastest that works.
 */
export async function openBackend(name: BackendName | null, options: OpenOptions = {}): Promise<OpenedBackend> {
  if (name !== null) {
    if (!(name in openers)) throw new UserError(`"${String(name)}" is not a backend; choose webgpu, wasm or cpu.`);
    try {
      return { name, passedOver: [], lost: (await openers[name](options)).lost };
    } catch (error) {
      throw new UserError(`The ${name} backend cannot be used: ${sentence(error)}. Leave the choice open, or choose another.`);
    }
  }
  const clock = options.clock ?? systemClock;
  const passedOver: OpenedBackend['passedOver'] = [];
  const measured: { name: BackendName; seconds: number; lost: Promise<string> }[] = [];
  for (const candidate of ['wasm', 'webgpu'] as const) {
    try {
      const { lost } = await openers[candidate](options);
      measured.push({ name: candidate, seconds: await measure(clock), lost });
    } catch (error) {
      passedOver.push({ backend: candidate, why: sentence(error) });
    }
  }
  measured.sort((a, b) => a.seconds - b.seconds);
  const best = measured[0];
  if (!best) return { name: 'cpu', passedOver, lost: (await openers.cpu(options)).lost };
  for (const slower of measured.slice(1)) {
    passedOver.push({
      backend: slower.name,
      why: `it took ${(1000 * slower.seconds).toFixed(0)} ms for what ${best.name} did in ${(1000 * best.seconds).toFixed(0)} ms`,
    });
    // A slow WebGPU device is given back; wasm stays ready as the refuge of a lost device.
    if (slower.name === 'webgpu') tf.removeBackend('webgpu');
  }
  await tf.setBackend(best.name);
  return { name: best.name, passedOver, lost: best.lost };
}
