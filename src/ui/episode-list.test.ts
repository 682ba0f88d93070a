import { expect, test } from 'vitest';
import { episodeOf, type EpisodeRow } from '../storage/rows.ts';
import { sampleTrajectory } from '../storage/sample.ts';
import { listed } from './episode-list.ts';

const row = (id: string, iteration: number, won: boolean, steps: number): EpisodeRow => ({
  ...episodeOf({ ...sampleTrajectory(id, won), runId: 'x', iteration }),
  steps,
});
const rows = [row('1.0.0', 1, true, 5), row('1.0.1', 1, false, 30), row('eval1-0.0.0', 1, true, 9), row('2.0.0', 2, false, 7)];
const keys = (order: Parameters<typeof listed>[1]) => listed(rows, order).map(({ key }) => key);

test('in order of time the episodes of one task stand under it, with how many were won', () => {
  expect(keys('oldest')).toEqual(['group 1.0', '1.0.0', '1.0.1', 'group eval1', 'eval1-0.0.0', 'group 2.0', '2.0.0']);
  expect(keys('newest').slice(0, 2)).toEqual(['group 2.0', '2.0.0']);
  expect(listed(rows, 'oldest')[0]?.title).toBe('Iteration 1, group 1 · cool some lettuce and put it in countertop · 1 of 2 won');
});

test('by steps and by reward there are no headings', () => {
  expect(keys('shortest')).toEqual(['1.0.0', '2.0.0', 'eval1-0.0.0', '1.0.1']);
  expect(keys('longest')[0]).toBe('1.0.1');
  expect(keys('reward').slice(0, 2)).toEqual(['eval1-0.0.0', '1.0.0']);
});
