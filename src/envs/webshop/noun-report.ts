/** How often the noun finder leads to the type score that the original's language model led to. */
import type { NounFinder } from './nouns.ts';
import { guessNouns } from './nouns.ts';
import type { Product } from './product.ts';

export type NounCase =
  | { kind: 'spacy_truth'; goal_name: string; purchased_name: string; implied_r_type: number }
  | { kind: 'spacy_truth_human'; goal: { name: string }; purchased_asin: string; reward_info: { title_score: number } }
  | { kind: 'spacy_truth_unit'; goal_name: string; purchased_name: string; title_score?: number; title_score_lt?: number };

/** Only these borders of the title score matter to the reward: 0, below 0.1, up to 0.2, above. */
function band(score: number): number {
  return score === 0 ? 0 : score < 0.1 ? 1 : score <= 0.2 ? 2 : 3;
}

export function titleScore(nouns: NounFinder, purchased: string, goal: string): number {
  const have = new Set(nouns('', purchased));
  const wanted = nouns('', goal);
  return wanted.length === 0 ? 0.2 : [...new Set(wanted)].filter((noun) => have.has(noun)).length / wanted.length;
}

export interface NounAgreement {
  /** Title scores in the band of the recorded ones, of so many compared. */
  agreed: number;
  compared: number;
  /** Mean absolute difference of the title scores. */
  meanError: number;
}

export function nounAgreement(cases: readonly NounCase[], products: readonly Product[], nouns: NounFinder = guessNouns): NounAgreement {
  const titles = new Map(products.map(({ asin, title }) => [asin, title]));
  const errors: number[] = [];
  let [agreed, compared] = [0, 0];
  for (const recorded of cases) {
    const goal = recorded.kind === 'spacy_truth_human' ? recorded.goal.name : recorded.goal_name;
    const purchased = recorded.kind === 'spacy_truth_human' ? titles.get(recorded.purchased_asin) : recorded.purchased_name;
    if (purchased === undefined) continue;
    compared++;
    const here = titleScore(nouns, purchased, goal);
    if (recorded.kind === 'spacy_truth') agreed += Number(band(here) === 1);
    else {
      const truth = recorded.kind === 'spacy_truth_human' ? recorded.reward_info.title_score : recorded.title_score;
      if (truth === undefined) agreed += Number(here < ((recorded as { title_score_lt?: number }).title_score_lt ?? 0));
      else {
        errors.push(Math.abs(here - truth));
        agreed += Number(band(here) === band(truth));
      }
    }
  }
  return {
    agreed,
    compared,
    meanError: errors.length === 0 ? 0 : errors.reduce((sum, error) => sum + error, 0) / errors.length,
  };
}

export function nounReport(cases: readonly NounCase[], products: readonly Product[]): string {
  const { agreed, compared, meanError } = nounAgreement(cases, products);
  const missing = cases.length > compared ? `, ${cases.length - compared} skipped for want of their products` : '';
  return `noun_cases (reported only): ${agreed} of ${compared} title scores in the model's band, mean difference ${meanError.toFixed(3)}${missing}`;
}
