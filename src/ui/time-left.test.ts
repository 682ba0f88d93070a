import { expect, test } from 'vitest';
import { sampleMetrics } from '../storage/sample.ts';
import { defaultConfig } from '../trainer/config.ts';
import type { Phase } from '../types.ts';
import { secondsLeft, shareBehind } from './time-left.ts';

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
  expect(secondsLeft([row(0, { evaluate: 10 })], { ...config, epochs: 2 }, 7)).toBe(4 * 10 + 5 * 10);
  expect(secondsLeft([], config, 0.1)).toBe(4 * 7.5 + 6 * 10);
});

test('a run that came without its times is estimated like a new one, and one that is done has nothing left', () => {
  const rows = [0, 1, 2, 3, 4].map((i) => row(i, {}));
  expect(secondsLeft(rows.slice(0, 3), config, null)).toBeNull();
  expect(secondsLeft(rows.slice(0, 3), config, 0.1)).toBe(2 * 7.5 + 4 * 10);
  expect(secondsLeft(rows, config, 0.1)).toBe(0);
});

test('within an iteration the time left falls and the share behind rises as episodes end, phase by phase, and no step takes it back', () => {
  const rows = [row(0, { evaluate: 10 }), row(1, { act: 3, step: 1 })];
  const at = (phase: Phase, done: number, total: number, rounds = 0) => ({ iteration: 2, phase, done, total, rounds });
  const way = [
    at('retrieve', 0, 1),
    at('act', 0, 10),
    at('act', 5, 10),
    at('act', 10, 10),
    at('step', 1, 2),
    at('evaluate', 0, 20),
    at('evaluate', 10, 20),
  ];
  const whole = 3 * 4 + (2 + 3) * 10;
  expect(way.map((under) => whole - (secondsLeft(rows, config, null, under) ?? 0))).toEqual([0, 0, 1.5, 3, 3.5, 4, 9]);
  expect(way.map((under) => shareBehind(rows, config, null, under) * 14)).toEqual([0, 0, 1.5, 3, 3.5, 4, 9].map((n) => expect.closeTo(n)));
  // At the end the panel is played four times: each round begins where the one before ended.
  const last = [...rows, row(2, { act: 3, step: 1 }), row(3, { act: 3, step: 1 })];
  const end = (rounds: number, done: number) =>
    secondsLeft(last, config, null, { iteration: 4, phase: 'evaluate', done, total: 20, rounds });
  expect([end(0, 0), end(0, 20), end(1, 0), end(3, 10), end(3, 20)]).toEqual([40, 30, 30, 5, 0]);
});

test('what is under way before the first iteration, or is stored already, moves no bar', () => {
  const under = (iteration: number) => ({ iteration, phase: 'evaluate' as const, done: 10, total: 20, rounds: 0 });
  expect(shareBehind([], config, 0.1, under(0))).toBe(0);
  expect(secondsLeft([], config, 0.1, under(0))).toBe(4 * 7.5 + 6 * 10 - 5);
  const rows = [row(0, { evaluate: 10 }), row(1, { act: 3, step: 1 })];
  expect(shareBehind(rows, config, null, under(1))).toBe(0);
  expect(secondsLeft(rows, config, null, under(1))).toBe(secondsLeft(rows, config, null));
});
