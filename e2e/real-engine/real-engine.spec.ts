/**
 * The chain on a real engine, only when JERP_WEBLLM_LIBS names a folder with the compiled Qwen2-0.5B q4f32_1 library of
 * web-llm 0.2.79 (folder v0_2_48 of mlc-ai/binary-mlc-llm-libs). On a software graphics adapter it takes many minutes.
 */
import { expect, test } from '@playwright/test';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { build } from 'vite';

const folder = process.env.JERP_WEBLLM_LIBS;
const name = folder ? readdirSync(folder).find((file) => /^Qwen2-0\.5B-Instruct-q4f32_1.*\.wasm$/.test(file)) : undefined;

test('web-llm 0.2.79 and the own forward pass agree on logits, forks, and after a sync in place', async ({ page }) => {
  test.skip(!folder, 'JERP_WEBLLM_LIBS names no folder: the real engine is not tested.');
  if (!folder || !name) throw new Error(`There is no Qwen2-0.5B-Instruct-q4f32_1 library in ${folder}.`);
  test.setTimeout(3_600_000);
  const out = resolve(import.meta.dirname, '../../.cache/real-engine');
  await build({
    configFile: false,
    root: import.meta.dirname,
    logLevel: 'warn',
    publicDir: false,
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'esnext',
      minify: false,
      rollupOptions: {
        input: join(import.meta.dirname, 'page.ts'),
        output: { entryFileNames: 'page.js' },
        preserveEntrySignatures: 'strict',
      },
    },
  });
  const origin = 'http://localhost:4999';
  await page.context().route(`${origin}/**`, (route) => {
    const path = new URL(route.request().url()).pathname;
    if (path === '/')
      return route.fulfill({
        contentType: 'text/html',
        body: '<!doctype html><title>real engine</title><script type="module" src="page.js"></script>',
      });
    if (path === '/model.wasm') return route.fulfill({ contentType: 'application/wasm', body: readFileSync(join(folder, name)) });
    return route.fulfill({ contentType: 'text/javascript', body: readFileSync(join(out, path.slice(1))) });
  });
  page.on('console', (message) => message.text().startsWith('real: ') && console.log(message.text().slice(6)));
  page.on('pageerror', (error) => console.log(String(error)));
  await page.goto(`${origin}/`);
  await page.waitForFunction(() => 'realEngine' in globalThis);
  const rows = await page.evaluate(async (library) => {
    const { realEngine } = globalThis as unknown as {
      realEngine: (library: string, say: (text: string) => void) => Promise<{ check: string; difference: number }[]>;
    };
    return realEngine(library, (text) => console.log(`real: ${text}`));
  }, `${origin}/model.wasm`);
  expect(rows).toHaveLength(4);
  for (const row of rows) expect(row.difference, row.check).toBeLessThan(2e-3);
});
