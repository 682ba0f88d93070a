import { expect, test } from 'vitest';
import { episodeOf, type EpisodeRow } from '../storage/rows.ts';
import { sampleTrajectory } from '../storage/sample.ts';
import { usesOf } from './uses.ts';

const row = (id: string, won: boolean, rest: Partial<EpisodeRow> = {}): EpisodeRow => ({
  ...episodeOf({ ...sampleTrajectory(id, won), runId: 'x', iteration: 1 }),
  ...rest,
});

test('counts episodes with and without a rule among those of its kinds, and those in validation by themselves', () => {
  const episodes = [
    row('1.0.0', true),
    row('1.0.1', false),
    row('eval1-0.0.0', true),
    row('1.1.0', true, { ruleIds: [] }),
    row('1.2.0', true, { ruleIds: [], family: 'heat' }),
  ];
  expect(usesOf(episodes).get('r1')).toEqual({ with: [1, 2], without: [1, 1], validation: 1 });
  // Met in heating too, it is compared with heating as well.
  expect(usesOf([...episodes, row('1.2.1', false, { family: 'heat' })]).get('r1')).toEqual({
    with: [1, 3],
    without: [2, 2],
    validation: 1,
  });
});

test('a rule that only validation has met was used there', () => {
  expect(usesOf([row('eval1-0.0.0', true), row('1.0.0', true, { ruleIds: [] })]).get('r1')).toEqual({
    with: [0, 0],
    without: [0, 0],
    validation: 1,
  });
});
