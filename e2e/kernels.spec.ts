/** The kernels in Chromium: what WebGPU computes there, on a software adapter too, is what WebAssembly and plain JavaScript do. */
import { expect, test } from '@playwright/test';
import { join, resolve } from 'node:path';
import { buildPage, openPage } from './engine-page.ts';
import type { run } from './kernels/page.ts';

test('webgpu, wasm and cpu agree within 1e-4 on every kernel and on every gradient', async ({ page }) => {
  test.setTimeout(360_000);
  const out = resolve(import.meta.dirname, '../.cache/kernels');
  await buildPage(join(import.meta.dirname, 'kernels'), 'page.ts', out);
  const asked = await openPage(page, 'http://localhost:4996', out, 'kernelCheck');
  const rows = await page.evaluate(() => (globalThis as unknown as { kernelCheck: typeof run }).kernelCheck());
  expect(rows.length).toBeGreaterThan(15);
  for (const { kernel, differences } of rows) {
    for (const [pair, results] of Object.entries(differences)) {
      console.log(`${kernel}, ${pair}: ${results.map((difference) => difference.toExponential(1)).join(', ')}`);
      for (const [i, difference] of results.entries())
        expect(difference, `${kernel}, ${pair}, ${i === 0 ? 'values' : `gradient of input ${i}`}`).toBeLessThan(1e-4);
    }
  }
  // A case without gradients has one result; each of the others has one more for every input.
  expect(rows.filter(({ differences }) => (differences['webgpu and wasm']?.length ?? 0) > 1).length).toBeGreaterThan(11);
  expect(asked).toEqual([]);
});
