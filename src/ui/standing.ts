/** Which events of a rule are still in force, so that counts of votes and edits agree with its score and its text. */
import { undoneBy } from '../rules/undo.ts';
import type { RuleEvent } from '../types.ts';
import type { Traced } from './history.ts';

/** What an event that takes back did to earlier ones, by their `seq`. */
interface Effect {
  ends: number[];
  brings: number[];
}

/**
 * Without what was taken back and not made again, and without what lies after the iteration that the pool went back to.
 * @param story events of one rule, oldest first.
 */
export function standing(story: readonly Traced[]): Traced[] {
  const gone = new Set<number>();
  const effects = new Map<number, Effect>();
  story.forEach(({ event }, i) => {
    const wanted = effectOf(event, story.slice(0, i), effects);
    // Only what this event changed is changed back when it is taken back itself.
    const effect = { ends: wanted.ends.filter((seq) => !gone.has(seq)), brings: wanted.brings.filter((seq) => gone.has(seq)) };
    effects.set(event.seq, effect);
    for (const seq of effect.ends) gone.add(seq);
    for (const seq of effect.brings) gone.delete(seq);
  });
  return story.filter(({ event }) => !gone.has(event.seq));
}

function effectOf(event: RuleEvent, earlier: readonly Traced[], effects: ReadonlyMap<number, Effect>): Effect {
  const targets = undoneBy(event);
  if (targets.length) {
    const taken = targets.flatMap((target) => effects.get(target) ?? []);
    return { ends: [...targets, ...taken.flatMap(({ brings }) => brings)], brings: taken.flatMap(({ ends }) => ends) };
  }
  const iteration = event.action.op === 'RESTORE' ? (event.action.backTo ?? -1) : -1;
  const then = earlier.filter((step) => step.event.iteration <= iteration);
  // A younger rule was only removed: what was said of it stays.
  if (then.length === 0) return { ends: [], brings: [] };
  const stood = new Set(standing(then).map((step) => step.event.seq));
  const all = earlier.map((step) => step.event.seq);
  return { ends: all.filter((seq) => !stood.has(seq)), brings: all.filter((seq) => stood.has(seq)) };
}

/** How often a rule was voted on and reworded, as far as it still counts. */
export function tallyOf(story: readonly Traced[]): { up: number; down: number; edits: number } {
  const stands = standing(story);
  const count = (op: RuleEvent['action']['op']) => stands.filter(({ event }) => event.action.op === op).length;
  return { up: count('UPVOTE'), down: count('DOWNVOTE'), edits: count('EDIT') };
}
