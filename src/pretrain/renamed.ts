/**
 * Household texts with the names of things exchanged: where a mug may be called a bed and mugs are washed in the
 * drawer, nothing can be guessed, so what the task, the rules and the room say has to be read.
 */
import { canContain, objects as figures } from '../envs/alfworld/layouts.ts';
import type { Rng } from '../lib/rng.ts';

const receptacles = [...canContain.keys()].sort();
/** Lamps keep their names: their rules speak of a lamp. */
const objects = [...new Set(Object.values(figures).flatMap((room) => room.map(({ kind }) => kind)))]
  .filter((kind) => !canContain.has(kind) && !kind.endsWith('lamp'))
  .sort();
const anyName = new RegExp(`\\b(?:${[...receptacles, ...objects].join('|')})\\b`, 'g');

/** A function that renames one episode's texts: objects among each other, receptacles among each other. */
export function drawRenaming(rng: Rng): (text: string) => string {
  const names = new Map([...exchange(objects, rng), ...exchange(receptacles, rng)]);
  return (text) => text.replace(anyName, (name) => names.get(name) as string);
}

function exchange(names: readonly string[], rng: Rng): [string, string][] {
  const drawn = rng.shuffle(names);
  return names.map((name, i) => [name, drawn[i] as string]);
}
