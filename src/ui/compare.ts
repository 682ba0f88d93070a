/** Runs beside each other: points along a common axis, bands, and runs that differ only in their seed joined. */
import { settings, type RunConfig } from '../trainer/config.ts';
import type { RunRecord } from '../storage/store.ts';
import type { Metrics } from '../types.ts';
import { axisNames, runRow } from './text.ts';

export type Axis = 'iterations' | 'episodes' | 'tokens' | 'minutes';

export const axes: Record<Axis, { title: string; unit: string }> = axisNames;

export interface Point {
  x: number;
  /** Percent of validation games won. */
  y: number;
  low: number;
  high: number;
}

/** Tokens fed to the policy by an iteration, those of a reflecting language model included. */
export function tokensOf(m: Metrics): number {
  return m.rolloutTokens + m.updateTokens + reflectionTokens(m);
}

/** Rows stored before reflection was counted have none. */
export function reflectionTokens(m: Metrics): number {
  return (m as Partial<Metrics>).reflectionTokens ?? 0;
}

export function secondsOf(m: Metrics): number {
  return Object.values(m.seconds).reduce((sum, s) => sum + s, 0);
}

/** Whether each trained iteration says how long it took: runs of the command line keep no times. */
export function timed(metrics: readonly Metrics[]): boolean {
  return metrics.every((m) => m.iteration === 0 || secondsOf(m) > 0);
}

const cost: Record<Axis, (m: Metrics) => number> = {
  iterations: (m) => (m.iteration > 0 ? 1 : 0),
  episodes: (m) => m.episodes,
  tokens: tokensOf,
  // Evaluation is no part of the budget of learning.
  minutes: (m) => (secondsOf(m) - (m.seconds.evaluate ?? 0)) / 60,
};

/** The measured points of a run with their Wilson intervals, along an axis of what it had cost by then. */
export function pointsOf(metrics: readonly Metrics[], axis: Axis): Point[] {
  let x = 0;
  return metrics.flatMap((m) => {
    x += cost[axis](m);
    const { evaluation } = m;
    if (!evaluation) return [];
    return [{ x, y: evaluation.success * 100, low: evaluation.ci95[0] * 100, high: evaluation.ci95[1] * 100 }];
  });
}

/** Equal for runs that differ in nothing but their seed. */
export function seedless({ config, world, policy }: Pick<RunRecord, 'config' | 'world' | 'policy'>): string {
  const { seed: _seed, iterations: _iterations, ...rest } = config;
  return JSON.stringify([rest, world.hash, policy.hash]);
}

/** Runs in groups that differ in nothing but their seed, in the order of their first run; of forks and other copies of a seed the longest counts. */
export function bySeed<T extends Pick<RunRecord, 'config' | 'world' | 'policy' | 'iteration'>>(runs: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const run of runs) {
    const group = groups.get(seedless(run)) ?? [];
    const copy = group.findIndex(({ config }) => config.seed === run.config.seed);
    if (copy < 0) group.push(run);
    else if (run.iteration > (group[copy] as T).iteration) group[copy] = run;
    groups.set(seedless(run), group);
  }
  return [...groups.values()];
}

/** The mean of several runs where all were measured; the band goes from the lowest to the highest. One run keeps its own. */
export function joined(runs: readonly Point[][]): Point[] {
  const [first, ...rest] = runs;
  if (!first || rest.length === 0) return first ?? [];
  return first.flatMap((point, i) => {
    const others = rest.map((points) => points[i]);
    const all = [point, ...others.filter((other) => other !== undefined)];
    if (all.length < runs.length) return [];
    const mean = (of: (p: Point) => number) => all.reduce((sum, p) => sum + of(p), 0) / all.length;
    const ys = all.map(({ y }) => y);
    return [{ x: mean((p) => p.x), y: mean((p) => p.y), low: Math.min(...ys), high: Math.max(...ys) }];
  });
}

/** What is known at `x`: the last point at or before it; null before the first. */
export function at(points: readonly Point[], x: number): Point | null {
  return points.findLast((point) => point.x <= x + 1e-9) ?? null;
}

/** What differs between two runs, one phrase a setting, in the order of the settings. */
export function differences(run: RunRecord, before: RunRecord, shown: (name: keyof RunConfig, value: string | number) => string): string[] {
  const names = Object.keys(settings) as (keyof RunConfig)[];
  const changes = names
    .filter((name) => run.config[name] !== before.config[name])
    .map((name) => `${name} ${shown(name, before.config[name])} → ${shown(name, run.config[name])}`);
  if (run.world.hash !== before.world.hash) changes.push(runRow.otherGames(before.world.name, run.world.name));
  if (run.policy.hash !== before.policy.hash) changes.push(runRow.otherPolicy(before.policy.name, run.policy.name));
  return changes;
}
