/** Which rules of its prompt each turn of an episode carried out: what was said beside what was done, no claim about why. */
import type { Rule, Trajectory } from '../types.ts';
import { stepsFollowed } from './followed.ts';
import { topic, understand, type Advice } from './language.ts';

/** @returns ids of rules by the number of the turn, from 0. A sentence outside the known wordings is never cited. */
export function citedRules(trajectory: Trajectory, rules: readonly Pick<Rule, 'id' | 'text'>[]): Map<number, string[]> {
  const cited = new Map<number, string[]>();
  const followed = stepsFollowed(trajectory);
  for (const { id, text } of rules) {
    const advice = understand(text);
    if (!advice) continue;
    for (const step of followed) {
      if (!saysSo(advice, step.advice)) continue;
      cited.set(step.turn, [...(cited.get(step.turn) ?? []), id]);
    }
  }
  return cited;
}

function saysSo(rule: Advice, done: Advice): boolean {
  if (topic(rule) !== topic(done)) return false;
  if (rule.kind !== 'where' || done.kind !== 'where') return true;
  return done.receptacles.some((receptacle) => rule.receptacles.includes(receptacle));
}
