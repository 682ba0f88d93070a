/** The page of language models: WebLLM's own list, what each needs, and a deletion that asks first and leaves nothing. */
import { expect, test } from '@playwright/test';
import { button } from './lab.ts';

test('lists the models with what each can do, says what is here, and deletes all of one', async ({ page }) => {
  const asked: string[] = [];
  // Requests of workers too, which routes do not see.
  page.context().on('request', (request) => {
    if (request.url().startsWith('https:')) asked.push(request.url());
  });
  await page.goto('./?backend=cpu#/models');
  const model = (name: RegExp) => page.getByRole('list', { name: 'Language models' }).getByRole('listitem').filter({ hasText: name });
  const row = model(/^\s*Qwen2\.5-0\.5B-Instruct-q4f32_1-MLC/);
  await expect(row).toContainText('scale adapter');
  await expect(row).toContainText(/1\.1 GB of memory · a training step takes up to [\d.]+ GB more · does not need shader-f16/);
  await expect(row).toContainText('about 278 MB to download');
  await expect(model(/^\s*Qwen3-0\.6B-q4f16_1-MLC/)).toContainText(
    /1\.4 GB of memory · a training step takes up to [\d.]+ GB more · needs shader-f16/,
  );
  await expect(model(/^\s*Hermes-3-Llama-3\.2-3B-q4f16_1-MLC/)).toContainText('about 1.8 GB to download');
  await expect(model(/^\s*SmolLM2-135M-Instruct-q0f32-MLC/)).toContainText('LoRA');
  const gemma = model(/^\s*gemma-2-2b-it-q4f32_1-MLC\s*rollout only/);
  await expect(gemma).toContainText('2.5 GB of memory · does not need shader-f16 · plays and learns rules · about 1.5 GB to download');
  await expect(model(/^\s*gemma-4-E2B-it-q4f16_1-MLC/)).toContainText('size of the download unknown until it is asked for, at most 3.4 GB');
  await expect(model(/embed/)).toHaveCount(0);
  await expect(page.getByText(/^\d+ more of WebLLM's list turn texts into vectors and cannot play\.$/)).toBeVisible();
  await expect(row.getByRole('button', { name: 'Delete' })).toHaveCount(0);

  const folder = 'https://huggingface.co/mlc-ai/Qwen2.5-0.5B-Instruct-q4f32_1-MLC/resolve/main/';
  // Half of a model, as an interrupted download leaves it.
  await page.evaluate(async (folder) => {
    const cache = await caches.open('webllm/model');
    const shard = (n: number) => ({ dataPath: `params_shard_${n}.bin`, nbytes: 5_000_000, records: [] });
    await cache.put(`${folder}tensor-cache.json`, new Response(JSON.stringify({ records: [shard(0), shard(1)] })));
    await cache.put(`${folder}params_shard_0.bin`, new Response(new Uint8Array(5_000_000)));
  }, folder);
  await page.reload();
  await expect(row).toContainText('here, 5 MB of 10 MB');
  const other = await page.context().newPage();
  await other.goto('./?backend=cpu#/models');
  const there = other.getByRole('listitem').filter({ hasText: /^\s*Qwen2\.5-0\.5B-Instruct-q4f32_1-MLC/ });
  await expect(there).toContainText('here, 5 MB of 10 MB');
  await row.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog')).toContainText('5 MB leave this browser');
  await button(page, 'Keep it').click();
  await expect(row).toContainText('here, 5 MB of 10 MB');
  await row.getByRole('button', { name: 'Delete' }).click();
  await button(page, 'Delete it').click();
  await expect(row.getByRole('button', { name: 'Delete' })).toHaveCount(0);
  // The other tab sees it.
  await expect(there.getByRole('button', { name: 'Delete' })).toHaveCount(0);
  await other.close();
  expect(await page.evaluate(async () => (await (await caches.open('webllm/model')).keys()).length)).toBe(0);

  // A configuration that is none, as a host's refusal left it under the old page.
  await page.evaluate(async (folder) => {
    const cache = await caches.open('webllm/model');
    const shard = { dataPath: 'params_shard_0.bin', nbytes: 5_000_000, records: [] };
    await cache.put(`${folder}tensor-cache.json`, new Response(JSON.stringify({ records: [shard] })));
    await (await caches.open('webllm/config')).put(`${folder}mlc-chat-config.json`, new Response('{"error":"rate limited"}'));
  }, folder);
  await page.reload();
  await expect(row).toContainText('here in part, and damaged');
  await row.getByRole('button', { name: 'Delete' }).click();
  await button(page, 'Delete it').click();
  await expect(row).toContainText('about 278 MB to download');

  // An index that is no list of shards, as a host's refusal left it.
  await page.evaluate(async (folder) => {
    const cache = await caches.open('webllm/model');
    await cache.put(`${folder}tensor-cache.json`, new Response('{"error":"rate limited"}'));
  }, folder);
  await page.reload();
  await expect(row).toContainText('here in part, and damaged');
  await expect(row.getByRole('button', { name: 'Download' })).toBeVisible();
  await row.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('dialog')).toContainText('What is here of it leaves this browser');
  await button(page, 'Delete it').click();
  await expect(row).toContainText('about 278 MB to download');
  expect(await page.evaluate(async () => (await (await caches.open('webllm/model')).keys()).length)).toBe(0);
  expect(asked).toEqual([]);
});

test('what a badge means stands above the list and on each badge', async ({ page }) => {
  await page.goto('./?backend=cpu#/models');
  const legend = page.getByRole('list', { name: 'What the badges mean' });
  await expect(legend.getByRole('listitem')).toHaveCount(3);
  const badge = page.getByRole('list', { name: 'Language models' }).getByText('rollout only', { exact: true }).first();
  const means = await badge.getAttribute('title');
  await expect(legend).toContainText(`rollout only: ${means}.`);
});

test('the list is searched by words, from the keyboard, and says how many match', async ({ page }) => {
  await page.goto('./?backend=cpu#/models');
  const rows = page.getByRole('list', { name: 'Language models' }).getByRole('listitem');
  const count = page.getByRole('status').filter({ hasText: /^\s*(\d|None)/ });
  await expect(count).toHaveText(/^\s*\d{3} models\.\s*$/);
  const all = await rows.count();
  await page.keyboard.press('/');
  const field = page.getByRole('searchbox', { name: 'Find a model' });
  await expect(field).toBeFocused();
  await page.keyboard.type('lora QWEN3');
  await expect(rows).toHaveCount(2);
  await expect(rows.first()).toContainText('Qwen3-0.6B-q0f');
  await expect(count).toContainText(`2 of ${all} models.`);
  await field.fill('no such thing');
  await expect(rows).toHaveCount(0);
  await expect(count).toContainText(`None of the ${all} models matches.`);
  await button(page, 'Show all').click();
  await expect(rows).toHaveCount(all);
  await expect(field).toBeFocused();
});

test('a model that the trainer of this tab is loading is not deleted meanwhile, and it is said why', async ({ page }) => {
  const model = 'Qwen2.5-0.5B-Instruct-q4f32_1-MLC';
  // A trainer that is never told to begin is loading for as long as the test takes.
  await page.addInitScript(() => {
    const post = Worker.prototype.postMessage;
    Worker.prototype.postMessage = function (this: Worker, message: { type?: string }, ...rest: []) {
      if (message?.type !== 'open') post.call(this, message, ...rest);
    };
  });
  await page.goto(`./?backend=cpu&model=${model}#/models`);
  await page.evaluate(async (model) => {
    const cache = await caches.open('webllm/model');
    for (const each of [model, 'SmolLM2-135M-Instruct-q0f32-MLC'])
      await cache.put(`https://huggingface.co/mlc-ai/${each}/resolve/main/tensor-cache.json`, new Response('{"records":[]}'));
  }, model);
  await page.reload();
  const deletion = (name: string) => page.getByRole('listitem').filter({ hasText: name }).getByRole('button', { name: 'Delete' });
  await expect(deletion(model)).toHaveAttribute('aria-disabled', 'true');
  await expect(deletion(model)).toHaveAttribute('title', 'The trainer of this tab is loading this model.');
  await deletion(model).click({ force: true });
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await deletion('SmolLM2-135M-Instruct-q0f32-MLC').click();
  await expect(page.getByRole('dialog')).toBeVisible();
});

test('a method that a model cannot run gives way, with a word, before the model is loaded', async ({ page }) => {
  await page.goto('./?backend=cpu&model=gemma-2-2b-it-q4f16_1-MLC&method=jerp');
  await expect(
    page.getByText(/Nothing here can train gemma-2-2b-it-q4f16_1-MLC, and jerp trains weights; using rules-only/).first(),
  ).toBeVisible();
  await expect(page).toHaveURL(/method=rules-only/);
});

test('a link that names a model downloads nothing before a person agrees; its size is said, also at 360 px', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const asked: string[] = [];
  page.context().on('request', (request) => {
    if (request.url().startsWith('https:')) asked.push(request.url());
  });
  await page.goto('./?backend=cpu&model=Qwen2.5-0.5B-Instruct-q4f32_1-MLC');
  const notice = page.getByTestId('broken');
  await expect(notice).toContainText('The model is not loaded. Qwen2.5-0.5B-Instruct-q4f32_1-MLC is not in this browser');
  await expect(notice).toContainText('about 278 MB would be downloaded from huggingface.co');
  await expect(page.getByTestId('machine')).toContainText('not loaded');
  await expect(notice.getByRole('link', { name: 'Choose another' })).toBeVisible();
  // The sentence has the width of the screen, with its buttons below it.
  const text = await notice.locator('p').boundingBox();
  expect(text?.width).toBeGreaterThan(270);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(asked).toEqual([]);
  // The graphics device is looked at, or the files asked for, only now.
  await button(page, 'Download and load it').click();
  await expect(notice).not.toContainText('is not in this browser');
});

test('a name that is no usable model is told in a sentence, however long it is, on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 800 });
  for (const [model, why] of [
    [`${'A'.repeat(80)}-q4f16_1-MLC`, /WebLLM's list has no model named "A{80}-q4f16_1-MLC"; the page Models shows those that it has/],
    [`${'A'.repeat(300)}-q4f16_1-MLC`, /"A{40}…" cannot be the name of a model; using tiny/],
    ['Qwen2.5-0.5B-Instruct', /Near it: Qwen2\.5-0\.5B-Instruct-q\w+-MLC, Qwen2\.5-0\.5B-Instruct-q\w+-MLC/],
    ['no-such-model', /"no-such-model" is not a model that can be used; the page Models shows those that can/],
  ] as const) {
    await page.goto(`./?backend=cpu&model=${model}`);
    await expect(page.getByText(why).first()).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    if (model.length > 100) continue;
    await expect(page.getByTestId('broken')).not.toContainText(/https?:|404/);
    await expect(page.getByTestId('machine')).toContainText('no such model');
    // To begin again would not help; another name does.
    const broken = page.getByTestId('broken');
    await expect(broken.getByRole('link', { name: 'Choose another' })).toHaveAttribute('href', /#\/models/);
    await expect(broken.getByRole('button')).toHaveCount(0);
  }
});
