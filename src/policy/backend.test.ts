import { describe, expect, test } from 'vitest';
import { openBackend, wasmHeap } from './backend.ts';
import type { BackendName } from './backend.ts';

describe('opening a backend', () => {
  test('takes wasm where no graphics adapter is, and says why webgpu was passed over', async () => {
    const opened = await openBackend(null);
    expect(opened.name).toBe('wasm');
    expect(opened.passedOver).toEqual([{ backend: 'webgpu', why: expect.stringContaining('WebGPU') }]);
    expect(wasmHeap()).not.toBeNull();
  });

  test('a backend asked for by name is never silently replaced', async () => {
    await expect(openBackend('webgpu')).rejects.toThrow(/webgpu backend cannot be used: .*choose another/);
    await expect(openBackend('metal' as BackendName)).rejects.toThrow(/"metal" is not a backend; choose webgpu, wasm or cpu/);
    expect((await openBackend('cpu')).name).toBe('cpu');
    expect(wasmHeap()).toBeNull();
  });
});
