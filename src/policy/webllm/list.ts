/** What WebLLM's list of models says of one: its context, whether it speaks, and which names are near one that it does not have. */
import { UserError } from '../../lib/errors.ts';
import type { ModelRecord } from './engine.ts';

/** A name that no list here has: to begin again would not help, another name does. */
export class UnknownModel extends UserError {}

/** A model that is not in this browser, while nobody has agreed to its download. */
export class NotDownloaded extends UserError {}

/** Models of WebLLM's list that turn texts into vectors say nothing. */
export const speaks = ({ model_type = 0 }: Pick<ModelRecord, 'model_type'>): boolean => model_type !== 1;

/** Tokens of context to load a model with: what is wanted, or less where the list itself gives it less (names ending in `-1k`). */
export function contextOf({ overrides }: Pick<ModelRecord, 'overrides'>, wanted: number): number {
  const own = overrides?.context_window_size;
  return typeof own === 'number' && own > 0 ? Math.min(wanted, own) : wanted;
}

/** Models that speak and whose names begin as `name` does, whatever the case; parts at its end are left away until there are some. */
export function nearestNames(list: readonly ModelRecord[], name: string, most = 4): string[] {
  const names = list.filter(speaks).map(({ model_id }) => model_id);
  for (let stem = name.toLowerCase(); stem.length > 2; stem = stem.slice(0, Math.max(0, stem.lastIndexOf('-')))) {
    const near = names.filter((each) => each.toLowerCase().startsWith(stem));
    if (near.length > 0) return near.slice(0, most);
  }
  return [];
}

/** To be put behind a sentence on an unknown name; empty without names. */
export const nearSentence = (near: readonly string[]): string => (near.length === 0 ? '' : ` Near it: ${near.join(', ')}.`);

/** @throws UnknownModel naming those near it */
export function recordOf(list: readonly ModelRecord[], name: string): ModelRecord {
  const record = list.find(({ model_id }) => model_id === name);
  if (record) return record;
  throw new UnknownModel(
    `WebLLM's list has no model named "${name}"; the page Models shows those that it has.${nearSentence(nearestNames(list, name))}`,
  );
}
