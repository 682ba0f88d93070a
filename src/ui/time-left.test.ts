import { expect, test } from 'vitest';
import { sampleMetrics } from '../storage/sample.ts';
import { defaultConfig } from '../trainer/config.ts';
import { secondsLeft } from './time-left.ts';

const config = { ...defaultConfig, iterations: 4, evalEvery: 2, tasks: 2, group: 5, steps: 10, evalGames: 20, evalSteps: 10 };
const row = (iteration: number, seconds: Record<string, number>) => ({ ...sampleMetrics(iteration), seconds, crossed: [] });

test('one iteration that took an hour, because the tab was frozen, does not spoil the time left', () => {
  const rows = [row(0, { evaluate: 1 }), ...[4, 3600, 4].map((act, i) => row(i + 1, { act }))];
  // One more iteration, and the last measurement in four ways.
  expect(secondsLeft(rows, { ...config, evalEvery: 0 }, null)).toBe(4 + 4);
});

test('the time left counts iterations and the evaluations that are due', () => {
  const rows = [row(0, { evaluate: 10 }), row(1, { act: 3, step: 1 })];
  expect(secondsLeft(rows, config, null)).toBe(3 * 4 + (2 + 3) * 10);
  expect(secondsLeft(rows, { ...config, method: 'grpo' }, null)).toBe(3 * 4 + (2 + 1) * 10);
});

test('before the first iteration the time follows from the first measurement, and before that from how fast the policy was timed', () => {
  expect(secondsLeft([], config, null)).toBeNull();
  // 200 possible actions in 10 seconds; an iteration has 100, and its step takes half as long.
  expect(secondsLeft([row(0, { evaluate: 10 })], config, 7)).toBe(4 * 7.5 + 5 * 10);
  expect(secondsLeft([row(0, { evaluate: 10 })], { ...config, method: 'rules-only' }, 7)).toBe(4 * 5 + 3 * 10);
  expect(secondsLeft([], config, 0.1)).toBe(4 * 7.5 + 6 * 10);
});

test('a run that came without its times is estimated like a new one, and one that is done has nothing left', () => {
  const rows = [0, 1, 2, 3, 4].map((i) => row(i, {}));
  expect(secondsLeft(rows.slice(0, 3), config, null)).toBeNull();
  expect(secondsLeft(rows.slice(0, 3), config, 0.1)).toBe(2 * 7.5 + 4 * 10);
  expect(secondsLeft(rows, config, 0.1)).toBe(0);
});
