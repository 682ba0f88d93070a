/** The built page in a real browser, for the commands that measure it or take its picture. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser } from '@playwright/test';
import { preview } from 'vite';
import { UserError } from '../lib/errors.ts';
import { built, root } from './ready.mjs';

const usual = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Serves the build on a free port and opens a browser; both end when `work` does. */
export async function withLab(work: (browser: Browser, address: string) => Promise<void>): Promise<void> {
  if (!(await built())) throw new UserError('The page could not be built; the message stands above.');
  const server = await preview({ configFile: join(root, 'vite.config.ts'), logLevel: 'error', preview: { port: 0, host: 'localhost' } });
  const found = process.env.JERP_BROWSER ?? usual.find((path) => existsSync(path));
  try {
    const browser = await chromium.launch({ ...(found ? { executablePath: found } : {}), args: ['--no-sandbox'] });
    try {
      await work(browser, server.resolvedUrls?.local[0] ?? '');
    } finally {
      await browser.close();
    }
  } finally {
    await server.close();
  }
}
