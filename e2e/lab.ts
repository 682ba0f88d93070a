/** What the specs share: small games as a person would bring them, and the page's own words as handles. */
import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { zipSync, strToU8 } from 'fflate';
import { readFile } from 'node:fs/promises';
import { taskTypes } from '../src/envs/alfworld/game.ts';
import { generateGame } from '../src/envs/alfworld/generator.ts';
import { writeGameFile } from '../src/envs/alfworld/writer.ts';
import type { RunExport } from '../src/storage/store.ts';

/** Paths and texts of small homes laid out as in the official download; chance wins some of them. */
export function gameFiles(count = 6): Record<string, string> {
  const files: Record<string, string> = {};
  for (const [folder, split] of [
    ['train', 'training'],
    ['valid_seen', 'validation'],
  ] as const) {
    for (let i = 0; i < count; i++) {
      const game = generateGame(split, i, { seed: 5, maxReceptacles: 2, families: ['pick'] });
      const { family, object, target } = game.goal;
      files[`json_2.1.1/${folder}/${taskTypes[family]}-${object}-None-${target}-${i}/trial_${i}/game.tw-pddl`] = writeGameFile(game);
    }
  }
  return files;
}

export function zip(files: Record<string, string>): Buffer {
  return Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)]))));
}

/** Settings small enough for two busy cores. */
export const small = { tasks: 2, group: 4, steps: 8, evalGames: 4, evalSteps: 8, evalEvery: 0, iterations: 2, backend: 'wasm' };

export function address(settings: Record<string, string | number>, hash = ''): string {
  return `./?${new URLSearchParams(Object.entries(settings).map(([key, value]) => [key, String(value)]))}${hash}`;
}

/** Waits until the transport says so: ready, running, paused, interrupted, finished, elsewhere. */
export async function mode(page: Page, name: string, timeout = 180_000): Promise<void> {
  await expect(page.locator('.transport')).toHaveAttribute('data-mode', name, { timeout });
}

/** Opens the page and waits until the policy is there. */
export async function openLab(page: Page, settings: Record<string, string | number>, hash = ''): Promise<void> {
  await page.goto(address(settings, hash));
  await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 120_000 });
}

export async function bringGames(page: Page, name = 'homes.zip', data: Buffer = zip(gameFiles())): Promise<void> {
  await page.getByTestId('zip').setInputFiles({ name, mimeType: 'application/zip', buffer: data });
  await expect(page.getByTestId('games-report')).toBeVisible();
}

export function button(page: Page, name: string) {
  return page.getByRole('button', { name, exact: true });
}

export async function download(page: Page, click: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

/** The run in view, as its exported file says. */
export async function exportRun(page: Page): Promise<RunExport> {
  const { text } = await download(page, () => page.getByRole('button', { name: /^Export [a-z]+-/ }).click());
  return JSON.parse(text) as RunExport;
}

/** What must be equal between two runs of one seed: everything but names and clocks. */
export function essence(run: RunExport): unknown {
  const metrics = run.metrics.map(({ seconds: _seconds, ...rest }) => rest);
  return { metrics, events: run.events, trajectories: run.trajectories, adapter: run.checkpoint.adapter };
}

/** A second person's browser: nothing stored, nothing shared. */
export async function stranger(browser: Browser): Promise<{ context: BrowserContext; page: Page }> {
  const context = await browser.newContext();
  return { context, page: await context.newPage() };
}
