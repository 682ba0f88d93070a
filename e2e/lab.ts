/** What the specs share: small games as a person would bring them, and the page's own words as handles. */
import { expect, type Browser, type BrowserContext, type Page } from '@playwright/test';
import { zipSync, strToU8 } from 'fflate';
import { readFile } from 'node:fs/promises';
import { taskTypes, type Game } from '../src/envs/alfworld/game.ts';
import { generateGame } from '../src/envs/alfworld/generator.ts';
import { writeGameFile } from '../src/envs/alfworld/writer.ts';
import { serveMicro } from './micro.ts';
import type { RunExport } from '../src/storage/store.ts';
import { readRun } from '../src/storage/transfer.ts';

/**
 * A home in which everything stands within reach: take the thing, put it down elsewhere, won. Chance wins about every
 * third episode of eight steps, so that groups hold won and lost episodes whatever the policy.
 */
export function smallHome(split: 'training' | 'validation', number: number): Game {
  const game = generateGame(split, number, { seed: 5, maxReceptacles: 2, families: ['pick'] });
  return {
    ...game,
    receptacles: game.receptacles.map((receptacle) => ({ ...receptacle, location: game.start, openable: false })),
    objects: game.objects.filter(({ kind }) => kind === game.goal.object).map((object) => ({ ...object, at: [game.start], inner: [] })),
    walkthrough: null,
  };
}

/** Paths and texts of small homes, laid out as in the official download. */
export function gameFiles(count = 6): Record<string, string> {
  const folders = { training: 'train', validation: 'valid_seen' } as const;
  const files: Record<string, string> = {};
  for (const split of ['training', 'validation'] as const) {
    for (let i = 0; i < count; i++) {
      const game = smallHome(split, i);
      const { family, object, target } = game.goal;
      files[`json_2.1.1/${folders[split]}/${taskTypes[family]}-${object}-None-${target}-${i}/trial_${i}/game.tw-pddl`] =
        writeGameFile(game);
    }
  }
  return files;
}

export function zip(files: Record<string, string>): Buffer {
  return Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)]))));
}

/** Settings small enough for two busy cores; the model is made by `micro.ts`, whose weights are chance and write no rules. */
export const small = {
  reflector: 'contrast',
  tasks: 2,
  group: 4,
  steps: 8,
  evalGames: 4,
  evalSteps: 8,
  evalEvery: 0,
  iterations: 2,
  backend: 'wasm',
  model: 'micro',
};

export function address(settings: Record<string, string | number>, hash = ''): string {
  return `./?${new URLSearchParams(Object.entries(settings).map(([key, value]) => [key, String(value)]))}${hash}`;
}

/** Waits until the transport says so: ready, running, paused, interrupted, finished, elsewhere. A failed run is told at once. */
export async function mode(page: Page, name: string, timeout = 180_000): Promise<void> {
  const transport = page.locator('.transport');
  await expect(transport).toHaveAttribute('data-mode', new RegExp(`^(${name}|failed|broken)$`), { timeout });
  const reached = await transport.getAttribute('data-mode');
  if (reached !== name) throw new Error(`The run ${reached} instead of being ${name}: ${await page.getByTestId('now').textContent()}`);
}

/** Waits until so many iterations are stored. */
export async function stored(page: Page, iterations: number): Promise<void> {
  const bar = page.getByRole('progressbar', { name: 'Iterations' });
  await expect.poll(async () => Number(await bar.getAttribute('value')), { timeout: 120_000 }).toBeGreaterThanOrEqual(iterations);
}

/** Opens the page and waits until the policy is there. */
export async function openLab(page: Page, settings: Record<string, string | number>, hash = ''): Promise<void> {
  await serveMicro(page.context());
  await page.goto(address(settings, hash));
  await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 120_000 });
}

export async function bringGames(page: Page, name = 'homes.zip', data: Buffer = zip(gameFiles())): Promise<void> {
  await page.getByTestId('zip').setInputFiles({ name, mimeType: 'application/zip', buffer: data });
  await expect(page.getByTestId('games-report')).toBeVisible();
}

/** Goes to a page of the bar. */
export async function turnTo(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name, exact: true }).click();
  await expect(page.locator('main h1').first()).toBeAttached();
}

export function button(page: Page, name: string) {
  return page.getByRole('button', { name, exact: true });
}

export async function download(page: Page, click: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [file] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: file.suggestedFilename(), text: await readFile(await file.path(), 'utf8') };
}

/** The run in view: its exported file as text, and as the project reads it. */
export async function exportRun(page: Page): Promise<{ run: RunExport; text: string }> {
  const { text, name } = await download(page, () => page.getByRole('button', { name: /^Export [a-z]+-/ }).click());
  const { run } = readRun(text, name);
  if (!run.checkpoint) throw new Error(`${name} holds no usable weights.`);
  return { run: { ...run, checkpoint: run.checkpoint }, text };
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
