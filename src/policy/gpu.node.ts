/** WebGPU in Node (Dawn, npm package `webgpu`), for tests and measurements; needs a Vulkan driver. */

/**
 * Offers navigator.gpu to tfjs when this machine has an adapter.
 * @returns the adapter's name, or null when there is none (no driver: see VK_ICD_FILENAMES and LD_LIBRARY_PATH).
 */
export async function offerGpu(): Promise<string | null> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (!adapter) return null;
  // Node 20 has no navigator of its own.
  if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node' }, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  return adapter.info.description || adapter.info.vendor || 'WebGPU';
}
