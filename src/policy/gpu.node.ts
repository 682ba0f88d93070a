/** WebGPU in Node (Dawn, npm package `webgpu`), for tests, measurements and training on a machine with a graphics card. */
import { existsSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { UserError } from '../lib/errors.ts';

/** Keeps a library loaded although Node, which finds no add-on in it, gives it back. */
const RTLD_NODELETE = 0x1000;

/** The folder of an installed Chromium: it brings a Vulkan loader and a software driver (SwiftShader). */
function chromiumFolder(): string | null {
  const libraries = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, '..', 'lib'));
  for (const library of new Set(libraries)) {
    if (!existsSync(library)) continue;
    for (const name of readdirSync(library)) {
      const folder = join(library, name);
      if (/chrom/i.test(name) && existsSync(join(folder, 'vk_swiftshader_icd.json'))) return folder;
    }
  }
  return null;
}

/**
 * Offers navigator.gpu to tfjs: the machine's own adapter, else Chromium's software one.
 * @returns the adapter's name, or null when there is none (VK_ICD_FILENAMES names another driver).
 */
export async function offerGpu(): Promise<string | null> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  let gpu = create([]);
  let adapter = await gpu.requestAdapter();
  const folder = adapter || process.env.VK_ICD_FILENAMES ? null : chromiumFolder();
  if (folder) {
    process.env.VK_ICD_FILENAMES = join(folder, 'vk_swiftshader_icd.json');
    try {
      process.dlopen({ exports: {} }, join(folder, 'libvulkan.so.1'), constants.dlopen.RTLD_NOW | RTLD_NODELETE);
    } catch {
      // Expected: it is no add-on of Node's. Loaded all the same, it is what Dawn now finds.
    }
    gpu = create([]);
    adapter = await gpu.requestAdapter();
  }
  if (!adapter) return null;
  // Node 20 has no navigator of its own.
  if (!globalThis.navigator) Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Node' }, configurable: true });
  Object.defineProperty(globalThis.navigator, 'gpu', { value: gpu, configurable: true });
  return adapter.info.description || adapter.info.vendor || 'WebGPU';
}

/** As `offerGpu`. @throws UserError where there is none. */
export async function needGpu(): Promise<string> {
  const adapter = await offerGpu();
  if (adapter === null) throw new UserError('This machine offers no WebGPU to Node: install a Vulkan driver, or give --backend wasm.');
  return adapter;
}
