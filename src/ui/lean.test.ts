import { expect, test } from 'vitest';
import { episodeOf, iterationOf, type EpisodeRow } from '../storage/rows.ts';
import { sampleMetrics, sampleTrajectory } from '../storage/sample.ts';
import type { Metrics, Rule } from '../types.ts';
import { leansOf, leanState } from './lean.ts';

const points = (...gains: number[]) => gains.map((gain, i) => ({ iteration: i + 1, gain, episodes: 1, occasion: true }));

const wordOf = (of: Parameters<typeof leanState>[0]) => leanState(of).word;

test.each<[word: string, gains: number[]]>([
  ['leaned on', [0.1, 0.3, 0.4]],
  ['leaned on', [0, 0, 0.3]],
  ['being absorbed', [0.6, 0.6, 0.6, 0.2, 0.2, 0.2]],
  // Near 0 at last, but by one measurement of few episodes only.
  ['being absorbed', [0.157, 0.102, -0.002]],
  ['absorbed', [0.157, 0.102, -0.002, 0.01]],
  ['absorbed', [0.6, 0.6, 0.1, 0.02, 0.01, 0.02]],
  ['makes no difference', [0.01, 0.02]],
  ['makes no difference', [0, 0, 0]],
  ['makes no difference', [-0.04, 0.049, -0.01]],
  ['acted against', [-0.2, -0.3, -0.1]],
  ['acted against', [0.4, 0.4, -0.1]],
  ['measured once', [0.9]],
])('a rule is called "%s" after %j', (word, gains) => {
  expect(leanState(points(...gains))).toEqual({ word, nats: gains.at(-1) });
});

test('no word says other than the number beside it', () => {
  const gains = [-0.3, -0.05, -0.01, 0, 0.04, 0.06, 0.2, 0.6];
  for (const a of gains)
    for (const b of gains)
      for (const now of gains) {
        const { word, nats } = leanState(points(a, b, now));
        expect(nats).toBe(now);
        if (word === 'leaned on') expect(now).toBeGreaterThan(0.05);
        if (word === 'acted against') expect(now).toBeLessThanOrEqual(-0.05);
        if (word === 'absorbed' || word === 'makes no difference') expect(Math.abs(now)).toBeLessThan(0.05);
        if (word === 'being absorbed') expect(now).toBeLessThan(Math.max(a, (a + b) / 2, (a + b + now) / 3));
      }
});

test('episodes that gave no occasion to follow a rule say nothing about it', () => {
  const without = points(0.01, 0, 0.02).map((point) => ({ ...point, occasion: false }));
  expect(wordOf(without)).toBe('no occasion');
  expect(wordOf([...points(0.6), ...without])).toBe('measured once');
  // The number is of the last one that gave an occasion.
  expect(leanState([...points(0.5, 0.6), ...without])).toEqual({ word: 'leaned on', nats: 0.6 });
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
