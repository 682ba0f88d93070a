/** Which rule each event of a pool's history touched, and what it looked like before and after. */
import { PoolFold, sameContent, touchedBy, type Pool } from '../rules/pool.ts';
import { undoneBy } from '../rules/undo.ts';
import type { Rule, RuleEvent } from '../types.ts';
import { editNames, ruleHistory } from './text.ts';

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
  const fold = new PoolFold();
  const { rules } = fold.pool;
  const traced: Traced[] = [];
  for (const event of events) {
    const { action } = event;
    // A merge belongs to the rule it makes.
    const touched = action.op === 'MERGE' ? [] : touchedBy(action);
    const before = new Map(touched.map((id) => [id, rules.get(id)]));
    try {
      fold.add(event);
    } catch {
      break;
    }
    // What names no rule made a new one.
    for (const id of touched.length ? touched : [`r${rules.size}`]) {
      const rule = rules.get(id);
      const was = before.get(id);
      // An undo may name rules that it leaves as they were.
      if (rule && !(action.op === 'RESTORE' && was && sameContent(was, rule))) traced.push({ event, rule, before: was });
    }
  }
  return { pool: fold.pool, traced };
}

/** Events of each rule, oldest first; a merge belongs to the rule it made. */
export function storiesOf({ traced }: History): Map<string, Traced[]> {
  const stories = new Map<string, Traced[]>();
  for (const step of traced) {
    const story = stories.get(step.rule.id);
    if (story) story.push(step);
    else stories.set(step.rule.id, [step]);
  }
  return stories;
}

/** What an event did, in words; an undo is worded by what it took back, which may itself have been an undo. */
export function deedOf(event: RuleEvent, events: readonly RuleEvent[]): string {
  let undone = event;
  let undoing = false;
  for (;;) {
    const target = events[undoneBy(undone)[0] ?? -1];
    if (!target) break;
    undone = target;
    undoing = !undoing;
  }
  const { action } = undone;
  const deed = editNames[action.op]?.done ?? action.op.toLowerCase();
  if (undone === event) return deed;
  return undoing ? ruleHistory.undone(deed, undone.iteration) : ruleHistory.redone(deed, undone.iteration);
}

/** Why an event was made, as far as it says so beyond its deed. */
export function whyOf(event: RuleEvent): string {
  return event.why || (event.action.op === 'RESTORE' && undoneBy(event).length === 0 ? event.action.why : '');
}

/** The number by which a rule is called on the page. */
export function ruleNumber(id: string): string {
  return id.replace(/^r/, '');
}
