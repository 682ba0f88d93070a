/** A turn as it is printed: where its words were chosen, and chances in percent. */
import type { Turn } from '../types.ts';

/** The action cut where choosing begins and ends; damaged spans of an imported file leave it whole. */
export function piecesOf({ action, chosen = [] }: Pick<Turn, 'action' | 'chosen'>): { text: string; chosen: boolean }[] {
  const pieces: { text: string; chosen: boolean }[] = [];
  let at = 0;
  for (const [from, to] of chosen) {
    if (from < at || to <= from || to > action.length) continue;
    if (from > at) pieces.push({ text: action.slice(at, from), chosen: false });
    pieces.push({ text: action.slice(from, to), chosen: true });
    at = to;
  }
  if (at < action.length) pieces.push({ text: action.slice(at), chosen: false });
  return pieces;
}

/** A log-probability in nats as a percentage. */
export function chance(logprob: number): string {
  const percent = Math.exp(logprob) * 100;
  return `${percent >= 99.5 ? '100' : percent < 1 ? '<1' : percent.toFixed(0)} %`;
}
