import { expect, test } from 'vitest';
import { sampleManifest, sampleMetrics } from '../storage/sample.ts';
import type { RunRecord } from '../storage/store.ts';
import type { Evaluation, Metrics } from '../types.ts';
import { at, bySeed, differences, joined, pointsOf, seedless, timed } from './compare.ts';

const evaluation = { success: 0.5, ci95: [0.3, 0.7] } as Evaluation;
const rows: Metrics[] = [
  { ...sampleMetrics(0), episodes: 0, rolloutTokens: 0, updateTokens: 0, reflectionTokens: 0, seconds: { evaluate: 60 }, evaluation },
  { ...sampleMetrics(1), episodes: 8, rolloutTokens: 100, updateTokens: 45, reflectionTokens: 5, seconds: { act: 60 } },
  {
    ...sampleMetrics(2),
    episodes: 8,
    rolloutTokens: 100,
    updateTokens: 45,
    reflectionTokens: 5,
    seconds: { act: 60, evaluate: 60 },
    evaluation,
  },
];
const run: RunRecord = { ...sampleManifest(), status: 'paused', iteration: 2 };

test('points stand where the run was by then: episodes, tokens, iterations, minutes without evaluation', () => {
  expect(pointsOf(rows, 'episodes').map(({ x }) => x)).toEqual([0, 16]);
  expect(pointsOf(rows, 'tokens').map(({ x }) => x)).toEqual([0, 300]);
  expect(pointsOf(rows, 'iterations').map(({ x }) => x)).toEqual([0, 2]);
  expect(pointsOf(rows, 'minutes').map(({ x }) => x)).toEqual([0, 2]);
  expect(pointsOf(rows, 'episodes')[0]).toMatchObject({ y: 50, low: 30, high: 70 });
});

test('a run is set beside others by minutes only if each of its iterations was timed', () => {
  const untimed = { ...sampleMetrics(3), seconds: {} };
  expect(timed(rows)).toBe(true);
  expect(timed([{ ...sampleMetrics(0), seconds: {} }, ...rows.slice(1)])).toBe(true);
  expect(timed([...rows, untimed])).toBe(false);
});

test('seeds are joined where all of them were measured, with the band from lowest to highest', () => {
  const line = (ys: number[]) => ys.map((y, x) => ({ x, y, low: 0, high: 100 }));
  expect(joined([line([10, 20, 30]), line([20, 40])])).toEqual([
    { x: 0, y: 15, low: 10, high: 20 },
    { x: 1, y: 30, low: 20, high: 40 },
  ]);
});

test('only runs that differ in nothing but the seed are joined', () => {
  const other = (config: Partial<RunRecord['config']>) => seedless({ ...run, config: { ...run.config, ...config } });
  expect(other({ seed: 9 })).toBe(seedless(run));
  expect(other({ k: 0 })).not.toBe(seedless(run));
  expect(seedless({ ...run, world: { ...run.world, hash: 'other' } })).not.toBe(seedless(run));
});

test('a reading between two points is that of the one before', () => {
  expect(at(pointsOf(rows, 'episodes'), 10)?.x).toBe(0);
  expect(at(pointsOf(rows, 'episodes'), 16)?.x).toBe(16);
  expect(at([], 3)).toBeNull();
});

test('what differs is said setting by setting', () => {
  const other = { ...run, config: { ...run.config, seed: 2, k: 0 } };
  expect(differences(other, run, (_name, value) => String(value))).toEqual(['seed 1 → 2', 'k 5 → 0']);
});

test('copies of a seed are no further seeds: of a run and its forks the longest is joined', () => {
  const { config, world, policy } = sampleManifest();
  const run = (id: string, seed: number, iteration: number) => ({ id, config: { ...config, seed }, world, policy, iteration });
  const groups = bySeed([run('a', 1, 5), run('fork of a', 1, 8), run('b', 2, 5), run('old fork of a', 1, 3)]);
  expect(groups.map((group) => group.map(({ id }) => id))).toEqual([['fork of a', 'b']]);
  const alone = [{ x: 0, y: 50, low: 40, high: 60 }];
  expect(joined([alone])).toEqual(alone);
});
