import { expect, test } from 'vitest';
import { matching } from './model-search.ts';

const rows = [
  'Qwen2.5-0.5B-Instruct-q4f16_1-MLC scale adapter',
  'Qwen2.5-0.5B-Instruct-q0f16-MLC LoRA',
  'gemma-2-2b-it-q4f16_1-MLC rollout only',
];
const found = (words: string) => matching(rows, words, (row) => row).map((row) => rows.indexOf(row));

test('every word has to stand in a row, in any order and case; without words all do', () => {
  expect(found('')).toEqual([0, 1, 2]);
  expect(found('  ')).toEqual([0, 1, 2]);
  expect(found('lora QWEN')).toEqual([1]);
  expect(found('q4f16')).toEqual([0, 2]);
  expect(found('qwen rollout')).toEqual([]);
});

test('signs of regular expressions are letters like others', () => {
  expect(found('2.5-0.5')).toEqual([0, 1]);
  expect(found('.*')).toEqual([]);
  expect(found('(')).toEqual([]);
});
