/** T+(d): the reference successes, kept per task family. */
import type { Trajectory } from '../types.ts';

export type References = Record<string, Trajectory[]>;

/** The buffer after one more batch: the shortest successes of each family, at most `cap`, one per task; older ones win ties. */
export function remember(references: References, trajectories: readonly Trajectory[], cap: number): References {
  const next: References = { ...references };
  for (const trajectory of trajectories) {
    if (!trajectory.won) continue;
    const { family, id } = trajectory.task;
    const kept = next[family] ?? [];
    const same = kept.find((other) => other.task.id === id);
    if (same && same.turns.length <= trajectory.turns.length) continue;
    next[family] = [...kept.filter((other) => other !== same), trajectory]
      .sort((a, b) => a.turns.length - b.turns.length)
      .slice(0, cap);
  }
  return next;
}
