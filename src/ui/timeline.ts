/** How many edits of each kind were made in each iteration. */
import type { RuleEvent } from '../types.ts';

export interface Stroke {
  op: string;
  iteration: number;
  n: number;
}

/** What a person does is drawn on the staff of its kind: an import adds, switching off prunes. */
const staffOf: Record<string, string> = { IMPORT: 'ADD', ENABLE: 'ADD', DISABLE: 'PRUNE', RESTORE: 'EDIT' };

export function strokesOf(events: readonly RuleEvent[]): Stroke[] {
  const strokes = new Map<string, Stroke>();
  for (const { iteration, action } of events) {
    const op = staffOf[action.op] ?? action.op;
    const key = `${op} ${iteration}`;
    const stroke = strokes.get(key) ?? { op, iteration, n: 0 };
    stroke.n++;
    strokes.set(key, stroke);
  }
  return [...strokes.values()];
}
