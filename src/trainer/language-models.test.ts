import { prebuiltAppConfig } from '@mlc-ai/web-llm';
import { expect, test } from 'vitest';
import { speaks } from '../policy/webllm/list.ts';
import { abilityOf, downloadBytes, isLanguageModel } from './language-models.ts';

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
