/** The order of the list of episodes, and its headings. */
import type { EpisodeRow } from '../storage/rows.ts';
import { groupOf, isEvaluation, nthGroup } from './contrast.ts';
import { episodeList } from './text.ts';

export const orders = ['newest', 'oldest', 'shortest', 'longest', 'reward'] as const;
export type Order = (typeof orders)[number];

/** A heading, or an episode; `grouped` ones stand below the heading of their task. */
export type Line = ({ key: string; title: string } & { row?: undefined }) | { key: string; title: null; row: EpisodeRow; grouped: boolean };

/** @param rows oldest first. In order of time the episodes of one task stand together under their task. */
export function listed(rows: readonly EpisodeRow[], order: Order): Line[] {
  if (order === 'newest' || order === 'oldest') {
    const groups = new Map<string, EpisodeRow[]>();
    for (const row of rows) {
      const key = groupOf(row.id);
      const group = groups.get(key);
      if (group) group.push(row);
      else groups.set(key, [row]);
    }
    const lists = [...groups.entries()];
    if (order === 'newest') lists.reverse();
    return lists.flatMap(([key, group]): Line[] => [
      { key: `group ${key}`, title: titleOf(group) },
      ...group.map((row): Line => ({ key: row.id, title: null, row, grouped: true })),
    ]);
  }
  const by: Record<Exclude<Order, 'newest' | 'oldest'>, (row: EpisodeRow) => number> = {
    shortest: (row) => row.steps,
    longest: (row) => -row.steps,
    reward: (row) => -row.reward,
  };
  const value = by[order];
  return rows
    .toReversed()
    .sort((a, b) => value(a) - value(b))
    .map((row) => ({ key: row.id, title: null, row, grouped: false }));
}

function titleOf(group: readonly EpisodeRow[]): string {
  const [{ id, iteration, goal }] = group as [EpisodeRow];
  const won = group.filter((row) => row.won).length;
  const { validationGroup, trainingGroup } = episodeList;
  return isEvaluation(id) ? validationGroup(iteration, won, group.length) : trainingGroup(iteration, nthGroup(id), goal, won, group.length);
}
