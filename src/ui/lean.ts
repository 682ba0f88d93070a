/** Absorption as the page tells it: the series of one rule, and a word for where it stands. */
import type { Metrics } from '../types.ts';
import { leaning } from './text.ts';

/** One measurement: how much the rule steered the policy of that iteration, in nats per action. */
export interface LeanPoint {
  iteration: number;
  gain: number;
  episodes: number;
}

/** By rule id, oldest first. */
export function leansOf(metrics: readonly Metrics[]): Map<string, LeanPoint[]> {
  const leans = new Map<string, LeanPoint[]>();
  for (const { iteration, absorption } of metrics) {
    for (const { rule, gain, episodes } of absorption) {
      const points = leans.get(rule) ?? [];
      points.push({ iteration, gain, episodes });
      leans.set(rule, points);
    }
  }
  return leans;
}

/** Below this the policy acts alike with and without the rule, in nats per action. */
const LITTLE = 0.05;

/**
 * A word for it: "absorbed" when it once leaned on the rule and no longer does, "being absorbed" below half of its highest, "not
 * followed" when it never did; one measurement says nothing yet. The last measurements are averaged: each is of few episodes.
 */
export function leanWord(points: readonly LeanPoint[]): string {
  if (points.length < 2) return leaning.words.once;
  const smooth = points.map((_, i) => {
    const some = points.slice(Math.max(0, i - 2), i + 1);
    return some.reduce((sum, { gain }) => sum + gain, 0) / some.length;
  });
  const now = smooth.at(-1) ?? 0;
  const most = Math.max(...smooth);
  if (most < LITTLE) return now < -LITTLE ? leaning.words.against : leaning.words.ignored;
  if (now < LITTLE) return leaning.words.absorbed;
  return now < most / 2 ? leaning.words.beingAbsorbed : leaning.words.leaned;
}
