import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Rng } from '../lib/rng.ts';
import { smallPolicy } from '../policy/llama/testing.ts';
import { adapterToText, peftFiles, peftZip } from '../storage/adapter-files.ts';
import { openAdapter } from './adapter.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'adapter-'));
});
afterAll(() => rm(folder, { recursive: true }));

test("read from disk, PEFT's folder, its zip and our own file hold the numbers that were written", async () => {
  const policy = await smallPolicy('cpu');
  const state = await policy.exportAdapter();
  const rng = new Rng(2);
  for (const { data } of Object.values(state.tensors)) data.forEach((_, i) => (data[i] = 0.3 * rng.normal()));
  for (const [name, bytes] of peftFiles(policy.info, state)) await writeFile(join(folder, name), bytes);
  await writeFile(join(folder, 'all.zip'), peftZip(policy.info, state));
  await writeFile(join(folder, 'own.txt.json'), adapterToText(policy.info, state));
  expect(await openAdapter(join(folder, 'own.txt.json'), policy.info)).toEqual(state);
  await rm(join(folder, 'own.txt.json'));
  for (const path of [folder, join(folder, 'all.zip')]) {
    const read = await openAdapter(path, policy.info);
    for (const [name, { data }] of Object.entries(state.tensors)) {
      if (/\.[mv]$/.test(name)) continue;
      expect(read.tensors[name.replace('.weight.', '.')]?.data, name).toEqual(data);
    }
  }
  await expect(openAdapter(join(folder, 'nowhere'), policy.info)).rejects.toThrow(/There is no adapter at .*nowhere/);
});
