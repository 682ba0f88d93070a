import { expect, test } from 'vitest';
import { sampleManifest, sampleMetrics } from '../storage/sample.ts';
import type { RunRecord } from '../storage/store.ts';
import { modeOf, secondsLeft, type Facts } from './mode.ts';

const run: RunRecord = { ...sampleManifest(), status: 'running', iteration: 1 };
const facts: Facts = { machine: 'ready', busy: null, pausing: false, holding: false, held: new Set(), putDown: new Map() };

test('a run whose tab was closed can be gone on with; one that another tab holds can not', () => {
  expect(modeOf(run, null, facts)).toBe('interrupted');
  expect(modeOf(run, null, { ...facts, held: new Set([run.id]) })).toBe('elsewhere');
  expect(modeOf(run, null, { ...facts, busy: run.id, held: new Set([run.id]) })).toBe('running');
});

test('a run that was put down is not called interrupted while the store catches up', () => {
  expect(modeOf(run, null, { ...facts, putDown: new Map([[run.id, 'paused']]) })).toBe('paused');
});

test('a run that waits for the next single step is held, and goes on when the person says so', () => {
  expect(modeOf(run, null, { ...facts, busy: run.id, holding: true })).toBe('held');
  expect(modeOf(run, null, { ...facts, busy: run.id, holding: true, pausing: true })).toBe('pausing');
});

test('one iteration that took an hour, because the tab was frozen, does not spoil the time left', () => {
  const config = { ...run.config, iterations: 4, evalEvery: 0 };
  const rows = [4, 3600, 4].map((act, i) => ({ ...sampleMetrics(i + 1), seconds: { act } }));
  expect(secondsLeft(rows, config)).toBe(4);
});

test('a run that was begun but is not stored yet counts as running', () => {
  expect(modeOf(null, 'pale-finch', { ...facts, busy: 'pale-finch' })).toBe('running');
  expect(modeOf(null, null, facts)).toBe('ready');
});

test('the time left counts iterations and the evaluations that are due, and is silent before the first iteration', () => {
  const config = { ...run.config, iterations: 4, evalEvery: 2 };
  const first = { ...sampleMetrics(0), seconds: { evaluate: 10 } };
  expect(secondsLeft([first], config)).toBeNull();
  expect(secondsLeft([first, { ...sampleMetrics(1), seconds: { act: 3, step: 1 } }], config)).toBe(4 * 3 + 2 * 10);
});
