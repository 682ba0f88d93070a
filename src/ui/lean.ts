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

/** Nearer to 0 than this the policy acts alike with and without the rule, in nats per action. */
const LITTLE = 0.05;

/** Where a rule stands: a word, and the measurement that it is about, which is the last one with an occasion if there was any. */
export interface LeanState {
  word: string;
  nats: number;
}

/**
 * The word never says other than the number beside it, which is the last measurement: below 0 the policy acts against the rule; near 0 it
 * is absorbed if it was leaned on before, and makes no difference if it never was; above, it is leaned on, or being absorbed below half of
 * its height. Each measurement is of few episodes: the height is that of means of three, and a rule counts as absorbed only once the
 * mean of the last three is near 0 too. One measurement says nothing yet, nor do episodes that gave no occasion to follow the rule.
 */
export function leanState(all: readonly LeanPoint[]): LeanState {
  const gains = all.filter(({ occasion }) => occasion).map(({ gain }) => gain);
  const nats = gains.at(-1) ?? all.at(-1)?.gain ?? 0;
  return { word: wordOf(gains, nats), nats };
}

function wordOf(gains: readonly number[], now: number): string {
  const { words } = leaning;
  if (gains.length === 0) return words.noOccasion;
  if (gains.length === 1) return words.once;
  const means = gains.map((_, i) => {
    const some = gains.slice(Math.max(0, i - 2), i + 1);
    return some.reduce((sum, gain) => sum + gain, 0) / some.length;
  });
  const height = Math.max(...means);
  if (now <= -LITTLE) return words.against;
  if (now >= LITTLE) return now < height / 2 ? words.beingAbsorbed : words.leaned;
  if (height < LITTLE) return words.noDifference;
  return (means.at(-1) as number) < LITTLE ? words.absorbed : words.beingAbsorbed;
}
