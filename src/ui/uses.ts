/** How episodes went with each rule in the prompt, and without it. */
import type { EpisodeRow } from '../storage/rows.ts';
import { isEvaluation } from './contrast.ts';
import type { Traced } from './history.ts';

/** Episodes won, and played. */
type Tally = [won: number, n: number];

export interface Use {
  with: Tally;
  /** Training episodes of the same kinds of task since the rule was first in the pool whose prompt did not hold it. */
  without: Tally;
  /** Validation episodes whose prompt held the rule: the agent learns nothing from them, and they are counted by themselves. */
  validation: Tally;
}

/** Training episodes of one kind of task, by iteration. */
type ByIteration = Map<number, Tally>;

function count(into: ByIteration, iteration: number, won: boolean): void {
  const [all, n] = into.get(iteration) ?? [0, 0];
  into.set(iteration, [all + Number(won), n + 1]);
}

/** The iteration at whose end each rule was first in use: an imported one waits until it is taken in. */
export function firstInUse(traced: readonly Traced[]): Map<string, number> {
  const first = new Map<string, number>();
  for (const { event, rule } of traced) if (rule.status === 'active' && !first.has(rule.id)) first.set(rule.id, event.iteration);
  return first;
}

/**
 * By rule id, training and validation apart. A rule about a thing is met in several kinds of task: all of them count.
 * @param inUse of `firstInUse`: a rule can stand in prompts from the next iteration on. Episodes before that say nothing of the rule, but
 *   of how little had been learnt by then.
 */
export function usesOf(episodes: readonly EpisodeRow[], inUse: ReadonlyMap<string, number>): Map<string, Use> {
  const families = new Map<string, ByIteration>();
  const byRule = new Map<string, { won: number; n: number; since: number; families: Set<string>; validation: Tally }>();
  const useOf = (rule: string) => {
    const since = (inUse.get(rule) ?? -1) + 1;
    const use = byRule.get(rule) ?? { won: 0, n: 0, since, families: new Set<string>(), validation: [0, 0] };
    byRule.set(rule, use);
    return use;
  };
  for (const { id, iteration, family, won, ruleIds } of episodes) {
    if (isEvaluation(id)) {
      for (const rule of ruleIds) {
        const { validation } = useOf(rule);
        validation[0] += Number(won);
        validation[1]++;
      }
      continue;
    }
    const kind = families.get(family) ?? new Map<number, Tally>();
    families.set(family, kind);
    count(kind, iteration, won);
    for (const rule of ruleIds) {
      const use = useOf(rule);
      use.won += Number(won);
      use.n++;
      use.since = Math.min(use.since, iteration);
      use.families.add(family);
    }
  }
  return new Map(
    [...byRule].map(([rule, { won, n, since, families: met, validation }]) => {
      let [all, total] = [0, 0];
      for (const family of met)
        for (const [iteration, [some, many]] of families.get(family) ?? []) {
          if (iteration < since) continue;
          all += some;
          total += many;
        }
      return [rule, { with: [won, n], without: [all - won, total - n], validation }];
    }),
  );
}
