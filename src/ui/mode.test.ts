import { expect, test } from 'vitest';
import { sampleManifest } from '../storage/sample.ts';
import type { RunRecord } from '../storage/store.ts';
import { modeOf, type Facts } from './mode.ts';

const run: RunRecord = { ...sampleManifest(), status: 'running', iteration: 1 };
const facts: Facts = { machine: 'ready', busy: null, coming: false, pausing: false, holding: false, held: new Set(), putDown: new Map() };

test('a run whose tab was closed can be gone on with; one that another tab holds can not', () => {
  expect(modeOf(run, null, facts)).toBe('interrupted');
  expect(modeOf(run, null, { ...facts, held: new Set([run.id]) })).toBe('elsewhere');
  expect(modeOf(run, null, { ...facts, busy: run.id, held: new Set([run.id]) })).toBe('running');
});

test('a run that was put down is not called interrupted while the store catches up', () => {
  const putDown = new Map([[run.id, 'paused']] as const);
  expect(modeOf(run, null, { ...facts, putDown })).toBe('paused');
  // Its worker had to be ended for it, and another is being opened.
  expect(modeOf(run, null, { ...facts, putDown, machine: 'opening' })).toBe('paused');
  expect(modeOf(run, null, { ...facts, machine: 'opening' })).toBe('loading');
});

test('a run that waits for the next single step is held, and goes on when the person says so', () => {
  expect(modeOf(run, null, { ...facts, busy: run.id, holding: true })).toBe('held');
  expect(modeOf(run, null, { ...facts, busy: run.id, holding: true, pausing: true })).toBe('pausing');
});

test('a run that was begun but is not stored yet counts as running', () => {
  expect(modeOf(null, 'pale-finch', { ...facts, busy: 'pale-finch' })).toBe('running');
  expect(modeOf(null, null, { ...facts, coming: true })).toBe('running');
  expect(modeOf(null, 'mint-nightjar', { ...facts, busy: 'pale-finch', coming: true })).toBe('running');
  expect(modeOf(null, null, { ...facts, busy: 'pale-finch', coming: true, pausing: true })).toBe('pausing');
  // The run in view is another one.
  expect(modeOf({ ...run, status: 'finished' }, run.id, { ...facts, busy: 'pale-finch', coming: true })).toBe('finished');
  expect(modeOf(null, null, facts)).toBe('ready');
});
