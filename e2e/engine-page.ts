/** A page of its own in Chromium: built from one file of a folder, and served without a server. */
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build, type Plugin } from 'vite';

export const buildPage = (root: string, entry: string, out: string, plugins: Plugin[] = []) =>
  build({
    configFile: false,
    root,
    logLevel: 'warn',
    publicDir: false,
    plugins,
    build: {
      outDir: out,
      emptyOutDir: true,
      target: 'esnext',
      minify: false,
      rollupOptions: { input: join(root, entry), output: { entryFileNames: 'page.js' }, preserveEntrySignatures: 'strict' },
    },
  });

/**
 * Opens the page at `origin` and waits until it has set the global `ready`.
 * @returns what was asked of the network, which is refused; the list goes on growing
 */
export async function openPage(page: Page, origin: string, out: string, ready: string): Promise<string[]> {
  const asked: string[] = [];
  await page.context().route('**/*', (route) => {
    const { href, origin: from, pathname } = new URL(route.request().url());
    if (from !== origin) {
      asked.push(href);
      return route.abort();
    }
    if (pathname === '/') {
      const body = '<!doctype html><title>engine</title><script type="module" src="page.js"></script>';
      return route.fulfill({ contentType: 'text/html', body });
    }
    const contentType = pathname.endsWith('.wasm') ? 'application/wasm' : 'text/javascript';
    return route.fulfill({ contentType, body: readFileSync(join(out, pathname.slice(1))) });
  });
  await page.goto(`${origin}/`);
  await page.waitForFunction((name) => name in globalThis, ready);
  return asked;
}
