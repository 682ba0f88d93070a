/** The real web-llm 0.2.86 finds a model that this project has put into its caches; nothing is asked of the network. */
import { expect, test } from '@playwright/test';
import { join, resolve } from 'node:path';
import { Rng } from '../src/lib/rng.ts';
import { initialWeights } from '../src/policy/llama/flat.ts';
import { writeMlc } from '../src/policy/mlc/write.ts';
import { trainTokenizer } from '../src/policy/train-tokenizer.ts';
import { buildPage, openPage } from './engine-page.ts';
import { microShape } from './language-model/models.ts';
import type { run } from './real-engine/cache-page.ts';

test.describe('the caches of web-llm 0.2.86', () => {
  test.setTimeout(300_000);
  const out = resolve(import.meta.dirname, '../.cache/webllm-cache');

  test.beforeAll(async () => {
    await buildPage(join(import.meta.dirname, 'real-engine'), 'cache-page.ts', out);
  });

  for (const backend of ['cache', 'indexeddb'] as const) {
    test(`a seeded model is there, read back to the byte, and gone after deletion (${backend})`, async ({ page }) => {
      const asked = await openPage(page, 'http://localhost:4998', out, 'cacheCheck');
      const config = { ...microShape, vocabulary: 300, context: 64 };
      const made = await writeMlc(
        { config, weights: initialWeights(config, new Rng(1)), tokenizer: trainTokenizer([], { vocabulary: 259 }) },
        'q4f16_1',
      );
      const given = Object.fromEntries([...made].map(([name, bytes]) => [name, [...bytes]]));
      const seen = await page.evaluate(
        ([backend, given]) => (globalThis as unknown as { cacheCheck: typeof run }).cacheCheck(backend, given),
        [backend, given] as const,
      );
      expect(seen.before).toBe(false);
      expect(seen.during).toBe(true);
      expect(seen.stored.have).toBe(seen.stored.total);
      expect(seen.place).toBe(backend);
      expect(seen.placeAfter).toBe('cache');
      expect(seen.shard).toEqual(given['params_shard_0.bin']);
      expect(seen.after).toBe(false);
      expect(seen.left).toEqual([]);
      expect(asked).toEqual([]);
    });
  }
});
