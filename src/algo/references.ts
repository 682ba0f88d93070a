/** T+(d): the reference successes, kept per key of the task. */
import type { Task, Trajectory } from '../types.ts';

export type References = Record<string, Trajectory[]>;

/** The buffer after one more batch: the shortest successes under each key, at most `cap`, one per task; older ones win ties. */
export function remember(references: References, trajectories: readonly Trajectory[], cap: number, keyOf: (task: Task) => string): References {
  const next: References = { ...references };
  for (const trajectory of trajectories) {
    if (!trajectory.won) continue;
    const { id } = trajectory.task;
    const key = keyOf(trajectory.task);
    const kept = next[key] ?? [];
    const same = kept.find((other) => other.task.id === id);
    if (same && same.turns.length <= trajectory.turns.length) continue;
    next[key] = [...kept.filter((other) => other !== same), trajectory]
      .sort((a, b) => a.turns.length - b.turns.length)
      .slice(0, cap);
  }
  return next;
}
