/** Demonstrations: whole episodes of the searching expert in generated homes, told or not told by the rules in the prompt. */
import { AlfworldEnv } from '../envs/alfworld/engine.ts';
import { SearchingExpert } from '../envs/alfworld/expert.ts';
import { families, goalSentence, type Game } from '../envs/alfworld/game.ts';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import type { Rng } from '../lib/rng.ts';
import { episodePrompt, offered, openingOf, readText, sayText } from '../policy/prompt.ts';
import { drawLesson } from './lessons.ts';

/** A stretch of text and who wrote it; slips are actions that must not be learnt. */
export interface Segment {
  text: string;
  by: 'environment' | 'agent' | 'slip';
  /** An action at which a rule makes the difference: where to go with the object in hand, what to do after placing one. */
  decisive?: boolean;
}

export interface Demonstration {
  segments: Segment[];
  won: boolean;
  family: string;
}

/** Homes by size: small ones make short episodes, so that more decisions fit into the same number of tokens. */
const sizes = [
  { maxReceptacles: 7, share: 0.3 },
  { maxReceptacles: 13, share: 0.25 },
  { maxReceptacles: undefined, share: 0.45 },
];

/** The homes that demonstrations are drawn from. */
export function openNeighbourhood(seed: number): Promise<GeneratedHomes[]> {
  return Promise.all(sizes.map(({ maxReceptacles }) => GeneratedHomes.create({ seed, maxReceptacles })));
}

/**
 * Where a procedure was left out, the expert believes that it is done and only looks, this many times. Cut off right
 * after the placement, the policy learned to take the object up again and to try until it won, whatever the rules said;
 * looking around for something else taught it to pass by what it should take.
 */
const IDLE = 3;

/** Expert steps per episode; with all knowledge it needs 50 at most. */
const STEPS = 50;

/** Share of each family among the demonstrations: those whose procedure has to be read get more. */
const familyShares: Record<(typeof families)[number], number> = { pick: 1, look: 1, clean: 1.2, heat: 1.2, cool: 1.2, two: 1.4 };

/** How often a slip stands in for the expert's action: the policy learns to go on from it, never to make it. */
const SLIPS = 0.06;
/** Slips that lose time and nothing else. */
const harmless = /^(go to|open|examine|look$|inventory$)/;

/** The receptacle classes on which each object class starts. */
export function placesIn(game: Game): Map<string, string[]> {
  const places = new Map<string, Set<string>>();
  for (const object of game.objects) {
    const on = places.get(object.kind) ?? new Set<string>();
    for (const receptacle of object.in) on.add((game.receptacles[receptacle] as Game['receptacles'][number]).kind);
    if (on.size > 0) places.set(object.kind, on);
  }
  return new Map([...places].map(([kind, on]) => [kind, [...on].sort()]));
}

/** The index-th demonstration: the same numbers give the same text on every machine. */
export function demonstrate(neighbourhood: readonly GeneratedHomes[], index: number, rng: Rng): Demonstration {
  const own = rng.split('demonstration', index);
  const homes = neighbourhood[own.weighted(sizes.map(({ share }) => share))] as GeneratedHomes;
  const game = gameOfFamily(homes, own);
  const lesson = drawLesson(game, placesIn(game), own.split('lesson'));
  const env = new AlfworldEnv(game);
  const expert = new SearchingExpert(game.sentence, env.first.text, {
    knows: lesson.knows,
    hints: lesson.hints.flatMap(({ object, receptacles }) => receptacles.map((receptacle) => ({ object, receptacle }))),
    rng: own.split('expert'),
  });
  const task = { env: 'alfworld' as const, id: game.id, family: game.family, goal: goalSentence(game) };
  const segments: Segment[] = [{ text: episodePrompt(task, lesson.rules, openingOf(env.first.text)), by: 'environment' }];
  const gated = game.family !== 'pick' && game.family !== 'look';
  const naive = game.family !== 'pick' && !lesson.knows[game.family];
  let observation = env.first;
  let won = false;
  let idle = 0;
  let before = '';
  for (let step = 0; step < STEPS && !won && idle < IDLE; step++) {
    const admissible = offered(observation.admissible);
    const slip = idle === 0 && own.chance(SLIPS);
    let action: string;
    if (idle > 0) action = 'look';
    else if (slip) action = own.pick(admissible.filter((command) => harmless.test(command)));
    else action = expert.next({ ...observation, admissible });
    if (slip) expert.skip(observation);
    else if (idle === 0 && expert.finished) break;
    const result = env.step(action);
    const decisive = gated && !slip && /^(take|move|put) /.test(before);
    segments.push({ text: sayText(action), by: slip ? 'slip' : 'agent', decisive });
    won = result.won;
    observation = result;
    if (!won) segments.push({ text: readText(result.text), by: 'environment' });
    if (!slip) before = action;
    if (idle > 0 || (naive && !slip && /^(move|put) /.test(action))) idle++;
  }
  while (segments.length > 1 && segments.at(-1)?.by !== 'agent') segments.pop();
  return { segments, won, family: game.family };
}

function gameOfFamily(homes: GeneratedHomes, rng: Rng): Game {
  const family = families[rng.weighted(families.map((name) => familyShares[name]))] as string;
  for (let index = rng.below(0x7fffffff); ; index++) {
    const game = homes.game('training', index);
    if (game.family === family) return game;
  }
}
