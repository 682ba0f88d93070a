/** Which rule each event of a pool's history touched, and what it looked like before and after. */
import { applyEvent, emptyPool, type Pool } from '../rules/pool.ts';
import type { Rule, RuleEvent } from '../types.ts';

export interface Traced {
  event: RuleEvent;
  /** The rule as it was left by the event. */
  rule: Rule;
  /** The rule as it was found; absent when the event made it. */
  before?: Rule;
}

export interface History {
  pool: Pool;
  traced: Traced[];
}

/** Folds the events one by one; what cannot be applied (a newer page wrote it) is left out. */
export function trace(events: readonly RuleEvent[]): History {
  let pool = emptyPool;
  const traced: Traced[] = [];
  for (const event of events) {
    const before = pool;
    try {
      pool = applyEvent(pool, event);
    } catch {
      break;
    }
    const { action } = event;
    const ids = action.op === 'RESTORE' ? action.rules.map(({ id }) => id) : ['id' in action ? action.id : `r${pool.rules.size}`];
    for (const id of ids) {
      const rule = pool.rules.get(id);
      if (rule) traced.push({ event, rule, before: before.rules.get(id) });
    }
  }
  return { pool, traced };
}

/** Events of one rule, oldest first; a merge belongs to the rule it made. */
export function ofRule(history: History, id: string): Traced[] {
  return history.traced.filter(({ rule }) => rule.id === id);
}

/** The number by which a rule is called on the page. */
export function ruleNumber(id: string): string {
  return id.replace(/^r/, '');
}
