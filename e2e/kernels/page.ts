/** Runs in the browser: every kernel and its gradients on cpu, wasm and webgpu, and how far these are apart. */
import { openBackend, type BackendName } from '../../src/policy/backend.ts';
import { adamWSteps } from '../../src/policy/llama/kernels/testing-adamw.ts';
import { cases, inputsOf, largestDifference, run as runCase, type Case } from '../../src/policy/llama/kernels/testing.ts';
import { wasmUrls } from '../../src/trainer/wasm-urls.ts';

export interface Row {
  kernel: string;
  /** Of the values, and of the gradient of each input: the largest difference as a share of the largest number. */
  differences: Record<string, number[]>;
}

const pairs: [BackendName, BackendName][] = [
  ['webgpu', 'wasm'],
  ['webgpu', 'cpu'],
  ['wasm', 'cpu'],
];

export async function run(): Promise<Row[]> {
  const found: Partial<Record<BackendName, Map<string, Float32Array[]>>> = {};
  // The last one stays open.
  for (const backend of ['cpu', 'wasm', 'webgpu'] as const) {
    await openBackend(backend, { wasmUrls });
    const results = new Map<string, Float32Array[]>();
    for (const [name, kernel] of Object.entries(cases)) results.set(name, await runCase(kernel, inputsOf(kernel as Case)));
    found[backend] = results;
  }
  const of = (backend: BackendName, name: string) => found[backend]?.get(name) as Float32Array[];
  const rows = Object.keys(cases).map((kernel): Row => {
    const differences = pairs.map(([a, b]) => [
      `${a} and ${b}`,
      of(a, kernel).map((values, i) => largestDifference(values, of(b, kernel)[i] as Float32Array)),
    ]);
    return { kernel, differences: Object.fromEntries(differences) as Row['differences'] };
  });
  // Other backends than webgpu step on plain arrays.
  const { plain, device } = await adamWSteps();
  const adamW = (['data', 'm', 'v'] as const).map((part) =>
    Math.max(...device.map((array, i) => largestDifference(array[part], plain[i]?.[part] as Float32Array))),
  );
  return [...rows, { kernel: 'AdamW: weights, first and second moments', differences: { 'webgpu and plain arrays': adamW } }];
}

Object.assign(globalThis, { kernelCheck: run });
