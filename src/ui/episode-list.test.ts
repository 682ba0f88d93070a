import { expect, test } from 'vitest';
import { episodeOf, type EpisodeRow } from '../storage/rows.ts';
import { sampleTrajectory } from '../storage/sample.ts';
import { listed, placeOf } from './episode-list.ts';

const row = (id: string, iteration: number, won: boolean, steps: number): EpisodeRow => ({
  ...episodeOf({ ...sampleTrajectory(id, won), runId: 'x', iteration }),
  steps,
});
const rows = [row('1.0.0', 1, true, 5), row('1.0.1', 1, false, 30), row('eval1-0.0.0', 1, true, 9), row('2.0.0', 2, false, 7)];
const keys = (order: Parameters<typeof listed>[1]) => listed(rows, order, rows).map(({ key }) => key);

test('in order of time the episodes of one task stand under it, with how many were won', () => {
  expect(keys('oldest')).toEqual(['group 1.0', '1.0.0', '1.0.1', 'group eval1', 'eval1-0.0.0', 'group 2.0', '2.0.0']);
  expect(keys('newest').slice(0, 2)).toEqual(['group 2.0', '2.0.0']);
  expect(listed(rows, 'oldest', rows)[0]?.title).toBe('Iteration 1, group 1 · cool some lettuce and put it in countertop · 1 of 2 won');
});

test('by steps and by reward there are no headings', () => {
  expect(keys('shortest')).toEqual(['1.0.0', '2.0.0', 'eval1-0.0.0', '1.0.1']);
  expect(keys('longest')[0]).toBe('1.0.1');
  expect(keys('reward').slice(0, 2)).toEqual(['eval1-0.0.0', '1.0.0']);
});

test('a heading counts the whole group, and says how many of it the filters left', () => {
  const lost = listed(
    rows.filter(({ won }) => !won),
    'oldest',
    rows,
  );
  expect(lost.flatMap(({ title }) => title ?? [])).toEqual([
    'Iteration 1, group 1 · cool some lettuce and put it in countertop · 1 of 2 won, 1 shown',
    'Iteration 2, group 1 · cool some lettuce and put it in countertop · 0 of 1 won',
  ]);
});

test('the place of an episode counts from the top of the list as it is ordered', () => {
  const place = (id: string, order: Parameters<typeof listed>[1]) => placeOf(listed(rows, order, rows), id);
  expect(place('2.0.0', 'newest')).toBe(1);
  expect(place('2.0.0', 'oldest')).toBe(4);
  expect(place('1.0.1', 'longest')).toBe(1);
  expect(place('9.0.0', 'newest')).toBeNull();
});
