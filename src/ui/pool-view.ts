/** Which rules of a pool are shown, and in which order. */
import type { Rule } from '../types.ts';
import type { History } from './history.ts';
import type { Use } from './uses.ts';
import { byScore } from './ranking.ts';

/** The empty one shows all that are kept. */
export const conditions = ['', 'active', 'pending', 'disabled', 'superseded', 'pruned', 'imported', 'everything'] as const;
export type Condition = (typeof conditions)[number];

/** The empty one is by score. */
export const rankings = ['', 'used', 'help', 'youngest', 'oldest'] as const;
export type Ranking = (typeof rankings)[number];

/** What is known of a pool beyond its rules. */
export interface Facts {
  /** Rules that a merge replaced, and by which. */
  successors: ReadonlyMap<string, Rule>;
  /** Where imported rules came from. */
  origins: ReadonlyMap<string, string>;
}

export function factsOf({ pool, traced }: History): Facts {
  const successors = new Map<string, Rule>();
  for (const rule of pool.rules.values()) for (const id of rule.mergedFrom) successors.set(id, rule);
  const origins = new Map<string, string>();
  for (const { event, rule } of traced) if (event.action.op === 'IMPORT') origins.set(rule.id, event.action.origin);
  return { successors, origins };
}

export function isOf(rule: Rule, condition: Condition, { successors, origins }: Facts): boolean {
  switch (condition) {
    case '':
      return rule.status !== 'removed';
    case 'superseded':
      return rule.status === 'removed' && successors.has(rule.id);
    case 'pruned':
      return rule.status === 'removed' && !successors.has(rule.id);
    case 'imported':
      return origins.has(rule.id);
    case 'everything':
      return true;
    default:
      return rule.status === condition;
  }
}

/** Share won with the rule minus share won without it, from -1 to 1; null when one of the two was not seen. */
export function helpOf(use: Use | undefined): number | null {
  if (!use || use.with[1] === 0 || use.without[1] === 0) return null;
  return use.with[0] / use.with[1] - use.without[0] / use.without[1];
}

const number = (id: string) => Number(id.slice(1));

export function ranked(rules: readonly Rule[], ranking: Ranking, uses: ReadonlyMap<string, Use>): Rule[] {
  const used = (rule: Rule) => {
    const use = uses.get(rule.id);
    return use ? use.with[1] + use.validation[1] : 0;
  };
  const help = (rule: Rule) => helpOf(uses.get(rule.id)) ?? -Infinity;
  const orders: Record<Ranking, (a: Rule, b: Rule) => number> = {
    '': byScore,
    used: (a, b) => used(b) - used(a) || byScore(a, b),
    help: (a, b) => (help(a) === help(b) ? byScore(a, b) : help(b) - help(a)),
    youngest: (a, b) => b.born - a.born || number(b.id) - number(a.id),
    oldest: (a, b) => a.born - b.born || number(a.id) - number(b.id),
  };
  return rules.toSorted(orders[ranking]);
}

/** A rule in the list, or the line below which no rule reaches a prompt. */
export type Row = { rule: Rule; end?: undefined } | { rule: null; end: true };

/** With one pool in order of score, the best k of those in use come first, then the line, then the rest. */
export function withPromptEnd(rules: readonly Rule[], k: number): { rows: Row[]; inPrompt: Set<string> } {
  const active = rules.filter((rule) => rule.status === 'active');
  const prompt = active.slice(0, k);
  const inPrompt = new Set(prompt.map(({ id }) => id));
  const rest = [...active.slice(k), ...rules.filter((rule) => rule.status !== 'active')];
  const line: Row[] = prompt.length && rest.length ? [{ rule: null, end: true }] : [];
  return { rows: [...prompt.map((rule): Row => ({ rule })), ...line, ...rest.map((rule): Row => ({ rule }))], inPrompt };
}
