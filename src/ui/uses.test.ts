import { expect, test } from 'vitest';
import { episodeOf, type EpisodeRow } from '../storage/rows.ts';
import { sampleEvent, sampleTrajectory } from '../storage/sample.ts';
import type { RuleEvent } from '../types.ts';
import { trace } from './history.ts';
import { firstInUse, usesOf } from './uses.ts';

const row = (id: string, won: boolean, rest: Partial<EpisodeRow> = {}): EpisodeRow => ({
  ...episodeOf({ ...sampleTrajectory(id, won), runId: 'x', iteration: 1 }),
  ...rest,
});

/** Rule 1 was there from the start. */
const inUse = new Map([['r1', 0]]);

test('counts episodes with and without a rule among those of its kinds, and those in validation, won and lost, by themselves', () => {
  const episodes = [
    row('1.0.0', true),
    row('1.0.1', false),
    row('eval1-0.0.0', true),
    row('eval1-0.1.0', false),
    row('eval1-0.2.0', false, { ruleIds: [] }),
    row('1.1.0', true, { ruleIds: [] }),
    row('1.2.0', true, { ruleIds: [], family: 'heat' }),
  ];
  expect(usesOf(episodes, inUse).get('r1')).toEqual({ with: [1, 2], without: [1, 1], validation: [1, 2] });
  // Met in heating too, it is compared with heating as well.
  expect(usesOf([...episodes, row('1.2.1', false, { family: 'heat' })], inUse).get('r1')).toEqual({
    with: [1, 3],
    without: [2, 2],
    validation: [1, 2],
  });
});

test('a rule that only validation has met was used there', () => {
  expect(usesOf([row('eval1-0.0.0', true), row('1.0.0', true, { ruleIds: [] })], inUse).get('r1')).toEqual({
    with: [0, 0],
    without: [0, 0],
    validation: [1, 1],
  });
});

test('episodes before a rule was in use are not counted as won or lost without it', () => {
  const history: RuleEvent[] = [
    { ...sampleEvent(0), iteration: 2 },
    { ...sampleEvent(1), iteration: 2, action: { op: 'IMPORT', scope: 'cool', text: 'Wait.', score: 2, origin: 'a file' } },
    { ...sampleEvent(2), iteration: 3, action: { op: 'ENABLE', id: 'r2' } },
  ];
  const since = firstInUse(trace(history).traced);
  expect([...since]).toEqual([
    ['r1', 2],
    ['r2', 3],
  ]);
  const played = (iteration: number, won: boolean, ruleIds: string[], i = 0) => row(`${iteration}.0.${i}`, won, { iteration, ruleIds });
  const episodes = [
    played(1, false, []),
    played(2, false, [], 1),
    played(3, true, []),
    played(3, true, ['r1'], 1),
    played(4, true, ['r1', 'r2']),
    played(4, false, [], 1),
  ];
  const uses = usesOf(episodes, since);
  expect(uses.get('r1')).toMatchObject({ with: [2, 2], without: [1, 2] });
  expect(uses.get('r2')).toMatchObject({ with: [1, 1], without: [0, 1] });
});
