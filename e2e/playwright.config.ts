/** How the end-to-end tests run: the built page, served as `npm start` serves it, in a real Chromium. */
import { defineConfig } from '@playwright/test';

const port = Number(process.env.JERP_PORT ?? 4183);
const executablePath = process.env.JERP_BROWSER;
const address = (at: number) => `http://localhost:${at}/`;
const server = (at: number, headers: 'on' | 'off') => ({
  command: `node src/cli/start.mjs --port ${at}`,
  cwd: '..',
  env: { JERP_HEADERS: headers },
  url: address(at),
  reuseExistingServer: !process.env.CI,
  timeout: 180_000,
});

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
    // A host that knows nothing of `_headers`: no cross-origin isolation, the policy only in the page itself.
    { name: 'plain host', testMatch: ['train.spec.ts', 'resume.spec.ts', 'promises.spec.ts'], use: { baseURL: address(port + 1) } },
  ],
  webServer: [server(port, 'on'), server(port + 1, 'off')],
});
