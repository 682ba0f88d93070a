/** How episodes went with each rule in the prompt, and without it. */
import type { EpisodeRow } from '../storage/rows.ts';
import { isEvaluation } from './contrast.ts';

/** Episodes won, and played. */
type Tally = [won: number, n: number];

export interface Use {
  with: Tally;
  /** Training episodes of the same kind of task whose prompt did not hold the rule. */
  without: Tally;
  /** Validation episodes whose prompt held the rule: the agent learns nothing from them, and they are not compared. */
  validation: number;
}

/** By rule id: what was won counts training episodes only. A rule about a thing is met in several kinds of task: all of them count. */
export function usesOf(episodes: readonly EpisodeRow[]): Map<string, Use> {
  const families = new Map<string, Tally>();
  const byRule = new Map<string, { won: number; n: number; families: Set<string>; validation: number }>();
  const useOf = (rule: string) => {
    const use = byRule.get(rule) ?? { won: 0, n: 0, families: new Set<string>(), validation: 0 };
    byRule.set(rule, use);
    return use;
  };
  for (const { id, family, won, ruleIds } of episodes) {
    if (isEvaluation(id)) {
      for (const rule of ruleIds) useOf(rule).validation++;
      continue;
    }
    const [all, n] = families.get(family) ?? [0, 0];
    families.set(family, [all + Number(won), n + 1]);
    for (const rule of ruleIds) {
      const use = useOf(rule);
      use.won += Number(won);
      use.n++;
      use.families.add(family);
    }
  }
  return new Map(
    [...byRule].map(([rule, { won, n, families: met, validation }]) => {
      const [all, total] = [...met].reduce(
        ([a, b], family) => [a + (families.get(family)?.[0] ?? 0), b + (families.get(family)?.[1] ?? 0)],
        [0, 0],
      );
      return [rule, { with: [won, n], without: [all - won, total - n], validation }];
    }),
  );
}
