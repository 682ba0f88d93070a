/** `npm run screenshots`: trains a short run in a real browser and takes the picture of every page, wide, narrow and dark. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { withLab } from './browser.ts';
import { root } from './ready.mjs';
import { readArguments, runCommand } from './terminal.ts';

const help = {
  usage: 'npm run screenshots',
  what: 'Keeps e2e/pictures current: the embedded policy trains six short iterations in a real browser, about a minute, then every page is taken.',
  options: {},
};

const settings = 'backend=wasm&tasks=6&group=6&steps=20&evalGames=30&evalSteps=30&evalEvery=1&iterations=6';
const pages = ['Train', 'Episodes', 'Rules', 'Runs', 'Learn'];

await runCommand(async () => {
  readArguments(help);
  const folder = join(root, 'e2e', 'pictures');
  await mkdir(folder, { recursive: true });
  await withLab(async (browser, address) => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light', reducedMotion: 'reduce' });
    const page = await context.newPage();
    const take = async (name: string) => {
      await page.mouse.move(0, 0);
      await page.waitForTimeout(800);
      await page.screenshot({ path: join(folder, `${name}.png`) });
      console.error(`e2e/pictures/${name}.png`);
    };
    await page.goto(`${address}?${settings}`);
    await page.locator('[data-testid=machine][data-state=ready]').waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Train', exact: true }).click();
    await page.locator('.transport[data-mode=finished]').waitFor({ timeout: 600_000 });
    const bar = page.getByRole('navigation', { name: 'Pages' });
    for (const name of pages) {
      const link = bar.getByRole('link', { name, exact: true });
      if ((await link.count()) === 0) continue;
      await link.click();
      if (name === 'Runs') await compareReadyRuns(page);
      await take(name.toLowerCase());
    }
    await bar.getByRole('link', { name: 'Train', exact: true }).click();
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await take('train-dark');
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await page.setViewportSize({ width: 390, height: 844 });
    await take('train-390');
  });
});

/** One run alone compares with nothing: those that came with the page are taken in beside it. */
async function compareReadyRuns(page: Page): Promise<void> {
  const ready = page.getByTestId('ready-runs');
  await ready.waitFor();
  await page.getByRole('button', { name: /^Add all/ }).click();
  await ready.getByRole('button').first().waitFor({ state: 'detached', timeout: 120_000 });
  await page.getByRole('button', { name: 'Dismiss' }).last().click();
  await page.evaluate(() => scrollTo(0, 0));
}
