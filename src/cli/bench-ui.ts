/** `npm run bench -- ui`: first load, long tasks of the main thread while training, and scrolling of long lists, in a real browser. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { sampleMetrics, sampleManifest, sampleCommit, sampleTrajectory } from '../storage/sample.ts';
import { rulesToText, runToText } from '../storage/transfer.ts';
import type { Rule, RuleEvent } from '../types.ts';
import type { Bench } from './bench.ts';
import { withLab } from './browser.ts';
import { firstLoad } from './first-load.mjs';
import { MainThread } from './main-thread.ts';
import { root } from './ready.mjs';
import { wholeNumber } from './terminal.ts';

const RULES = 10_000;
const EPISODES = 5_000;

export const bench: Bench = {
  help: {
    usage: 'npm run bench -- ui [options]',
    what: `The page in a real browser: what the first load weighs, when it can be used, the tasks of the main thread while the
embedded policy trains (how long they lasted, and the processor time in them), and how ${RULES.toLocaleString('en')} rules and ${EPISODES.toLocaleString('en')} episodes scroll.`,
    options: { seconds: { value: 'N', default: '30', help: 'How long the main thread is watched while training.' } },
  },
  run: async (values) => {
    const seconds = wholeNumber('seconds', values.seconds ?? '30');
    const row = (what: string, measured: object) => console.log(JSON.stringify({ bench: 'ui', what, ...measured }));
    await withLab(async (browser, address) => {
      const bytes = firstLoad(join(root, 'dist')).reduce((sum, file) => sum + file.bytes, 0);
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
      const page = await context.newPage();
      const thread = await MainThread.watch(page);
      await page.goto(`${address}?backend=wasm&evalGames=10&evalEvery=0&iterations=1000`);
      await page.locator('.transport').waitFor();
      const usable = await page.evaluate(() => performance.now());
      const paint = await page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null);
      row('first load', { gzippedKB: kilo(bytes), firstPaintMs: whole(paint), usableMs: whole(usable), ...(await thread.take()) });
      await page.locator('[data-testid=machine][data-state=ready]').waitFor({ timeout: 60_000 });
      await page.getByRole('button', { name: 'Train', exact: true }).click();
      await page.locator('.transport[data-mode=running]').waitFor();
      await thread.take();
      await page.waitForTimeout(seconds * 1000);
      row('training', { seconds, ...(await thread.take()) });
      await page.getByRole('button', { name: 'Pause', exact: true }).click();

      // As files on disk: what a test hands over in memory is decoded by the page's own thread.
      const folder = await mkdtemp(join(tmpdir(), 'jerp-lab-bench-'));
      try {
        await writeFile(join(folder, 'long.json'), longRun());
        await writeFile(join(folder, 'rules.json'), rulesToText('rules', manyRules(RULES)));
        await page.goto(`${address}#/runs`);
        await thread.take();
        await page.getByTestId('import-run').setInputFiles(join(folder, 'long.json'));
        await page.getByRole('link', { name: 'long-run' }).first().waitFor({ timeout: 120_000 });
        row(`importing a run of ${RULES} rules and ${EPISODES} episodes`, { ...(await thread.take()) });
        await page.goto(`${address}#/rules/long-run/heat`);
        await page.getByRole('heading', { level: 1 }).waitFor();
        await page.waitForTimeout(4000);
        row('opening them', { ...(await thread.take()) });
        await page.getByTestId('import-rules').setInputFiles(join(folder, 'rules.json'));
        const take = page.getByRole('button', { name: /^Take in .* as pending/ });
        await take.and(page.locator(':enabled')).waitFor({ timeout: 120_000 });
        row(`comparing ${RULES} rules of a file with them`, { ...(await thread.take()) });
        await take.click();
        await page.locator('.rule[data-status=pending]').first().waitFor({ timeout: 120_000 });
        row('taking them in', { ...(await thread.take()) });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
      for (const [what, hash] of [
        [`${RULES} rules`, '#/rules/long-run/cool'],
        [`${EPISODES} episodes`, '#/episodes/long-run'],
      ] as const) {
        await page.goto(`${address}${hash}`);
        await page.waitForTimeout(4000);
        await thread.take();
        row(`scrolling ${what}`, { ...(await scroll(page)), ...(await thread.take()) });
      }
    });
  },
};

const whole = (value: number | null) => (value === null ? null : Math.round(value));
const kilo = (bytes: number) => Math.round(bytes / 102.4) / 10;

/** Two seconds of wheel turns over the longest list; the times between frames. */
async function scroll(page: Page): Promise<{ frames: number; p95Ms: number; longestFrameMs: number }> {
  await page.mouse.move(200, 500);
  // As text: a function that is compiled for Node would bring helpers that the page does not have.
  const frames = page.evaluate<number[]>(`new Promise((done) => {
    const gaps = [];
    let last = performance.now();
    const end = last + 2500;
    requestAnimationFrame(function frame(now) {
      gaps.push(now - last);
      last = now;
      if (now < end) requestAnimationFrame(frame);
      else done(gaps.slice(1));
    });
  })`);
  for (let i = 0; i < 40; i++) {
    await page.mouse.wheel(0, 900);
    await page.waitForTimeout(50);
  }
  const gaps = (await frames).sort((a, b) => a - b);
  return {
    frames: gaps.length,
    p95Ms: Math.round(gaps[Math.floor(gaps.length * 0.95)] ?? 0),
    longestFrameMs: Math.round(gaps.at(-1) ?? 0),
  };
}

function manyRules(count: number): Rule[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `r${i + 1}`,
    scope: 'heat',
    text: `Look for the thing into place number ${i} before all others.`,
    score: 2,
    status: 'active',
    mergedFrom: [],
    born: 1,
    changed: 1,
  }));
}

/** A run as a file, with as many rules and episodes as the lists must bear. */
function longRun(): string {
  const events: RuleEvent[] = Array.from({ length: RULES }, (_, seq) => ({
    seq,
    iteration: 1,
    by: 'reflector',
    action: { op: 'ADD', scope: 'cool', text: `Look for the thing into place number ${seq} before all others.` },
    trajectories: ['1.0.0'],
    why: '',
  }));
  const trajectories = Array.from({ length: EPISODES }, (_, i) => sampleTrajectory(`1.${Math.floor(i / 8)}.${i % 8}`, i % 3 === 0));
  const { checkpoint } = sampleCommit(1);
  const metrics = [sampleMetrics(0), sampleMetrics(1)];
  return runToText({ format: 'jerp-lab run', version: 1, manifest: sampleManifest('long-run'), metrics, events, trajectories, checkpoint });
}
