/**
 * The real web-llm 0.2.86 under this project's driver, without the network and without a compiled library, in whose place
 * `webllm-engine/stand-in.ts` computes: its private members are where the driver reaches for them, its sampler masks before
 * the logit processor sees the logits, its chat template is read as ours, its pipelines go when the device is lost.
 */
import { expect, test, type Page } from '@playwright/test';
import { join, resolve } from 'node:path';
import type { Plugin } from 'vite';
import { buildPage, openPage } from './engine-page.ts';
import type { learnAndLose, learnByReload, run, Template } from './webllm-engine/page.ts';

const out = resolve(import.meta.dirname, '../.cache/webllm-engine');

/** The one line at which the package starts a compiled library starts the stand-in. */
const replaceLibrary: Plugin = {
  name: 'stand-in',
  transform(code, id) {
    if (!id.includes('@mlc-ai/web-llm/lib/index.js')) return;
    const start = '.instantiate(wasm.buffer,';
    const [before, after, ...more] = code.split(start);
    if (before === undefined || after === undefined || more.length > 0) throw new Error('web-llm starts its libraries elsewhere.');
    const cache = 'function hasTensorInCache(';
    if (after.split(cache).length !== 2 && before.split(cache).length !== 2) throw new Error('web-llm looks into its cache elsewhere.');
    const replaced = `${before.slice(0, before.lastIndexOf(' '))} globalThis.standIn(${after}`;
    // The package keeps its cache to itself; what stands in for the runtime reads weights through it.
    return { code: replaced.replace(cache, `globalThis.createArtifactCache = createArtifactCache;\n${cache}`), map: null };
  },
};

test.describe('the engine of web-llm 0.2.86', () => {
  test.setTimeout(600_000);

  test.beforeAll(async () => {
    const root = join(import.meta.dirname, 'webllm-engine');
    await buildPage(root, 'page.ts', out, [replaceLibrary]);
  });

  /** A page with the engine; whatever it asks of the network is kept. */
  const engine = (page: Page) => openPage(page, 'http://localhost:4997', out, 'engineCheck');
  interface Checks {
    engineCheck: { run: typeof run; learnAndLose: typeof learnAndLose; learnByReload: typeof learnByReload };
  }

  for (const template of ['chatMl', 'qwen', 'tokens before all text', 'plain'] satisfies Template[]) {
    test(`says through its batched functions what it says through its public calls (${template})`, async ({ page }) => {
      const asked = await engine(page);
      const seen = await page.evaluate((template) => (globalThis as unknown as Checks).engineCheck.run(template), template);
      expect(seen.info).toEqual([
        ['batched', 'in place'],
        ['single', 'in place'],
      ]);
      expect(seen.forks).toBe(4);
      expect(Math.max(...seen.batches)).toBe(4);
      expect(seen.said[0]?.every((choice) => choice !== null)).toBe(true);
      expect(seen.said[1]).toEqual(seen.said[0]);
      expect(seen.ids[1]).toEqual(seen.ids[0]);
      for (const gap of seen.gaps) expect(gap).toBeLessThan(1e-5);
      expect(asked).toEqual([]);
    });
  }

  test('where its tensors cannot be reached, it loads the rewritten shards through its own cache, and nothing is asked of the network', async ({
    page,
  }) => {
    const asked = await engine(page);
    const seen = await page.evaluate(() => (globalThis as unknown as Checks).engineCheck.learnByReload());
    expect(seen.syncing).toBe('reload');
    expect(seen.moved).toBeGreaterThan(1e-3);
    expect(seen.gap).toBeLessThan(1e-5);
    expect(seen.version).toBeGreaterThan(0);
    expect(seen.writes).toBe(0);
    expect(seen.folders).toEqual(['https://models.invalid/small/resolve/main/', 'https://adapter.invalid/small/resolve/main/']);
    expect(asked).toEqual([]);
  });

  test('takes an update in place, writes JSON without it and without thoughts, and goes on when its device is lost', async ({ page }) => {
    await engine(page);
    const seen = await page.evaluate(() => (globalThis as unknown as Checks).engineCheck.learnAndLose());
    expect(seen.learnt.mismatch).toBeLessThan(1e-5);
    expect(seen.learnt.moved).toBeGreaterThan(1e-3);
    expect(seen.learnt.gap).toBeLessThan(1e-5);
    expect(seen.learnt.writes).toBeGreaterThan(0);
    expect(seen.learnt.version).toBeGreaterThan(0);
    expect(['up', 'down']).toContain(JSON.parse(seen.json));
    expect(seen.served).toBe(0);
    expect(seen.notes).toHaveLength(1);
    expect(seen.said[1]).toEqual(seen.said[0]);
    expect(seen.gap).toBeLessThan(1e-5);
  });
});
