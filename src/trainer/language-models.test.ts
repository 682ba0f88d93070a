import { prebuiltAppConfig } from '@mlc-ai/web-llm';
import { expect, test } from 'vitest';
import { smallDecoder } from '../policy/decoder/testing.ts';
import { recordOf, speaks } from '../policy/webllm/list.ts';
import { abilityOf, downloadBytes, isLanguageModel, trainingMemory } from './language-models.ts';

const names = prebuiltAppConfig.model_list.map(({ model_id }) => model_id);

test("every name of WebLLM's list is one of a language model, and what is no such name is a folder of this page", () => {
  expect(names.filter((name) => !isLanguageModel(name))).toEqual([]);
  for (const name of ['tiny', 'tiny-q8', 'SmolLM2-135M', 'mine-MLC']) expect(isLanguageModel(name)).toBe(false);
});

test('what can be trained is of the families that the trainer computes; all others that speak can play', () => {
  const trained = names.filter((name) => abilityOf(name) !== 'rollouts');
  expect(trained.length).toBeGreaterThan(60);
  for (const name of ['gemma3-1b-it-q4f16_1-MLC', 'Qwen3.5-0.8B-q4f16_1-MLC', 'Llama-3.1-70B-Instruct-q3f16_1-MLC'])
    expect(abilityOf(name)).toBe('rollouts');
  expect(abilityOf('Hermes-3-Llama-3.2-3B-q4f32_1-MLC')).toBe('scales');
  expect(abilityOf('DeepSeek-R1-Distill-Qwen-7B-q4f16_1-MLC')).toBe('scales');
  expect(abilityOf('Qwen3-0.6B-q0f32-MLC')).toBe('lora');
  const dumb = prebuiltAppConfig.model_list.filter((record) => !speaks(record)).map(({ model_id }) => model_id);
  expect(dumb.length).toBeGreaterThan(0);
  expect(dumb.filter((name) => !name.includes('-embed-'))).toEqual([]);
});

test('the download of what can be trained is known, and none is more than what WebLLM says the model takes in memory', () => {
  expect(names.filter((name) => abilityOf(name) !== 'rollouts' && downloadBytes(name) === null)).toEqual([]);
  for (const { model_id, vram_required_MB = 0 } of prebuiltAppConfig.model_list)
    expect(downloadBytes(model_id) ?? 0, model_id).toBeLessThan(vram_required_MB * 1.05e6);
});

const gigabyte = { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 };

test('the memory of a training step is known before the download for all that can be trained, and for nothing else', () => {
  for (const record of prebuiltAppConfig.model_list) {
    const bytes = trainingMemory(record, null, gigabyte);
    if (abilityOf(record.model_id) === 'rollouts') expect(bytes).toBeNull();
    // Its weights lie there a second time, for the gradients.
    else expect(bytes, record.model_id).toBeGreaterThan(downloadBytes(record.model_id) as number);
  }
  const of = (name: string) => (trainingMemory(recordOf(prebuiltAppConfig.model_list, name), null, gigabyte) as number) / 1e9;
  expect(of('SmolLM2-135M-Instruct-q0f16-MLC')).toBeCloseTo(2.3, 1);
  expect(of('Qwen2.5-0.5B-Instruct-q4f16_1-MLC')).toBeCloseTo(5, 0);
  expect(of('Llama-3.1-8B-Instruct-q4f16_1-MLC')).toBeCloseTo(21, 0);
  expect(of('Llama-3.1-8B-Instruct-q4f16_1-MLC-1k')).toBeLessThan(of('Llama-3.1-8B-Instruct-q4f16_1-MLC') / 1.8);
});

test('a name without a known shape is told once its configuration is here', () => {
  const record = { model_id: 'Qwen2-micro-q4f32_1-MLC' };
  expect(abilityOf(record.model_id)).toBe('scales');
  expect(trainingMemory(record, null, gigabyte)).toBeNull();
  const config = smallDecoder('qwen2', 'q4f32_1', { context: 512 });
  expect(trainingMemory(record, config, gigabyte)).toBeGreaterThan(0);
  expect(trainingMemory(record, { ...config, context: 2048 }, gigabyte)).toBeGreaterThan(
    trainingMemory(record, config, gigabyte) as number,
  );
});
