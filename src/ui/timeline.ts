/** How many edits of each kind were made in each iteration. */
import type { RuleEvent } from '../types.ts';
import { kindOf } from './marks.ts';

export interface Stroke {
  op: string;
  iteration: number;
  n: number;
}

export function strokesOf(events: readonly RuleEvent[]): Stroke[] {
  const strokes = new Map<string, Stroke>();
  for (const { iteration, action } of events) {
    const op = kindOf(action.op);
    const key = `${op} ${iteration}`;
    const stroke = strokes.get(key) ?? { op, iteration, n: 0 };
    stroke.n++;
    strokes.set(key, stroke);
  }
  return [...strokes.values()];
}
