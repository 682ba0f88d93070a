/** The order of the list of episodes, and its headings. */
import type { EpisodeRow } from '../storage/rows.ts';
import { groupOf, isEvaluation, nthGroup } from './contrast.ts';
import { episodeList } from './text.ts';

export const orders = ['newest', 'oldest', 'shortest', 'longest', 'reward'] as const;
export type Order = (typeof orders)[number];

/** A heading, or an episode; `grouped` ones stand below the heading of their task. */
export type Line = ({ key: string; title: string } & { row?: undefined }) | { key: string; title: null; row: EpisodeRow; grouped: boolean };

/**
 * In order of time the episodes of one task stand together under their task.
 * @param rows those that the filters left, oldest first.
 * @param all every episode of the run: a heading counts its whole group, whatever is shown of it.
 */
export function listed(rows: readonly EpisodeRow[], order: Order, all: readonly EpisodeRow[]): Line[] {
  if (order === 'newest' || order === 'oldest') {
    const groups = grouped(rows);
    const whole = rows.length === all.length ? groups : grouped(all);
    const lists = [...groups.entries()];
    if (order === 'newest') lists.reverse();
    return lists.flatMap(([key, group]): Line[] => [
      { key: `group ${key}`, title: titleOf(whole.get(key) ?? group, group.length) },
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

function grouped(rows: readonly EpisodeRow[]): Map<string, EpisodeRow[]> {
  const groups = new Map<string, EpisodeRow[]>();
  for (const row of rows) {
    const key = groupOf(row.id);
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  return groups;
}

/** Where an episode stands among those listed, counted from 1 at the top; null when it is not among them. */
export function placeOf(lines: readonly Line[], id: string | null): number | null {
  const place = lines.filter(({ row }) => row).findIndex(({ key }) => key === id);
  return place < 0 ? null : place + 1;
}

/** @param shown how many of the group the filters left. */
function titleOf(group: readonly EpisodeRow[], shown: number): string {
  const [{ id, iteration, goal }] = group as [EpisodeRow];
  const won = group.filter((row) => row.won).length;
  const { validationGroup, trainingGroup } = episodeList;
  const n = group.length;
  return isEvaluation(id) ? validationGroup(iteration, won, n, shown) : trainingGroup(iteration, nthGroup(id), goal, won, n, shown);
}
