/** The order in which rules are shown: best first, the older of two equal ones first. */
import type { Rule } from '../types.ts';

export function isActive(rule: Rule): boolean {
  return rule.status === 'active';
}

export function byScore(a: Rule, b: Rule): number {
  return b.score - a.score || Number(a.id.slice(1)) - Number(b.id.slice(1));
}
