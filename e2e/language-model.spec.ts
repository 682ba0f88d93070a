/**
 * The whole loop on a language model, on the page as it is built, with one package replaced: WebLLM by an engine of its
 * shape. What is shown is that rollouts, reflection under a schema, update, sync and recovery go through the page's own
 * code; what a real engine does is shown by `real-engine`.
 */
import { expect, test, type Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { build, preview, type PreviewServer } from 'vite';
import { readSafetensors } from '../src/policy/decoder/safetensors.ts';
import { fileNames, makeModels, modelIds } from './language-model/models.ts';
import { bringGames, button, download, exportRun, mode, smallHome, turnTo } from './lab.ts';

const [packed, floats] = modelIds;
const port = 4196;
const origin = `http://localhost:${port}`;
const settings = 'backend=wasm&reflector=policy&tasks=2&group=4&steps=8&evalGames=2&evalSteps=6&evalEvery=0&iterations=2&lr=0.01';

test.describe('a language model on the page', () => {
  test.setTimeout(900_000);
  let server: PreviewServer;

  test.beforeAll(async () => {
    const root = resolve(import.meta.dirname, '..');
    const outDir = join(root, '.cache/language-model');
    const configFile = join(root, 'vite.config.ts');
    const alias = { '@mlc-ai/web-llm': join(import.meta.dirname, 'language-model/fake-webllm.ts') };
    await build({ configFile, logLevel: 'warn', resolve: { alias }, build: { outDir, emptyOutDir: true, minify: false } });
    const homes = Array.from({ length: 12 }, (_, i) => smallHome('training', i));
    for (const [id, files] of await makeModels(homes)) {
      expect([...files.keys()].sort()).toEqual([...fileNames].sort());
      mkdirSync(join(outDir, 'made', id), { recursive: true });
      for (const [name, bytes] of files) writeFileSync(join(outDir, 'made', id, name), bytes);
    }
    server = await preview({ configFile, logLevel: 'warn', build: { outDir }, preview: { port, strictPort: true } });
  });
  test.afterAll(async () => server?.close());

  const open = async (page: Page, model: string, hash = '') => {
    await page.goto(`${origin}/?model=${model}&${settings}${hash}`);
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

  test('an adapter leaves for PEFT, the episodes as chats, and the adapter begins a new run', async ({ page }) => {
    await open(page, floats);
    await bringGames(page);
    await button(page, 'Step by one iteration').click();
    await mode(page, 'paused', 400_000);
    await turnTo(page, 'Runs');
    const take = async (name: string) => {
      await button(page, 'take elsewhere').click();
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

    await button(page, 'take elsewhere').click();
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
    await expect(row).not.toContainText(' of it');
    await row.getByRole('button', { name: 'Test' }).click();
    const result = page.getByTestId('self-test');
    await expect(result).toContainText('after an update', { timeout: 400_000 });
    await expect(result).toContainText('rows decoded together; new weights in place');
    await expect(result).toContainText('A training step takes at most');
    await expect(result.getByText('They agree.')).toHaveCount(2);
    await row.getByRole('button', { name: 'Delete' }).click();
    await expect(row.getByRole('button', { name: 'Delete' })).toHaveCount(0);
  });
});
