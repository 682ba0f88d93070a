/** How the end-to-end tests run: the built page, served as `npm start` serves it, in a real Chromium. */
import { defineConfig } from '@playwright/test';

const port = Number(process.env.JERP_PORT ?? 4183);
const executablePath = process.env.JERP_BROWSER;
const address = (at: number) => `http://localhost:${at}/`;
const common = { cwd: '..', reuseExistingServer: !process.env.CI, timeout: 180_000 };
/** A host that knows nothing of `_headers`, below a path: no cross-origin isolation, the policy only in the page itself. */
const plain = `${address(port + 1)}jerp-lab/`;

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results',
  timeout: 240_000,
  expect: { timeout: 60_000 },
  // Training is computation: two workers on two cores would only disturb each other's timings.
  workers: 1,
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ? [['list'], ['json']] : 'list',
  use: {
    viewport: { width: 1280, height: 900 },
    // A service worker would answer before the routes of the tests; the tests of offline use allow it.
    serviceWorkers: 'block',
    launchOptions: { ...(executablePath ? { executablePath } : {}), args: ['--no-sandbox', '--enable-unsafe-webgpu'] },
    screenshot: 'only-on-failure',
    actionTimeout: 30_000,
  },
  projects: [
    { name: 'isolated', use: { baseURL: address(port) } },
    {
      name: 'plain host',
      testMatch: ['train.spec.ts', 'transfer.spec.ts', 'resume.spec.ts', 'promises.spec.ts', 'offline.spec.ts'],
      use: { baseURL: plain },
    },
  ],
  webServer: [
    // The first one builds the page.
    { ...common, command: `node src/cli/start.mjs --port ${port}`, url: address(port) },
    { ...common, command: `npx tsx e2e/plain-host.ts ${port + 1}`, url: plain },
  ],
});
