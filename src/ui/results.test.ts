import { expect, test } from 'vitest';
import { readResult } from './results.ts';

const row = { method: 'jerp', env: 'alfworld', success: 0.5, ci95: [0.4, 0.6], score: 0.5, seeds: 3, episodes: 640, tokens: 1e6 };
const point = { iteration: 1, episodes: 64, tokens: 1e5, success: 0.5, score: 0.5, low: 0.4, high: 0.6 };

test('what is damaged in a result is left out, the rest is shown', () => {
  const result = readResult('budget', {
    command: 'npm run experiment -- budget',
    rows: [row, { method: 'grpo' }, { ...row, success: 7 }],
    curves: [{ method: 'jerp', env: 'alfworld', points: [point] }, 7],
    comparisons: [
      { a: 'jerp', b: 'base', env: 'alfworld', difference: 0.1, ci95: [0, 0.2], p: 0.04 },
      { a: 'jerp', b: 'grpo', difference: 0, ci95: [0, 0], p: 1, pSeeds: 0.25, seeds: 3 },
      null,
    ],
    tables: [{ title: 'At 10 tokens', columns: ['method'], rows: [['jerp', 3]] }, { title: 'broken' }],
  });
  expect(result).toMatchObject({ name: 'budget', command: 'npm run experiment -- budget' });
  expect([result?.rows.length, result?.curves.length, result?.comparisons.length, result?.tables.length]).toEqual([1, 1, 2, 1]);
  // Results of before there were p-values over seeds, and notes below tables, are shown without.
  expect(result?.comparisons.map(({ seeds, pSeeds }) => [seeds, pSeeds])).toEqual([
    [null, null],
    [3, 0.25],
  ]);
  expect(result?.tables[0]?.note).toBe('');
});

test.each([null, 7, [], {}, { rows: [{ method: 'x' }] }])('%j holds nothing to show', (value) => {
  expect(readResult('x', value)).toBeNull();
});
