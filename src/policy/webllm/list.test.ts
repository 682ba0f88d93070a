import { prebuiltAppConfig } from '@mlc-ai/web-llm';
import { expect, test } from 'vitest';
import { contextOf, nearestNames, recordOf, UnknownModel } from './list.ts';

const list = prebuiltAppConfig.model_list;

test("every -1k model of WebLLM's list is loaded with the 1,024 tokens of its record, the others with no more than theirs", () => {
  const small = list.filter(({ model_id }) => model_id.endsWith('-1k'));
  expect(small.length).toBeGreaterThan(20);
  expect(small.filter((record) => contextOf(record, 4096) !== 1024)).toEqual([]);
  expect(contextOf(recordOf(list, 'TinyLlama-1.1B-Chat-v1.0-q4f16_1-MLC'), 4096)).toBe(2048);
  expect(contextOf(recordOf(list, 'Qwen3-0.6B-q4f16_1-MLC'), 4096)).toBe(4096);
  expect(contextOf({ overrides: { context_window_size: -1 } }, 4096)).toBe(4096);
  expect(contextOf({}, 2048)).toBe(2048);
});

test('an unknown name is answered by the names near it: in another case, without its quantisation, with a wrong one', () => {
  const qwen = ['q4f16_1', 'q4f32_1', 'q0f16', 'q0f32'].map((stored) => `Qwen2.5-0.5B-Instruct-${stored}-MLC`);
  expect(nearestNames(list, 'Qwen2.5-0.5B-Instruct').sort()).toEqual(qwen.sort());
  expect(nearestNames(list, 'qwen3-0.6b-q4f16_1-mlc')).toEqual(['Qwen3-0.6B-q4f16_1-MLC']);
  expect(nearestNames(list, 'SmolLM2-135M-Instruct-q8f16_1-MLC')).toContain('SmolLM2-135M-Instruct-q0f16-MLC');
  expect(nearestNames(list, 'snowflake-arctic-embed-m')).toEqual([]);
  for (const far of ['no-such-model', `${'A'.repeat(80)}-q4f16_1-MLC`, '']) expect(nearestNames(list, far)).toEqual([]);
  expect(() => recordOf(list, 'Qwen3-0.6B-q4f16-MLC')).toThrow(UnknownModel);
  expect(() => recordOf(list, 'Qwen3-0.6B-q4f16-MLC')).toThrow(
    `WebLLM's list has no model named "Qwen3-0.6B-q4f16-MLC"; the page Models shows those that it has. Near it: Qwen3-0.6B-q4f16_1-MLC`,
  );
});
