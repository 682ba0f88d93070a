/** Absorption as the page tells it: the series of one rule, and a word for where it stands. */
import { concerns } from '../rules/followed.ts';
import { understand, type Advice } from '../rules/language.ts';
import type { EpisodeRow } from '../storage/rows.ts';
import type { Metrics, Rule } from '../types.ts';
import { isEvaluation } from './contrast.ts';
import { leaning } from './text.ts';

/** One measurement: how much the rule steered the policy of that iteration, in nats per action. */
export interface LeanPoint {
  iteration: number;
  gain: number;
  episodes: number;
  /** An episode that it was measured on was about what the rule is about; true where that cannot be told. */
  occasion: boolean;
}

/**
 * By rule id, oldest first.
 * @param episodes of a run in order; of those that had a rule the first of each iteration are the ones it was measured on.
 */
export function leansOf(
  metrics: readonly Metrics[],
  episodes: readonly EpisodeRow[],
  rules: ReadonlyMap<string, Rule>,
): Map<string, LeanPoint[]> {
  const told = new Map<string, EpisodeRow[]>();
  for (const row of episodes) {
    if (isEvaluation(row.id)) continue;
    for (const rule of row.ruleIds) {
      const key = `${rule} ${row.iteration}`;
      const rows = told.get(key);
      if (rows) rows.push(row);
      else told.set(key, [row]);
    }
  }
  const leans = new Map<string, LeanPoint[]>();
  const advices = new Map<string, Advice | null>();
  const adviceOf = (id: string) => {
    const text = rules.get(id)?.text;
    if (!advices.has(id)) advices.set(id, text === undefined ? null : understand(text));
    return advices.get(id);
  };
  for (const { iteration, absorption } of metrics) {
    for (const { rule, gain, episodes } of absorption) {
      const points = leans.get(rule) ?? [];
      const advice = adviceOf(rule);
      const measured = told.get(`${rule} ${iteration}`)?.slice(0, episodes);
      const occasion = !advice || !measured || measured.some((row) => concerns(advice, row));
      points.push({ iteration, gain, episodes, occasion });
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
 * Episodes that gave no occasion to follow the rule say nothing about it.
 */
export function leanWord(all: readonly LeanPoint[]): string {
  const points = all.filter(({ occasion }) => occasion);
  if (points.length === 0) return leaning.words.noOccasion;
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
