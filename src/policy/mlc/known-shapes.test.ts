import { prebuiltAppConfig } from '@mlc-ai/web-llm';
import { expect, test } from 'vitest';
import { abilityOf } from '../../trainer/language-models.ts';
import { parametersOf } from './architecture.ts';
import { knownShape, type StoredShape } from './known-shapes.ts';

const list = prebuiltAppConfig.model_list;
const shape = (name: string): StoredShape => {
  const found = knownShape(name);
  if (!found) throw new Error(`${name} has no known shape.`);
  return found;
};

test.each([
  ['SmolLM2-135M-Instruct-q0f16-MLC', 134_515_008],
  ['SmolLM2-360M-Instruct-q4f16_1-MLC', 361_821_120],
  ['SmolLM2-1.7B-Instruct-q4f16_1-MLC', 1_711_376_384],
  ['TinyLlama-1.1B-Chat-v1.0-q4f16_1-MLC-1k', 1_100_048_384],
  ['Llama-3.2-1B-Instruct-q0f32-MLC', 1_235_814_400],
  ['Hermes-3-Llama-3.2-3B-q4f32_1-MLC', 3_212_749_824],
  ['DeepSeek-R1-Distill-Llama-8B-q4f16_1-MLC', 8_030_261_248],
  ['Qwen2.5-Coder-0.5B-Instruct-q4f32_1-MLC', 494_032_768],
  ['Qwen2-Math-1.5B-Instruct-q4f16_1-MLC', 1_543_714_304],
  ['Qwen2.5-3B-Instruct-q4f16_1-MLC', 3_085_938_688],
  ['DeepSeek-R1-Distill-Qwen-7B-q4f32_1-MLC', 7_615_616_512],
  ['Qwen3-0.6B-q0f16-MLC', 596_049_920],
  ['Qwen3-1.7B-q4f16_1-MLC', 1_720_574_976],
  ['Qwen3-4B-q4f16_1-MLC', 4_022_468_096],
  ['Qwen3-8B-q4f16_1-MLC', 8_190_735_360],
])('the shape of %s has as many parameters as its makers publish, to the last one', (name, published) => {
  expect(parametersOf(shape(name))).toBe(published);
});

test("every model of WebLLM's list that can be trained has a known shape, stored as its name says", () => {
  const trained = list.filter(({ model_id }) => abilityOf(model_id) !== 'rollouts').map(({ model_id }) => model_id);
  expect(trained.length).toBeGreaterThan(60);
  for (const name of trained) expect(name).toContain(`-${shape(name).quantisation}-MLC`);
  for (const name of [
    'Llama-3.1-70B-Instruct-q3f16_1-MLC',
    'gemma-2-2b-it-q4f16_1-MLC',
    'Qwen3.5-2B-q4f16_1-MLC',
    'Qwen2-micro-q4f32_1-MLC',
  ])
    expect(knownShape(name)).toBeNull();
});

test("layers and key-value heads agree with WebLLM's list: a longer window takes as much more memory as its keys and values are large", () => {
  let pairs = 0;
  for (const { model_id, vram_required_MB = 0 } of list) {
    const known = model_id.endsWith('-1k') ? knownShape(model_id) : null;
    const long = list.find((other) => other.model_id === model_id.slice(0, -3));
    if (!known || !long) continue;
    const tokens = Number(long.overrides?.context_window_size) - 1024;
    const perToken = known.layers * 2 * known.kvHeads * known.headWidth * (known.quantisation.includes('f16') ? 2 : 4);
    // Some records count in units of 2^20 bytes.
    const stated = ((long.vram_required_MB as number) - vram_required_MB) * 1e6;
    expect(stated / (tokens * perToken), model_id).toBeGreaterThan(0.95);
    expect(stated / (tokens * perToken), model_id).toBeLessThan(1.005);
    pairs++;
  }
  expect(pairs).toBeGreaterThanOrEqual(6);
});
