import { expect, test } from 'vitest';
import { sampleMetrics } from '../storage/sample.ts';
import { walkOf } from './walk.ts';

const config = { k: 5, group: 8 };
const episode = (won: boolean, advantage: number) => ({ won, advantage, goal: 'cool some lettuce', iteration: 3 });

test('the walk stops once at every phase, in the order of the loop', () => {
  const stops = walkOf({ config, group: [], last: undefined });
  expect(stops.map(({ phase }) => phase.phase)).toEqual(['retrieve', 'act', 'reward', 'advantage', 'step', 'edit']);
  // Before any training nothing is claimed to have happened.
  for (const { says } of stops) expect(`${says.lead} ${says.rest}`).not.toMatch(/\b(None|zero|0) (won|of)\b|NaN|undefined/);
});

test('with a stored group the stops tell its numbers', () => {
  const group = [episode(true, 0.77), episode(true, 0.77), episode(false, -1.29)];
  const says = walkOf({ config, group, last: sampleMetrics(3) }).map((stop) => stop.says.rest + (stop.says.goal ?? ''));
  expect(says[1]).toBe('Three episodes of cool some lettuce');
  expect(says[2]).toBe('Two won, one lost.');
  expect(says[3]).toBe('A win is worth +0.77 here, a loss −1.29.');
});

test('a group that ended alike is told as such', () => {
  const stops = walkOf({ config, group: [episode(true, 0), episode(true, 0)], last: sampleMetrics(3) });
  expect(stops[3]?.says).toMatchObject({ lead: 'No step from this group.' });
});
