import { prebuiltAppConfig } from '@mlc-ai/web-llm';
import { expect, test } from 'vitest';
import { downloadBytes, isLanguageModel, trainsAs } from './language-models.ts';

const names = prebuiltAppConfig.model_list.map(({ model_id }) => model_id);

test("every name of WebLLM's list is one of a language model, and what is no such name is a folder of this page", () => {
  expect(names.filter((name) => !isLanguageModel(name))).toEqual([]);
  for (const name of ['tiny', 'tiny-q8', 'SmolLM2-135M', 'mine-MLC']) expect(isLanguageModel(name)).toBe(false);
});

test('what is offered is of the families that the trainer computes, and its download is known', () => {
  const offered = names.filter((name) => trainsAs(name) !== null);
  expect(offered.length).toBeGreaterThan(60);
  for (const name of [
    'gemma3-1b-it-q4f16_1-MLC',
    'Qwen3.5-0.8B-q4f16_1-MLC',
    'Llama-3.1-70B-Instruct-q3f16_1-MLC',
    'snowflake-arctic-embed-m-q0f32-MLC-b4',
  ])
    expect(offered).not.toContain(name);
  expect(trainsAs('Hermes-3-Llama-3.2-3B-q4f32_1-MLC')).toBe('scales, biases and norms');
  expect(trainsAs('DeepSeek-R1-Distill-Qwen-7B-q4f16_1-MLC')).toBe('scales, biases and norms');
  expect(trainsAs('Qwen3-0.6B-q0f32-MLC')).toBe('LoRA');
  expect(offered.filter((name) => downloadBytes(name) === null)).toEqual([]);
  // A download is never more than what WebLLM says the model takes in memory.
  for (const { model_id, vram_required_MB = 0 } of prebuiltAppConfig.model_list)
    if (trainsAs(model_id)) expect(downloadBytes(model_id), model_id).toBeLessThan(vram_required_MB * 1.05e6);
});
