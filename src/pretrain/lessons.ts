/**
 * Which rules stand in a demonstration's prompt, and what the demonstrator therefore knows.
 *
 * The policy must read its rules, not merely have them: a procedure is carried out when its rule is in the prompt and
 * only now and then without it, a place is searched first when a rule names it, and everything else in the prompt is
 * a distraction that demonstrations ignore. Prompts full of other tasks' procedures are frequent on purpose: with few of
 * them the policy took the mere presence of rules for permission.
 */
import type { Game } from '../envs/alfworld/game.ts';
import type { Rng } from '../lib/rng.ts';
import { misleadingWordings, procedureFamilies, type Advice, type ProcedureFamily } from '../rules/language.ts';
import { fromGrammar, idleHomeAdvice, phrase } from './phrasings.ts';

export interface Lesson {
  /** Sentences for the rules block, at most five. */
  rules: string[];
  /** Procedures that the demonstrator carries out. */
  knows: Record<ProcedureFamily, boolean>;
  /** Places it believes in for the object of the task. */
  hints: { object: string; receptacles: string[] }[];
}

/** How often a procedure is carried out although no rule says so: what a weights-only method can find and reinforce. */
export const UNTOLD = 0.12;

const MOST_RULES = 5;

/**
 * Draws the rules of one demonstration. `places` maps an object class to the receptacle classes it starts on. With
 * `honest` rules all are true and nothing is done untold: for homes where only the rules can tell what is done where.
 */
export function drawLesson(game: Game, places: ReadonlyMap<string, string[]>, rng: Rng, honest = false): Lesson {
  const { family, goal } = game;
  const mode = ['none', 'right', 'procedure', 'where', 'unhelpful'][rng.weighted([0.14, 0.34, 0.1, 0.08, 0.34])] as string;
  const advices: Advice[] = [];
  const own = procedureFamilies.find((name) => name === family);
  if (own && (mode === 'right' || mode === 'procedure')) advices.push({ kind: 'procedure', family: own });
  const told = advices.length > 0;
  if (mode === 'where' || (mode === 'right' && rng.chance(0.6))) advices.push(placeOf(goal.object, places, rng));
  const hints = advices.flatMap((advice) => (advice.kind === 'where' ? [advice] : []));
  if (mode !== 'none') {
    const distractors = mode === 'unhelpful' ? 1 + rng.below(MOST_RULES) : rng.below(MOST_RULES - advices.length + 1);
    for (let i = 0; i < distractors; i++) advices.push(distractor(game, places, rng));
  }
  const sentences = advices.map((advice) => {
    // A sentence may name the object of the task only where it is about this kind of task.
    const object = advice.kind === 'procedure' && advice.family === own ? goal.object : undefined;
    return phrase(advice, rng, { exactNames: honest, object });
  });
  if (mode === 'unhelpful' && !honest && rng.chance(0.2)) sentences[0] = misleading(family, rng);
  if (mode !== 'none' && sentences.length < MOST_RULES && rng.chance(0.15)) sentences.push(idleHomeAdvice(rng));
  const rules = new Set(rng.shuffle(sentences));
  // Look and pick need nothing that the task sentence does not say; their demonstrations are always complete.
  const knows = { clean: false, heat: false, cool: false, two: false, look: true };
  if (own && own !== 'look') knows[own] = told || (!honest && rng.chance(UNTOLD));
  return { rules: [...rules], knows, hints };
}

/** Where the object really is (mostly), or a place that is wrong in this game: the demonstrator then searches on. */
function placeOf(object: string, places: ReadonlyMap<string, string[]>, rng: Rng): Advice & { kind: 'where' } {
  const all = [...new Set([...places.values()].flat())].sort();
  const right = places.get(object) ?? [];
  const first = right.length > 0 && rng.chance(0.8) ? rng.pick(right) : rng.pick(all);
  const second = rng.chance(0.25) ? rng.pick(all) : first;
  return { kind: 'where', object, receptacles: [...new Set(rng.shuffle([first, second]))] };
}

/** Advice for another task or another object. */
function distractor(game: Game, places: ReadonlyMap<string, string[]>, rng: Rng): Advice {
  const otherFamilies = procedureFamilies.filter((family) => family !== game.family);
  const otherObjects = [...places.keys()].filter((object) => object !== game.goal.object).sort();
  if (otherObjects.length === 0 || rng.chance(0.65)) return { kind: 'procedure', family: rng.pick(otherFamilies) };
  return placeOf(rng.pick(otherObjects), places, rng);
}

/** A workplace procedure with the wrong workplace, of this family where it has one: to be passed over like any other. */
export function misleading(family: string, rng: Rng): string {
  const workplaces = { clean: 'sinkbasin', heat: 'microwave', cool: 'fridge' };
  const names = Object.keys(workplaces) as (keyof typeof workplaces)[];
  const about = names.find((name) => name === family) ?? rng.pick(names);
  const wrong = [...Object.values(workplaces), 'garbagecan', 'countertop'].filter((place) => place !== workplaces[about]);
  const workplace = rng.pick(wrong);
  if (rng.chance(0.5)) return fromGrammar({ kind: 'procedure', family: about }, rng, { workplace });
  return rng.pick(misleadingWordings(about, workplace));
}
