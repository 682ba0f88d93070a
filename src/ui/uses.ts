/** How episodes went with each rule in the prompt, and without it. */
import type { Trajectory } from '../types.ts';

/** Episodes won, and played. */
type Tally = [won: number, n: number];

export interface Use {
  with: Tally;
  /** Training episodes of the same kind of task whose prompt did not hold the rule. */
  without: Tally;
}

/** By rule id, from training episodes. */
export function usesOf(trajectories: readonly Trajectory[]): Map<string, Use> {
  const played = trajectories.filter((t) => !t.id.startsWith('eval'));
  const add = ([won, n]: Tally, t: Trajectory): Tally => [won + Number(t.won), n + 1];
  const families = new Map<string, Tally>();
  const uses = new Map<string, Use & { family: string }>();
  for (const t of played) {
    const { family } = t.task;
    families.set(family, add(families.get(family) ?? [0, 0], t));
    for (const id of t.ruleIds) {
      const use = uses.get(id) ?? { family, with: [0, 0], without: [0, 0] };
      uses.set(id, { ...use, with: add(use.with, t) });
    }
  }
  for (const use of uses.values()) {
    const [won, n] = families.get(use.family) ?? [0, 0];
    use.without = [won - use.with[0], n - use.with[1]];
  }
  return uses;
}
