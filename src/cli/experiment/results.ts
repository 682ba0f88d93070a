/** A finished run as the small record that is kept: curves, panels game by game, the final rules, what was found about them. */
import { mean } from '../../lib/stats.ts';
import { foldPool } from '../../rules/pool.ts';
import { findMisalignments, RECENT } from '../../rules/misalignment.ts';
import { iterationOf } from '../../storage/rows.ts';
import type { RunManifest } from '../../storage/store.ts';
import type { Absorption, Evaluation, Metrics, RuleEvent, Trajectory } from '../../types.ts';
import type { CurvePoint, RunResult } from './jobs.ts';

/** Four digits are more than any panel resolves. */
const round = (value: number): number => Math.round(value * 1e4) / 1e4;

export function rounded(evaluation: Evaluation): Evaluation {
  const { success, score, ci95, rewards } = evaluation;
  return { ...evaluation, success: round(success), score: round(score), ci95: [round(ci95[0]), round(ci95[1])], rewards: rewards.map(round) };
}

/** @param trajectories at least those of the last `RECENT` iterations */
export function resultOf(manifest: RunManifest, metrics: readonly Metrics[], events: readonly RuleEvent[], trajectories: readonly Trajectory[]): RunResult {
  const played = metrics.flatMap((row) => (row.evaluation ? [row.evaluation] : []));
  const [before] = played;
  const after = played.at(-1);
  if (!before || !after) throw new Error('The run was not measured before and after.');
  const pool = foldPool(events);
  const last: Absorption[] = metrics.at(-1)?.absorption ?? [];
  const { config, policy, world, panel, reflector } = manifest;
  return {
    kind: 'run',
    config,
    policy: policy.name,
    world: { name: world.name, hash: world.hash },
    panel,
    reflector,
    curve: curveOf(metrics),
    before: rounded(before),
    after: rounded(after),
    crossed: (metrics.at(-1)?.crossed ?? []).map(rounded),
    rules: [...pool.rules.values()].filter((rule) => rule.status === 'active').map(({ id, scope, text, score, born }) => ({ id, scope, text, score, born })),
    absorption: metrics.flatMap(({ iteration, absorption }) => absorption.map(({ rule, gain }) => ({ iteration, rule, gain: round(gain) }))),
    misalignments: findMisalignments(pool, recentOf(trajectories, metrics.at(-1)?.iteration ?? 0), last),
  };
}

/** Training and evaluation episodes of the last iterations; what was played before the first is of another policy. */
export function recentOf(trajectories: readonly Trajectory[], iteration: number): Trajectory[] {
  return trajectories.filter(({ id }) => iterationOf(id) > Math.max(0, iteration - RECENT));
}

export function curveOf(metrics: readonly Metrics[]): CurvePoint[] {
  let episodes = 0;
  const tokens = { rollouts: 0, reflection: 0, updates: 0 };
  return metrics.map((row) => {
    episodes += row.episodes;
    tokens.rollouts += row.rolloutTokens;
    tokens.reflection += row.reflectionTokens;
    tokens.updates += row.updateTokens;
    return {
      iteration: row.iteration,
      episodes,
      tokens: { ...tokens },
      trainSuccess: round(row.trainSuccess),
      success: row.evaluation ? round(row.evaluation.success) : null,
      score: row.evaluation ? round(row.evaluation.score) : null,
      activeRules: row.activeRules,
      edits: row.edits,
      dropped: row.droppedEdits,
      absorption: row.absorption.length > 0 ? { gain: round(mean(row.absorption.map(({ gain }) => gain))), rules: row.absorption.length } : null,
    };
  });
}
