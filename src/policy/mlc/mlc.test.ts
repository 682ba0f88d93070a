import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Rng } from '../../lib/rng.ts';
import { initialWeights } from '../llama/flat.ts';
import { tinyConfig } from '../llama/config.ts';
import { fromHalf, toHalf } from './floats.ts';
import { memorySource } from './format.ts';
import { md5 } from './md5.ts';
import { readMlc } from './read.ts';
import { writeMlc } from './write.ts';

const config = { ...tinyConfig, vocabulary: 50, width: 16, layers: 2, heads: 2, kvHeads: 1, headWidth: 8, ffn: 20 };
const model = { config, weights: initialWeights(config, new Rng(1)), tokenizer: { model: { vocab: {} } } };

describe('MLC weight folders', () => {
  test('q0f32 gives back every bit of every weight', async () => {
    const files = await writeMlc(model, 'q0f32');
    const loaded = await readMlc(memorySource(files));
    expect(loaded.config).toEqual(config);
    expect(loaded.weights).toEqual(model.weights);
    expect(loaded.tokenizer).toEqual(model.tokenizer);
    expect(loaded.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  test('q0f16 rounds to half precision, and writing that again changes nothing', async () => {
    const once = await readMlc(memorySource(await writeMlc(model, 'q0f16')));
    const twice = await readMlc(memorySource(await writeMlc(once, 'q0f16')));
    expect(twice.weights).toEqual(once.weights);
    expect(twice.hash).toBe(once.hash);
    for (let i = 0; i < once.weights.length; i += 7) {
      const exact = model.weights[i] as number;
      expect(Math.abs((once.weights[i] as number) - exact)).toBeLessThanOrEqual(Math.abs(exact) / 2048 + 2 ** -25);
    }
  });

  test.each(['q4f16_1', 'q4f32_1', 'q8f16_1'] as const)(
    '%s is read as single precision, and writing that again changes no byte of a matrix',
    async (quantisation) => {
      const once = await readMlc(memorySource(await writeMlc(model, quantisation)));
      const twice = await readMlc(memorySource(await writeMlc(once, quantisation)));
      expect(twice.weights).toEqual(once.weights);
      expect(twice.hash).toBe(once.hash);
      expect(once.weights).not.toEqual(model.weights);
    },
  );

  test.each(['sha256', 'md5sum'])('a flipped byte is refused with a sentence that names the file (%s)', async (sum) => {
    const files = await writeMlc(model, 'q0f16');
    const shard = (files.get('params_shard_0.bin') as Uint8Array).slice();
    shard[100] = (shard[100] as number) ^ 1;
    files.set('params_shard_0.bin', shard);
    if (sum === 'md5sum') {
      const text = new TextDecoder().decode(files.get('tensor-cache.json')).replace(/"sha256": "[0-9a-f]*",/, '');
      files.set('tensor-cache.json', new TextEncoder().encode(text));
    }
    await expect(readMlc(memorySource(files))).rejects.toThrow(/params_shard_0\.bin is damaged.*Download the model again/);
  });

  test('a missing tensor and a wrong shape are named', async () => {
    const files = await writeMlc(model, 'q0f16');
    const index = new TextDecoder().decode(files.get('tensor-cache.json'));
    const changed = (from: string, to: string) =>
      memorySource(new Map([...files, ['tensor-cache.json', new TextEncoder().encode(index.replace(from, to))]]));
    await expect(readMlc(changed('model.norm.weight', 'model.morn.weight'))).rejects.toThrow(/model\.morn\.weight/);
    await expect(readMlc(changed('20', '24'))).rejects.toThrow(/shape/);
  });
});

test('halves round to nearest even and keep zeros, subnormals and infinities', () => {
  const values = [0, -0, 1, -2.5, 65504, 65520, 1e-8, 2 ** -24, 1.5 * 2 ** -24, 2.5 * 2 ** -24, 1 + 2 ** -11, 1 + 3 * 2 ** -11];
  const back = fromHalf(toHalf(Float32Array.from(values)));
  expect([...back]).toEqual([0, -0, 1, -2.5, 65504, Infinity, 0, 2 ** -24, 2 ** -23, 2 ** -23, 1, 1 + 2 ** -9]);
});

test('md5 agrees with the platform on all lengths around a block', () => {
  for (let n = 0; n < 140; n++) {
    const data = Uint8Array.from({ length: n }, (_, i) => (i * 37 + n) & 255);
    expect(md5(data)).toBe(createHash('md5').update(data).digest('hex'));
  }
});
