import { expect, test } from 'vitest';
import { episodeOf, iterationOf, type EpisodeRow } from '../storage/rows.ts';
import { sampleMetrics, sampleTrajectory } from '../storage/sample.ts';
import type { Metrics, Rule } from '../types.ts';
import { leansOf, leanWord } from './lean.ts';

const points = (...gains: number[]) => gains.map((gain, i) => ({ iteration: i + 1, gain, episodes: 1, occasion: true }));

test('a rule is leaned on, being absorbed, absorbed, not followed or acted against', () => {
  expect(leanWord(points(0.1, 0.3, 0.4))).toBe('leaned on');
  expect(leanWord(points(0.6, 0.6, 0.6, 0.2, 0.2, 0.2))).toBe('being absorbed');
  expect(leanWord(points(0.6, 0.6, 0.1, 0.02, 0.01, 0.02))).toBe('absorbed');
  expect(leanWord(points(0.01, 0.02))).toBe('not followed');
  expect(leanWord(points(0.9))).toBe('measured once');
  expect(leanWord(points(-0.2, -0.3, -0.1))).toBe('acted against');
});

test('episodes that gave no occasion to follow a rule say nothing about it', () => {
  const without = points(0.01, 0, 0.02).map((point) => ({ ...point, occasion: false }));
  expect(leanWord(without)).toBe('no occasion');
  expect(leanWord([...points(0.6), ...without])).toBe('measured once');
  expect(leanWord([...points(0.5, 0.6), ...without])).toBe('leaned on');
});

const ruleOf = (text: string): Rule => ({ id: 'r1', scope: 'cool', text, score: 2, status: 'active', mergedFrom: [], born: 1, changed: 1 });
const row = (id: string, goal: string, family = 'cool'): EpisodeRow => ({
  ...episodeOf({ ...sampleTrajectory(id, true), runId: 'x', iteration: iterationOf(id) }),
  goal,
  family,
});
const egg = 'cool some egg and put it in plate';
const mug = 'cool some mug and put it in desk';
const metrics: Metrics[] = [1, 2].map((i) => ({ ...sampleMetrics(i), absorption: [{ rule: 'r1', gain: 0.01, episodes: 1, actions: 5 }] }));

/** Whether each iteration's measurement gave an occasion to follow the rule. */
function occasions(text: string, episodes: EpisodeRow[]): boolean[] | undefined {
  return leansOf(metrics, episodes, new Map([['r1', ruleOf(text)]]))
    .get('r1')
    ?.map(({ occasion }) => occasion);
}

test('a place has its occasion where the goal names the thing, in the first episodes that had the rule and were measured', () => {
  const where = 'Look for the egg on the desk first.';
  // Only one episode of each iteration is measured, and validation is not.
  const episodes = [row('1.0.0', mug), row('1.0.1', egg), row('2.0.0', egg), row('eval1-0.0.0', egg)];
  expect(occasions(where, episodes)).toEqual([false, true]);
});

test('a procedure has its occasion in its kind of task; words that are not understood, and episodes that are gone, are not judged', () => {
  const cool = 'To cool an object, take it to the fridge and cool it there before you put it down.';
  const episodes = [row('1.0.0', mug), row('2.0.0', 'heat some egg and put it in plate', 'heat')];
  expect(occasions(cool, episodes)).toEqual([true, false]);
  expect(occasions('Be quick.', episodes)).toEqual([true, true]);
  expect(occasions(cool, [])).toEqual([true, true]);
});
