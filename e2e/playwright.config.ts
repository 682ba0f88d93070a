/** How the end-to-end tests run: the built page, served as `npm start` serves it, in a real Chromium. */
import { defineConfig } from '@playwright/test';

const port = Number(process.env.JERP_PORT ?? 4183);
const executablePath = process.env.JERP_BROWSER;

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results',
  timeout: 240_000,
  expect: { timeout: 60_000 },
  // Training is computation: two workers on two cores would only disturb each other's timings.
  workers: 1,
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_NAME ? [['list'], ['json']] : 'list',
  use: {
    baseURL: `http://localhost:${port}/`,
    viewport: { width: 1280, height: 900 },
    launchOptions: { ...(executablePath ? { executablePath } : {}), args: ['--no-sandbox', '--enable-unsafe-webgpu'] },
    screenshot: 'only-on-failure',
    actionTimeout: 30_000,
  },
  webServer: {
    command: `node src/cli/start.mjs --port ${port}`,
    cwd: '..',
    url: `http://localhost:${port}/`,
    reuseExistingServer: !process.env.CI,
    timeout: 180_000,
  },
});
