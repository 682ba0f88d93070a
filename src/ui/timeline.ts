/** How many rules were changed in each way in each iteration. */
import type { Traced } from './history.ts';
import { kindOf } from './marks.ts';

export interface Stroke {
  op: string;
  iteration: number;
  n: number;
}

export function strokesOf(traced: readonly Traced[]): Stroke[] {
  const strokes = new Map<string, Stroke>();
  for (const {
    event: { iteration, action },
  } of traced) {
    const op = kindOf(action.op);
    const key = `${op} ${iteration}`;
    const stroke = strokes.get(key) ?? { op, iteration, n: 0 };
    stroke.n++;
    strokes.set(key, stroke);
  }
  return [...strokes.values()];
}
