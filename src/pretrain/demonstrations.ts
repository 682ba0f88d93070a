/** Demonstrations: whole episodes of the searching expert in generated homes, told or not told by the rules in the prompt. */
import { AlfworldEnv } from '../envs/alfworld/engine.ts';
import type { ExpertOptions, Hint } from '../envs/alfworld/expert.ts';
import { SearchingExpert } from '../envs/alfworld/expert.ts';
import { families, goalSentence, type Game } from '../envs/alfworld/game.ts';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import type { Rng } from '../lib/rng.ts';
import { episodePrompt, offered, openingOf, readText, sayText } from '../policy/prompt.ts';
import type { Task, Turn } from '../types.ts';
import { drawLesson, type Lesson } from './lessons.ts';
import { drawRenaming } from './renamed.ts';

/** A stretch of text and who wrote it; slips are actions that must not be learnt. */
export interface Segment {
  text: string;
  by: 'environment' | 'agent' | 'slip';
  /** Weight of an action at which a rule makes the difference, such as where to go with the object in hand; 1 where absent. */
  emphasis?: number;
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

/** The homes that demonstrations are drawn from, and tiny ones in which one decision follows another. */
export interface Neighbourhood {
  homes: GeneratedHomes[];
  tiny: GeneratedHomes;
}

export async function openNeighbourhood(seed: number): Promise<Neighbourhood> {
  const homes = await Promise.all(sizes.map(({ maxReceptacles }) => GeneratedHomes.create({ seed, maxReceptacles })));
  return { homes, tiny: await GeneratedHomes.create({ seed, maxReceptacles: 5 }) };
}

/**
 * Where a procedure was left out, the expert believes that it is done and only looks, this often at least and at most.
 * Cut off right after the placement, the policy learned to take the object up again and to try until it won, whatever
 * the rules said; always cut off after three looks, it did so after the fourth; looking around for something else taught
 * it to pass by what it should take.
 */
const IDLE = [3, 14] as const;

/** One decision in an episode depends on the rules; unweighted, the policy was slow to read them. */
const EMPHASIS = 6;

/** Expert steps per episode; with all knowledge it needs 50 at most. */
const STEPS = 50;

/** Share of each family among the demonstrations: those whose procedure has to be read get more. */
const familyShares: Record<(typeof families)[number], number> = { pick: 1, look: 1, clean: 1.2, heat: 1.2, cool: 1.2, two: 1.8 };

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
export function demonstrate({ homes }: Neighbourhood, index: number, rng: Rng): Demonstration {
  const own = rng.split('demonstration', index);
  return demonstrateIn(homes[own.weighted(sizes.map(({ share }) => share))] as GeneratedHomes, own);
}

/**
 * The index-th drill: a short episode in a tiny home whose things have exchanged their names, so that all must be read.
 * Where no rule says where to look first, any place will do: many are left without taking what lies there.
 */
export function drill({ tiny }: Neighbourhood, index: number, rng: Rng): Demonstration {
  const own = rng.split('drill', index);
  return demonstrateIn(tiny, own, drawRenaming(own.split('names')));
}

function demonstrateIn(homes: GeneratedHomes, own: Rng, rename?: (text: string) => string): Demonstration {
  const { game, lesson } = drawGame(homes, own, rename !== undefined);
  const hints = lesson.hints.flatMap(({ object, receptacles }) => receptacles.map((receptacle) => ({ object, receptacle })));
  if (rename && hints.length === 0) hints.push({ object: game.goal.object, receptacle: own.pick(game.receptacles).kind });
  const { task, opening, turns, won } = playOnce(game, lesson.knows, hints, own.split('play'), SLIPS);
  const segments: Segment[] = [{ text: episodePrompt(task, lesson.rules, opening), by: 'environment' }];
  turns.forEach(({ action, observation, by, decisive }, i) => {
    segments.push({ text: sayText(action), by, ...(decisive && { emphasis: EMPHASIS }) });
    if (i < turns.length - 1) segments.push({ text: readText(observation), by: 'environment' });
  });
  if (rename) for (const segment of segments) segment.text = rename(segment.text);
  return { segments, won, family: game.family };
}

export interface Play {
  task: Task;
  opening: string;
  /** Actions, who chose them, and what the game answered; the last one is the agent's. */
  turns: (Turn & { by: 'agent' | 'slip'; decisive: boolean })[];
  won: boolean;
}

/** One episode of the searching expert that knows some procedures and believes some hints. */
export function playOnce(game: Game, knows: ExpertOptions['knows'], hints: readonly Hint[], rng: Rng, slips: number): Play {
  const env = new AlfworldEnv(game);
  const expert = new SearchingExpert(game.sentence, env.first.text, { knows, hints, rng: rng.split('expert') });
  const gated = game.family !== 'pick' && game.family !== 'look';
  const naive = game.family !== 'pick' && !knows[game.family];
  const turns: Play['turns'] = [];
  let observation = env.first;
  let won = false;
  let idle = 0;
  const patience = IDLE[0] + rng.split('idle').below(IDLE[1] - IDLE[0] + 1);
  let before = '';
  for (let step = 0; step < STEPS && !won && idle < patience; step++) {
    const admissible = offered(observation.admissible);
    const slip = idle === 0 && rng.chance(slips);
    let action: string;
    if (idle > 0) action = 'look';
    else if (slip) action = rng.pick(admissible.filter((command) => harmless.test(command)));
    else action = expert.next({ ...observation, admissible });
    if (slip) expert.skip(observation);
    else if (idle === 0 && expert.finished) break;
    const result = env.step(action);
    turns.push({
      action,
      observation: result.text,
      logprob: 0,
      by: slip ? 'slip' : 'agent',
      decisive: gated && !slip && /^(take|move|put) /.test(before),
    });
    won = result.won;
    observation = result;
    if (!slip) before = action;
    if (idle > 0 || (naive && !slip && /^(move|put) /.test(action))) idle++;
  }
  while (turns.at(-1)?.by === 'slip') turns.pop();
  return {
    task: { env: 'alfworld', id: game.id, family: game.family, goal: goalSentence(game) },
    opening: openingOf(env.first.text),
    turns,
    won,
  };
}

/**
 * A game and its lesson. In a drill no pair lies half in its place already: leaving that one there looks, to a learner,
 * like passing by what should be taken.
 */
function drawGame(homes: GeneratedHomes, rng: Rng, honest: boolean): { game: Game; lesson: Lesson } {
  for (;;) {
    const game = gameOfFamily(homes, rng);
    const { family, goal } = game;
    const places = placesIn(game);
    if (honest && family === 'two' && places.get(goal.object)?.includes(goal.target)) continue;
    return { game, lesson: drawLesson(game, places, rng.split('lesson'), honest) };
  }
}

function gameOfFamily(homes: GeneratedHomes, rng: Rng): Game {
  const family = families[rng.weighted(families.map((name) => familyShares[name]))] as string;
  for (let index = rng.below(0x7fffffff); ; index++) {
    const game = homes.game('training', index);
    if (game.family === family) return game;
  }
}
