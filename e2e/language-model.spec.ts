/**
 * The whole loop on a language model, on the page as it is built, with one package replaced: WebLLM by an engine of its
 * shape. What is shown is that rollouts, reflection under a schema, update, sync and recovery go through the page's own
 * code; what a real engine does is shown by `real-engine`.
 */
import { expect, test, type Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join, resolve } from 'node:path';
import { build, preview, type PreviewServer } from 'vite';
import { readSafetensors } from '../src/policy/decoder/safetensors.ts';
import { weightHost } from './language-model/host.ts';
import { bulkyConfig, bulkyId, fileNames, makeModels, modelIds } from './language-model/models.ts';
import { bringGames, button, download, exportRun, mode, smallHome, turnTo } from './lab.ts';

const [packed, floats, foreign] = modelIds;
const port = 4196;
const origin = `http://localhost:${port}`;
const settings = 'backend=wasm&reflector=policy&tasks=2&group=4&steps=8&evalGames=2&evalSteps=6&evalEvery=0&iterations=2&lr=0.01';

test.describe('a language model on the page', () => {
  test.setTimeout(900_000);
  let server: PreviewServer;
  const host = weightHost();

  test.beforeAll(async () => {
    const root = resolve(import.meta.dirname, '..');
    const outDir = join(root, '.cache/language-model');
    const configFile = join(root, 'vite.config.ts');
    const alias = { '@mlc-ai/web-llm': join(import.meta.dirname, 'language-model/fake-webllm.ts') };
    await build({ configFile, logLevel: 'warn', resolve: { alias }, build: { outDir, emptyOutDir: true, minify: false } });
    const homes = Array.from({ length: 12 }, (_, i) => smallHome('training', i));
    for (const [id, files] of await makeModels(homes)) {
      expect([...files.keys()].sort()).toEqual([...fileNames].sort());
      for (const [name, bytes] of files) host.put(id, name, bytes);
    }
    server = await preview({
      configFile,
      logLevel: 'warn',
      plugins: [host.plugin],
      build: { outDir },
      preview: { port, strictPort: true },
    });
  });
  test.beforeEach(() => void (host.asked.length = 0));
  test.afterAll(async () => server?.close());
  const open = async (page: Page, model: string, hash = '') => {
    await page.goto(`${origin}/?model=${model}&${settings}${hash}`);
    // A link alone downloads nothing.
    await expect(page.getByTestId('broken')).toContainText(`${model} is not in this browser`);
    expect(host.asked).toEqual([]);
    await button(page, 'Download and load it').click();
    await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 240_000 });
  };
  /** What the engine has done so far. */
  const log = (page: Page) =>
    page.evaluate(
      () =>
        new Promise<{ batches: number[]; reloads: string[]; forks: number; requests: number; writes: number }>((done) => {
          const channel = new BroadcastChannel('engine');
          channel.onmessage = ({ data }) => done((data as { log: never }).log);
          channel.postMessage('report');
        }),
    );

  test('plays, reflects, learns and takes the update in place, iteration after iteration, and goes on when its device is lost', async ({
    page,
  }) => {
    await open(page, packed);
    await expect(page.getByText(/A training step takes at most .* of memory beside WebLLM's own/)).toBeVisible();
    await bringGames(page);
    await button(page, 'Step by one iteration').click();
    await mode(page, 'paused', 400_000);
    const after = await log(page);
    expect(after.reloads).toHaveLength(1);
    expect(after.forks).toBeGreaterThanOrEqual(8);
    expect(Math.max(...after.batches)).toBe(8);
    expect(after.requests).toBeGreaterThan(0);

    // The device goes away in the middle of the second iteration.
    await button(page, 'Go on').click();
    await mode(page, 'running');
    await page.evaluate(() => new BroadcastChannel('engine').postMessage('lose'));
    await expect(page.getByText(/The graphics device under WebLLM went away; the model is loaded again/)).toBeVisible({ timeout: 240_000 });
    await mode(page, 'finished', 400_000);
    expect((await log(page)).writes).toBeGreaterThan(0);
    // How it went is shown where the machine is, and how far the two engines were apart among the measures.
    await expect(page.getByText(/Rows are decoded together; new weights are written in place \(the last time/)).toBeVisible();
    await expect(page.locator('.measure').filter({ hasText: 'Mismatch' })).toContainText(/\de-\d|0\.\d/);

    const { run } = await exportRun(page);
    expect(run.manifest.policy).toMatchObject({ name: packed, decoder: { family: 'qwen2', layers: 1 } });
    expect(run.manifest.reflector).toBe(`${packed}, adapter off, JSON`);
    const trained = run.metrics.filter(({ update }) => update !== null);
    expect(trained.length).toBeGreaterThan(0);
    for (const { update } of trained) expect(update?.mismatch).toBeLessThan(1e-3);
    expect(run.metrics.reduce((sum, { reflectionTokens }) => sum + reflectionTokens, 0)).toBeGreaterThan(0);
    const written = run.events.filter(({ why }) => why === 'Written by the language model.');
    expect(written.map(({ action }) => action.op)).toContain('ADD');
    const { adapter } = run.checkpoint;
    expect(adapter.weightVersion).toBe(trained.length);
    const moved = Object.entries(adapter.tensors).filter(([name, { data }]) => name.endsWith('.scale_b') && data.some((x) => x !== 0));
    expect(moved.length).toBeGreaterThan(0);
    // What was written stood in later prompts, and every action's chance is told.
    const last = run.trajectories.filter(({ id }) => id.startsWith('2.'));
    expect(last.some(({ ruleIds }) => ruleIds.length > 0)).toBe(true);
    expect(last.every(({ turns }) => turns.every(({ logprob }) => logprob <= 0))).toBe(true);
  });

  test('a model of a kind that cannot be trained here plays, reflects and learns rules; a method that trains weights gives way', async ({
    page,
  }) => {
    await open(page, foreign);
    await expect(
      page.getByText(new RegExp(`Nothing here can train ${foreign}, and jerp trains weights; using rules-only .*: rules-only, expel`)),
    ).toBeVisible();

    // The page Models says what it can do, and its link chooses a method that goes with that.
    await page.goto(`${origin}/?${settings}#/models`);
    const row = page.getByRole('listitem').filter({ hasText: foreign });
    await expect(row).toContainText('rollout only');
    await expect(row.getByRole('button', { name: 'Test' })).toBeVisible();
    await row.getByRole('link', { name: 'Use' }).click();
    await expect(page.getByTestId('machine')).toHaveAttribute('data-state', 'ready', { timeout: 240_000 });
    await expect(
      page.getByText(/Nothing here can train this model: it plays and writes rules.* Rollouts keep keys and values of up to/),
    ).toBeVisible();
    await bringGames(page);
    await button(page, 'Train').click();
    await mode(page, 'finished', 600_000);
    await expect(page.getByText('Rows are decoded together.')).toBeVisible();
    const { forks, batches, writes } = await log(page);
    expect(forks).toBeGreaterThanOrEqual(8);
    expect(Math.max(...batches)).toBe(8);
    expect(writes).toBe(0);

    const { run } = await exportRun(page);
    expect(run.manifest.policy).toMatchObject({ name: foreign, adapterParameters: 0 });
    expect(run.manifest.config.method).toBe('rules-only');
    expect(run.metrics.every(({ update }) => update === null)).toBe(true);
    expect(run.checkpoint.adapter).toMatchObject({ weightVersion: 0, tensors: {} });
    // Rules were written, read in the next iteration, and what they do was measured through the engine.
    expect(run.events.map(({ action }) => action.op)).toContain('ADD');
    expect(run.trajectories.filter(({ id }) => id.startsWith('2.')).some(({ ruleIds }) => ruleIds.length > 0)).toBe(true);
    const absorption = run.metrics.flatMap((metrics) => metrics.absorption ?? []);
    expect(absorption.length).toBeGreaterThan(0);
    expect(absorption.every(({ gain }) => Math.abs(gain) > 1e-6)).toBe(true);

    await turnTo(page, 'Runs');
    await button(page, 'other formats').click();
    await button(page, 'Adapter for PEFT').click();
    await expect(page.getByText(/there is no adapter to take along/)).toBeVisible();
  });

  test('the self-test of a model that only plays says whether it answers as allowed, reads its answers the same, and writes JSON', async ({
    page,
  }) => {
    await page.goto(`${origin}/?backend=wasm#/models`);
    const row = page.getByRole('listitem').filter({ hasText: foreign });
    await row.getByRole('button', { name: 'Test' }).click();
    const result = page.getByTestId('self-test');
    await expect(result).toContainText('It plays and writes as it should.', { timeout: 400_000 });
    const [, right, all] = /(\d+) of (\d+) answers were among those allowed/.exec((await result.textContent()) ?? '') ?? [];
    expect(Number(all)).toBeGreaterThan(0);
    expect(right).toBe(all);
    await expect(result).toContainText(/Read again, their log-probabilities differ by up to [\d.e-]+/);
    await expect(result).toContainText('What it writes under a schema is valid.');
    await expect(result).toContainText(/WebLLM [\d.,]+ tokens\/s/);
  });

  test('an adapter leaves for PEFT, the episodes as chats, and the adapter begins a new run', async ({ page }) => {
    await open(page, floats);
    await bringGames(page);
    await button(page, 'Step by one iteration').click();
    await mode(page, 'paused', 400_000);
    await turnTo(page, 'Runs');
    const take = async (name: string) => {
      await button(page, 'other formats').click();
      const [file] = await Promise.all([page.waitForEvent('download'), button(page, name).click()]);
      return { name: file.suggestedFilename(), bytes: new Uint8Array(await readFile(await file.path())) };
    };
    const peft = await take('Adapter for PEFT');
    const files = unzipSync(peft.bytes);
    expect(Object.keys(files).sort()).toEqual(['adapter_config.json', 'adapter_model.safetensors']);
    expect(JSON.parse(new TextDecoder().decode(files['adapter_config.json']))).toMatchObject({
      peft_type: 'LORA',
      r: 8,
      base_model_name_or_path: 'HuggingFaceTB/SmolLM2-micro',
    });
    expect(readSafetensors(files['adapter_model.safetensors'] as Uint8Array).size).toBe(14);

    await button(page, 'other formats').click();
    const { text } = await download(page, () => button(page, 'Episodes as chats').click());
    const lines = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { messages: { role: string }[]; group_id: string });
    expect(lines).toHaveLength(8);
    expect(lines[0]?.messages.slice(0, 3).map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
    expect(new Set(lines.map(({ group_id }) => group_id)).size).toBe(2);

    await page.getByTestId('import-run').setInputFiles({ name: peft.name, mimeType: 'application/zip', buffer: Buffer.from(peft.bytes) });
    await expect(page.getByText('Not begun')).toBeVisible();
    await button(page, 'Train').click();
    await mode(page, 'finished', 600_000);
    const { run } = await exportRun(page);
    expect(run.checkpoint.adapter.rank).toBe(8);
    expect(run.metrics[0]?.evaluation?.adapter).toBe(true);

    // One that does not fit is refused in a sentence, and no run is begun with it.
    await turnTo(page, 'Runs');
    await page
      .getByTestId('import-run')
      .setInputFiles({ name: 'adapter_config.json', mimeType: 'application/json', buffer: Buffer.from('{"peft_type":"LORA"}') });
    await expect(page.getByText(/A PEFT adapter has two files/)).toBeVisible();
  });

  test('the page Models downloads with progress, tests both engines against each other, and deletes', async ({ page }) => {
    await page.goto(`${origin}/?backend=wasm#/models`);
    const row = page.getByRole('listitem').filter({ hasText: packed });
    await expect(row).toContainText('scales, biases and norms');
    await row.getByRole('button', { name: 'Download' }).click();
    await expect(row.getByRole('button', { name: 'Delete' })).toBeEnabled({ timeout: 120_000 });
    await expect(row).toContainText(/here, \d+ MB/);
    await expect(row.getByRole('button', { name: 'Download' })).toHaveCount(0);
    await row.getByRole('button', { name: 'Test' }).click();
    const result = page.getByTestId('self-test');
    await expect(result).toContainText('after an update', { timeout: 400_000 });
    await expect(result).toContainText(/The update moved the log-probabilities of what was played before it by up to \d/);
    await expect(result).toContainText('Rows are decoded together; new weights are written in place');
    await expect(result).toContainText(/Rollouts keep keys and values of up to [\d,]+ tokens/);
    await expect(result).toContainText('A training step takes at most');
    await expect(result.getByText('They agree.')).toHaveCount(2);
    await row.getByRole('button', { name: 'Delete' }).click();
    await button(page, 'Delete it').click();
    await expect(row.getByRole('button', { name: 'Delete' })).toHaveCount(0);
  });

  test('a download tells how far it is and how long it takes, stops when asked, keeps only what is whole, and goes on from there', async ({
    page,
  }) => {
    const shards = Array.from({ length: 4 }, (_, n) => Buffer.alloc(3_000_000, n + 1));
    const records = shards.map((bytes, n) => ({
      dataPath: `params_shard_${n}.bin`,
      nbytes: bytes.length,
      md5sum: createHash('md5').update(bytes).digest('hex'),
      records: [],
    }));
    host.put(bulkyId, 'tensor-cache.json', Buffer.from(JSON.stringify({ records })));
    host.put(bulkyId, 'mlc-chat-config.json', bulkyConfig());
    host.put(bulkyId, 'tokenizer.json', Buffer.from('{"model":{}}'));
    shards.forEach((bytes, n) => host.put(bulkyId, `params_shard_${n}.bin`, bytes));
    const kept = () =>
      page.evaluate(async () => {
        const all: string[] = [];
        for (const scope of ['webllm/model', 'webllm/config', 'webllm/wasm'])
          for (const { url } of await (await caches.open(scope)).keys()) all.push(url.slice(url.lastIndexOf('/') + 1));
        return all.sort();
      });
    const small = ['mlc-chat-config.json', 'tensor-cache.json', 'tokenizer.json', `${bulkyId}.wasm`];
    const whole = (...numbers: number[]) => [...small, ...numbers.map((n) => `params_shard_${n}.bin`)].sort();

    await page.goto(`${origin}/?backend=cpu#/models`);
    const row = page.getByRole('listitem').filter({ hasText: bulkyId });
    const start = row.getByRole('button', { name: 'Download' });
    // The first shard comes whole, the second in part, and the third not at all.
    host.answer = (name, bytes, response) => {
      if (name === 'params_shard_0.bin' || !name.includes('shard')) return response.end(bytes);
      if (name === 'params_shard_1.bin') response.write(bytes.subarray(0, 1_000_000));
    };
    await start.click();
    const status = row.getByRole('status');
    await expect(status).toContainText(/Fetching weights, 4 MB of 12 MB, about .* left/);
    await expect(start).toBeDisabled();
    await expect.poll(kept).toEqual(whole(0));
    await status.getByRole('button', { name: 'Cancel' }).click();
    const alert = row.getByRole('alert');
    await expect(alert).toContainText('The download was stopped; what has arrived is kept');
    await expect(row).toContainText('here, 3 MB of 12 MB');
    expect(await kept()).toEqual(whole(0));

    const failing = async (how: (bytes: Buffer, response: ServerResponse) => unknown, why: RegExp) => {
      host.answer = (name, bytes, response) => (name === 'params_shard_1.bin' ? how(bytes, response) : response.end(bytes));
      await start.click();
      await expect(alert).toContainText(why);
      // The others were on their way, and arrived.
      await expect(row).toContainText('here, 9 MB of 12 MB');
      expect(await kept()).toEqual(whole(0, 2, 3));
    };
    await failing(
      (bytes, response) => response.end(bytes.subarray(0, 1_000_000)),
      /params_shard_1\.bin arrived with 1000000 bytes instead of 3000000 and was not kept/,
    );
    await failing((bytes, response) => response.end(Buffer.alloc(bytes.length)), /params_shard_1\.bin arrived damaged/);
    await failing(
      (_, response) => response.writeHead(503).end(),
      /localhost:4196 answered 503.*Try again later; what is already here is kept/,
    );
    await failing((_, response) => response.destroy(), /params_shard_1\.bin could not be downloaded; check the connection/);
    await failing((bytes, response) => {
      response.writeHead(200, { 'Content-Length': bytes.length });
      response.write(bytes.subarray(0, 1_000_000), () => response.destroy());
    }, /params_shard_1\.bin could not be downloaded; check the connection/);

    host.answer = (_, bytes, response) => response.end(bytes);
    host.asked.length = 0;
    await start.click();
    await expect(row).toContainText('here, 12 MB');
    await expect(start).toHaveCount(0);
    await expect(alert).toHaveCount(0);
    expect(host.asked).toEqual(['params_shard_1.bin']);
    expect(await kept()).toEqual(whole(0, 1, 2, 3));
    await page.reload();
    await expect(row).toContainText('here, 12 MB');

    await row.getByRole('button', { name: 'Delete' }).click();
    await button(page, 'Delete it').click();
    await expect(row).toContainText('size of the download unknown until it is asked for');
    expect(await kept()).toEqual([]);
  });
});
