/**
 * Endless household games drawn from measured figures: a floor plan, its furniture, one to three copies of
 * each object where such objects lie, and a task of one of the six kinds that can be done there.
 */
import { UserError } from '../../lib/errors.ts';
import { Rng } from '../../lib/rng.ts';
import { AlfworldEnv } from './engine.ts';
import type { Family, Game, GameObject, Goal, Receptacle, Wording } from './game.ts';
import { Can, Is, families } from './game.ts';
import { sentences } from './goal.ts';
import type { PlannedReceptacle, Room } from './layouts.ts';
import { canContain, kinds, objects as objectFigures, plans } from './layouts.ts';
import { plan } from './planner.ts';

export interface GeneratorOptions {
  /** Different seeds give different streams of homes. */
  seed: number;
  /** Most receptacles in a home; small homes are easy. Real ones have 6 to 54. */
  maxReceptacles?: number;
  /** Kinds of task to draw from; all six when absent. */
  families?: readonly Family[];
  /** Kinds of room to draw from; all that suit the task when absent. */
  rooms?: readonly Room[];
  /** Share, 0 to 1, of the things in a home that the task does not need; as many as in real homes when absent. */
  distractors?: number;
  /** Do all wanted objects start behind doors (true) or none of them (false)? As it comes when absent. */
  hidden?: boolean;
  /** Fewest and most commands of the shortest way to win: how far apart things are. */
  distance?: readonly [number, number];
  wording?: Wording;
}

/** Tenths of all possible homes that belong to a split: by content, so that no two splits share one. */
const shares = { training: [0, 8], validation: [8, 9], test: [9, 10] } as const;
export type GeneratedSplit = keyof typeof shares;
export const generatedSplits = Object.keys(shares) as GeneratedSplit[];

/** How often each kind of task is drawn, about as in the released games. */
const familyWeight: Record<Family, number> = { pick: 5, two: 5, look: 3, heat: 4, cool: 5, clean: 5 };

/** Where each kind of task occurs, in proportion to the released games. */
const roomWeight: Record<Family, Partial<Record<Room, number>>> = {
  pick: { bathroom: 31, bedroom: 23, kitchen: 13, living: 23 },
  two: { bathroom: 24, bedroom: 22, kitchen: 5, living: 27 },
  look: { bedroom: 34, living: 7 },
  heat: { kitchen: 1 },
  cool: { kitchen: 1 },
  clean: { bathroom: 22, kitchen: 51 },
};

/** A receptacle without which a task of this kind cannot be done. */
const workplace: Partial<Record<Family, string>> = { heat: 'microwave', cool: 'fridge', clean: 'sinkbasin' };
const lampKind = 'desklamp';

/** The order of raw ids, in which a basin stands under its sink. */
const idPrefix = (kind: string): string => `${kind.replace(/basin$/, '')}_`;
const byId = (a: { kind: string }, b: { kind: string }): number =>
  idPrefix(a.kind) < idPrefix(b.kind) ? -1 : idPrefix(a.kind) > idPrefix(b.kind) ? 1 : 0;

/** Names a sorted list the way the game does: downwards within each class. */
function nameAll<T extends { kind: string; name: string }>(sorted: T[]): T[] {
  const left = new Map<string, number>();
  for (const item of sorted) left.set(item.kind, (left.get(item.kind) ?? 0) + 1);
  for (const item of sorted) {
    const number = left.get(item.kind) as number;
    item.name = `${item.kind} ${number}`;
    left.set(item.kind, number - 1);
  }
  return sorted;
}

function furnish(room: Room, family: Family, max: number, rng: Rng): PlannedReceptacle[] {
  let planned = rng.pick(plans[room]);
  if (rng.chance(0.3)) {
    // Half the classes from another plan: more homes than the measured ones, each still plausible.
    const other = rng.pick(plans[room]).map((r) => ({ ...r, place: r.place + 1000 }));
    const swapped = new Set([...new Set([...planned, ...other].map((r) => r.kind))].filter(() => rng.chance(0.5)));
    planned = [...planned.filter((r) => !swapped.has(r.kind)), ...other.filter((r) => swapped.has(r.kind))];
  }
  if (planned.length <= max) return planned;
  const shuffled = rng.shuffle(planned);
  const first = shuffled.findIndex((r) => r.kind === workplace[family]);
  if (first > 0) shuffled.unshift(...shuffled.splice(first, 1));
  return shuffled.slice(0, max);
}

function placeReceptacles(planned: PlannedReceptacle[], rng: Rng): { receptacles: Receptacle[]; start: number } {
  const places = [...new Set(planned.map((r) => r.place))];
  const numbers = rng.shuffle(Array.from({ length: places.length + 1 }, (_, i) => i + 1));
  const receptacles = planned.map(({ kind, openable, place }) => ({
    name: '',
    kind,
    location: numbers[places.indexOf(place)] as number,
    openable,
  }));
  return { receptacles: nameAll(receptacles.sort(byId)), start: numbers[places.length] as number };
}

function abilities(kind: string): number {
  return (
    (kinds.fixed.has(kind) ? 0 : Can.pickUp) |
    (kinds.cleanable.has(kind) ? Can.clean : 0) |
    (kinds.heatable.has(kind) ? Can.heat : 0) |
    (kinds.coolable.has(kind) ? Can.cool : 0) |
    (kinds.sliceable.has(kind) ? Can.slice : 0) |
    (kinds.toggleable.has(kind) ? Can.toggle : 0) |
    (kinds.containers.has(kind) ? Can.containObjects : 0)
  );
}

/** Pairs of receptacles that some objects lie in at the same time: listed in both, as in the released games. */
const alsoIn: Record<string, { kind: string; chance: number }> = {
  stoveburner: { kind: 'stoveburner', chance: 0.12 },
  coffeemachine: { kind: 'countertop', chance: 0.4 },
};

function placeObjects(room: Room, family: Family, receptacles: Receptacle[], share: number, rng: Rng): GameObject[] {
  const placed: GameObject[] = [];
  for (const { kind, copies, where } of objectFigures[room]) {
    const lamp = family === 'look' && kind === lampKind;
    const spots = receptacles.map((r, i) => ({ i, weight: where.get(r.kind) ?? 0 })).filter((s) => s.weight > 0);
    if (spots.length === 0) continue;
    // The weight of a class is shared by its members.
    const weights = spots.map((s) => s.weight / receptacles.filter((r) => r.kind === receptacles[s.i]?.kind).length);
    const number = rng.weighted(copies);
    const kept = lamp ? Math.max(1, number) : rng.chance(share) ? number : 0;
    for (let n = 0; n < kept; n++) {
      const inside = [spots[rng.weighted(weights)]?.i as number];
      const first = receptacles[inside[0] as number] as Receptacle;
      const also = alsoIn[first.kind];
      if (also && rng.chance(also.chance)) {
        const second = receptacles.findIndex((r) => r.kind === also.kind && r !== first);
        if (second >= 0) inside.push(second);
      }
      const can = abilities(kind);
      const is = first.kind === 'fridge' && can & Can.cool && rng.chance(0.08) ? Is.cool : 0;
      placed.push({ name: '', kind, can, is, in: inside.sort((a, b) => a - b), at: [first.location], inner: [] });
    }
  }
  nameAll(placed.sort(byId));
  if (rng.chance(0.15)) {
    // Now and then something stands in a bowl or a pan; only `examine` ever tells.
    const pairs = placed.flatMap((outer, o) =>
      outer.can & Can.containObjects
        ? placed.flatMap((x, i) =>
            x.in[0] === outer.in[0] && x.can & Can.pickUp && !(x.can & Can.containObjects) ? [[o, i] as const] : [],
          )
        : [],
    );
    if (pairs.length > 0) {
      const [outer, inner] = rng.pick(pairs);
      (placed[outer] as GameObject).inner = [inner];
    }
  }
  return placed;
}

/** Leaves only a share of what the task does not need. */
function thinOut(objects: GameObject[], goal: Goal, share: number, rng: Rng): GameObject[] {
  const needed = (kind: string): boolean => kind === goal.object || kind === goal.target;
  const kept = objects.filter(({ kind }) => needed(kind) || rng.chance(share));
  // Indices of what stands in something else follow their objects.
  const inner = kept.map((o) => o.inner.map((i) => kept.indexOf(objects[i] as GameObject)).filter((i) => i >= 0));
  return nameAll(kept.map((o, i) => ({ ...o, inner: inner[i] as number[] })));
}

const needs: Partial<Record<Family, number>> = { heat: Can.heat, cool: Can.cool, clean: Can.clean };

function chooseGoal(family: Family, receptacles: Receptacle[], objects: GameObject[], rng: Rng): Goal | null {
  const needed = needs[family] ?? 0;
  const candidates = [...new Set(objects.map((o) => o.kind))].filter((kind) => {
    const copies = objects.filter((o) => o.kind === kind);
    const can = copies[0]?.can ?? 0;
    return can & Can.pickUp && (can & needed) === needed && copies.length >= (family === 'two' ? 2 : 1);
  });
  const targets = (kind: string): string[] =>
    [...new Set(receptacles.map((r) => r.kind))].filter((r) => {
      // As in the released games, nothing is to be left in a basin or where it was just heated or cooled.
      if (!canContain.get(r)?.has(kind) || r.endsWith('basin') || r === workplace[family]) return false;
      return family !== 'pick' || !objects.some((o) => o.kind === kind && o.in.some((i) => receptacles[i]?.kind === r));
    });
  if (family === 'look') {
    return candidates.length > 0 && objects.some((o) => o.kind === lampKind)
      ? { family, object: rng.pick(candidates), target: lampKind }
      : null;
  }
  const possible = candidates.filter((kind) => targets(kind).length > 0);
  if (possible.length === 0) return null;
  const object = rng.pick(possible);
  return { family, object, target: rng.pick(targets(object)) };
}

function attempt(id: string, options: GeneratorOptions, rng: Rng): Game | null {
  const allowed = options.families ?? families;
  const family = allowed[rng.weighted(allowed.map((f) => familyWeight[f]))] as Family;
  const rooms = (Object.entries(roomWeight[family]) as [Room, number][]).filter(([name]) => options.rooms?.includes(name) ?? true);
  if (rooms.length === 0) return null;
  const room = (rooms[rng.weighted(rooms.map(([, weight]) => weight))] as [Room, number])[0];
  const planned = furnish(room, family, options.maxReceptacles ?? Infinity, rng);
  const required = workplace[family];
  if (required !== undefined && !planned.some((r) => r.kind === required)) return null;
  const { receptacles, start } = placeReceptacles(planned, rng);
  const usual = plans[room].reduce((sum, plan) => sum + plan.length, 0) / plans[room].length;
  const share = Math.min(1, Math.max(0.4, receptacles.length / (0.6 * usual)));
  let objects = placeObjects(room, family, receptacles, share, rng);
  const goal = chooseGoal(family, receptacles, objects, rng);
  if (goal === null) return null;
  if (options.distractors !== undefined) objects = thinOut(objects, goal, options.distractors, rng.split('distractors'));
  const present = new Set(objects.map((o) => o.kind));
  const contains = [...new Set(receptacles.map((r) => r.kind))].sort().flatMap((r) => {
    const kept = [...(canContain.get(r) ?? [])].filter((o) => present.has(o)).sort();
    return kept.length > 0 ? [[r, kept] as const] : [];
  });
  return {
    id,
    family,
    wording: options.wording ?? '0.4',
    sentence: rng.pick(sentences(goal)),
    goal,
    start,
    receptacles,
    objects,
    canContain: Object.fromEntries(contains),
    walkthrough: null,
  };
}

/**
 * Where none is found in so many tries, that is told, instead of searching for ever. Of homes whose things have to lie far apart or
 * behind doors there may be one in thousands; any other wish is met soon or never.
 */
export const mostTries = ({ hidden, distance }: GeneratorOptions): number =>
  hidden === undefined && distance === undefined ? 5000 : 50_000;

/** A search tells how far it is after so many tries. */
const triesAtOnce = 500;

/** Which tenth of all homes this one belongs to; names and sentence play no part. */
function tenth(game: Game): number {
  const content = JSON.stringify([game.goal, game.start, game.receptacles, game.objects]);
  return new Rng(0).split('tenth', content).below(10);
}

/** Do the wanted things start behind doors, or in the open, as was asked for? */
function isHidden(game: Game, hidden: boolean): boolean {
  const wanted = game.objects.filter((o) => o.kind === game.goal.object);
  const behindDoors = (o: GameObject): boolean => o.in.every((r) => game.receptacles[r]?.openable);
  return hidden ? wanted.every(behindDoors) : !wanted.some(behindDoors);
}

function check({ maxReceptacles = 1, distractors = 1, distance: [least, most] = [0, 50] }: GeneratorOptions): void {
  if (!(maxReceptacles >= 1)) throw new UserError(`A home needs at least 1 receptacle, not ${maxReceptacles}.`);
  if (!(distractors >= 0 && distractors <= 1))
    throw new UserError(`The share of distractors lies between 0 and 1; it cannot be ${distractors}.`);
  if (!(least <= most)) throw new UserError(`The shortest way to win cannot be at least ${least} and at most ${most} commands long.`);
}

/** What might be asked for less of, given what was asked for. */
function advice(
  { families: kinds, rooms, maxReceptacles, hidden, distance, distractors }: GeneratorOptions,
  seen: readonly number[],
): string {
  const [least, most] = [Math.min(...seen), Math.max(...seen)];
  const met = seen.length > 0 ? `In those that are so but for their distance, the shortest way takes ${least} to ${most} commands. ` : '';
  const ways = [
    distance !== undefined && 'another distance',
    hidden !== undefined && 'hidden or not as it comes',
    kinds !== undefined && 'more kinds of task',
    rooms !== undefined && 'more kinds of room',
    maxReceptacles !== undefined && 'more receptacles',
    distractors !== undefined && 'more distractors',
  ].filter((way) => way !== false);
  return `${met}Ask for ${ways.length > 0 ? ways.join(', or ') : 'another seed'}.`;
}

/**
 * Looks for the number-th home of a split; the same options give the same home on every machine.
 * @yields now and then how many were tried.
 * @throws UserError when the options are senseless, or no home of many tried is as asked for.
 */
export function* searchGame(split: GeneratedSplit, number: number, options: GeneratorOptions): Generator<number, Game> {
  check(options);
  const { hidden, distance } = options;
  const [low, high] = shares[split];
  const stream = new Rng(options.seed).split('home', split, number);
  const most = mostTries(options);
  const distances: number[] = [];
  for (let i = 0; i < most; i++) {
    if (i > 0 && i % triesAtOnce === 0) yield i;
    const game = attempt(`generated/${split}/${number}`, options, stream.split(i));
    if (game === null || (hidden !== undefined && !isHidden(game, hidden))) continue;
    const part = tenth(game);
    if (part < low || part >= high || new AlfworldEnv(game).won()) continue;
    if (distance === undefined) return game;
    const steps = plan(new AlfworldEnv(game))?.length;
    if (steps === undefined) continue;
    if (steps >= distance[0] && steps <= distance[1]) return game;
    distances.push(steps);
  }
  const asked = Object.entries({ ...options, seed: undefined }).flatMap(([name, value]) =>
    value === undefined ? [] : `${name} ${String(value)}`,
  );
  throw new UserError(`No home of ${most} tried is as asked for (${asked.join(', ')}). ${advice(options, [...new Set(distances)])}`);
}

/** The same without a word on the way. */
export function generateGame(split: GeneratedSplit, number: number, options: GeneratorOptions): Game {
  const search = searchGame(split, number, options);
  for (;;) {
    const { value, done } = search.next();
    if (done) return value;
  }
}
