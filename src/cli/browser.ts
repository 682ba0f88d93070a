/** Pages in a real browser, for the commands that measure them or take their picture: the built lab, and benches in a page of their own. */
import { existsSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { chromium, type Browser } from '@playwright/test';
import { build, preview } from 'vite';
import { CheckFailed, UserError } from '../lib/errors.ts';
import type { PageBenches } from './peers/page.ts';
import { built, root } from './ready.mjs';

const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

async function withBrowser(work: (browser: Browser) => Promise<void>, args: string[] = []): Promise<void> {
  const found = process.env.JERP_BROWSER ?? usual.find((path) => existsSync(path));
  const browser = await chromium.launch({ ...(found ? { executablePath: found } : {}), args: ['--no-sandbox', ...args] });
  try {
    await work(browser);
  } finally {
    await browser.close();
  }
}

/** Serves the build on a free port and opens a browser; both end when `work` does. */
export async function withLab(work: (browser: Browser, address: string) => Promise<void>): Promise<void> {
  if (!(await built())) throw new UserError('The page could not be built; the message stands above.');
  const server = await preview({ configFile: join(root, 'vite.config.ts'), logLevel: 'error', preview: { port: 0, host: 'localhost' } });
  try {
    await withBrowser((browser) => work(browser, server.resolvedUrls?.local[0] ?? ''));
  } finally {
    await server.close();
  }
}

const types: Record<string, string> = { '.js': 'text/javascript', '.wasm': 'application/wasm', '.json': 'application/json' };
/** Never asked of the network: every request is answered from disk. WebGPU needs a secure origin, and localhost is one. */
const origin = 'http://localhost:4998';

/** Runs one of `peers/page.ts` in Chromium and prints its rows. */
export async function inChromium<B extends keyof PageBenches>(bench: B, settings: Parameters<PageBenches[B]>[0]): Promise<void> {
  const out = join(root, '.cache/bench-page');
  const entry = join(root, 'src/cli/peers/page.ts');
  const output = { entryFileNames: 'page.js' };
  await build({
    configFile: false,
    root: join(root, 'src'),
    base: './',
    logLevel: 'warn',
    publicDir: false,
    build: { outDir: out, emptyOutDir: true, target: 'esnext', minify: false, rollupOptions: { input: entry, output } },
  });
  const run = async (browser: Browser) => {
    const page = await browser.newPage();
    await page.route(`${origin}/**`, (route) => {
      const path = new URL(route.request().url()).pathname.slice(1);
      if (path === '')
        return route.fulfill({
          contentType: 'text/html',
          body: '<!doctype html><title>bench</title><script type="module" src="page.js"></script>',
        });
      const file = join(path.startsWith('models/') ? join(root, 'public') : out, path);
      if (!existsSync(file)) return route.fulfill({ status: 404, body: '' });
      return route.fulfill({ contentType: types[extname(file)] ?? 'application/octet-stream', body: readFileSync(file) });
    });
    page.on('console', (message) => {
      const [, row] = /^row (.*)$/.exec(message.text()) ?? [];
      if (row) console.log(row);
    });
    await page.goto(origin);
    await page.waitForFunction(() => 'benches' in globalThis);
    const failed = await page.evaluate(
      async ([name, given]) => {
        const { benches } = globalThis as unknown as { benches: Record<string, (settings: unknown) => Promise<void>> };
        return benches[name]?.(given).then(
          () => null,
          (error: unknown) =>
            error instanceof Error ? { name: error.name, message: error.message } : { name: '', message: String(error) },
        );
      },
      [bench, settings] as const,
    );
    if (failed?.name === 'CheckFailed') throw new CheckFailed(failed.message);
    if (failed) throw new UserError(`The bench ended in the page: ${failed.message}`);
  };
  await withBrowser(run, ['--enable-unsafe-webgpu']);
}
