/** The row of metrics that every method reports of an iteration. */
import { mean } from '../lib/stats.ts';
import type { Pool } from '../rules/pool.ts';
import type { Absorption, Group, Metrics, RuleEvent, UpdateStats } from '../types.ts';

/** A group whose rewards differ; any other has only zero advantages. */
export function isMixed(group: Group): boolean {
  return group.rollouts.some((rollout) => rollout.trajectory.advantage !== 0);
}

export interface IterationParts {
  iteration: number;
  groups: Group[];
  /** Tokens fed to the policy in rollouts / to the reflector. */
  rolloutTokens: number;
  reflectionTokens?: number;
  update?: UpdateStats | null;
  /** The pool afterwards, and how it came about. */
  pool: Pool;
  events?: readonly RuleEvent[];
  dropped?: number;
  absorption?: Absorption[];
}

export function summarise(parts: IterationParts): Omit<Metrics, 'seconds' | 'evaluation' | 'crossed'> {
  const { iteration, groups, rolloutTokens, reflectionTokens = 0, update = null, pool, events = [], dropped = 0, absorption = [] } = parts;
  const trajectories = groups.flatMap((group) => group.rollouts.map((rollout) => rollout.trajectory));
  const edits: Record<string, number> = {};
  for (const { action } of events) edits[action.op] = (edits[action.op] ?? 0) + 1;
  return {
    iteration,
    trainSuccess: mean(trajectories.map((trajectory) => (trajectory.won ? 1 : 0))),
    trainReward: mean(trajectories.map((trajectory) => trajectory.reward)),
    episodes: trajectories.length,
    mixedGroups: groups.filter(isMixed).length,
    meanTurns: mean(trajectories.map((trajectory) => trajectory.turns.length)),
    rolloutTokens,
    reflectionTokens,
    updateTokens: update?.tokens ?? 0,
    update,
    edits,
    droppedEdits: dropped,
    activeRules: [...pool.rules.values()].filter((rule) => rule.status === 'active').length,
    absorption,
  };
}
