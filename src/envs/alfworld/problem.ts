/** Turns the released file format (game.tw-pddl) into a `Game`: facts, shown names and numbers, goal, wording. */
import { UserError } from '../../lib/errors.ts';
import type { Family, Game, GameObject, Goal, Receptacle, Wording } from './game.ts';
import { Can, Is, familyOfPath } from './game.ts';
import type { Expr } from './pddl.ts';
import { parsePddl } from './pddl.ts';

const canOf: Record<string, number> = {
  pickupable: Can.pickUp,
  cleanable: Can.clean,
  heatable: Can.heat,
  coolable: Can.cool,
  sliceable: Can.slice,
  toggleable: Can.toggle,
  isreceptacleobject: Can.containObjects,
};
const isOf: Record<string, number> = {
  isclean: Is.clean,
  ishot: Is.hot,
  iscool: Is.cool,
  issliced: Is.sliced,
  istoggled: Is.toggled,
};
/** Predicates this engine plays, with their number of arguments. */
const arity: Record<string, number> = {
  cancontain: 2,
  objecttype: 2,
  receptacletype: 2,
  objectatlocation: 2,
  receptacleatlocation: 2,
  inreceptacle: 2,
  inreceptacleobject: 2,
  atlocation: 2,
  openable: 1,
  ...Object.fromEntries([...Object.keys(canOf), ...Object.keys(isOf)].map((name) => [name, 1])),
};

type Fact = string[];

/** The class that a raw id belongs to. */
function classOf(id: string): string {
  return id.slice(0, id.indexOf('_bar_')) + (id.includes('basin') ? 'basin' : '');
}

/**
 * Raw id -> shown name. Within a class the sorted ids are numbered downwards n, n-1, ..., 1,
 * which is why openings read "desk 2, desk 1".
 */
export function demangle(ids: readonly string[]): Map<string, string> {
  const left = new Map<string, number>();
  const mangled = [...ids].sort().filter((id) => id.includes('_bar_'));
  for (const id of mangled) left.set(classOf(id), (left.get(classOf(id)) ?? 0) + 1);
  const names = new Map<string, string>();
  for (const id of mangled) {
    const number = left.get(classOf(id)) as number;
    left.set(classOf(id), number - 1);
    names.set(id, `${classOf(id)} ${number}`);
  }
  return names;
}

function section(problem: Expr[], head: string, id: string): Expr[] {
  const found = problem.find((part): part is Expr[] => Array.isArray(part) && part[0] === head);
  if (!found) throw new UserError(`${id}: its problem has no ${head} section; the file is damaged, download it again.`);
  return found.slice(1);
}

function readFacts(init: Expr[], id: string): Fact[] {
  const facts: Fact[] = [];
  for (const expr of init) {
    const name = Array.isArray(expr) ? expr[0] : expr;
    if (name === '=') continue; // Costs and distances do not matter to play.
    if (typeof name !== 'string' || !Array.isArray(expr) || arity[name] === undefined) {
      const what = typeof name === 'string' ? `the predicate "${name}"` : 'a list where a predicate should stand';
      throw new UserError(`${id}: its problem uses ${what}, which this engine does not know; the game was left out.`);
    }
    if (expr.length - 1 !== arity[name] || expr.some((part) => typeof part !== 'string')) {
      throw new UserError(`${id}: a fact "${name}" has ${expr.length - 1} arguments instead of ${arity[name]}; the game was left out.`);
    }
    facts.push(expr as string[]);
  }
  return facts;
}

const goalPredicates = new Set([
  ...['objecttype', 'receptacletype', 'inreceptacle', 'receptacleatlocation', 'atlocation', 'holds'],
  ...['toggleable', 'istoggled', 'cleanable', 'isclean', 'heatable', 'ishot', 'coolable', 'iscool'],
]);

/** Recognises the goal by the predicates in it; variables of the same class appear under one type. */
function readGoal(goal: Expr[], id: string): Goal {
  const atoms: Fact[] = [];
  // A list of what is left instead of recursion: a damaged file may be nested without end.
  const left: Expr[] = [...goal].reverse();
  for (let expr = left.pop(); expr !== undefined; expr = left.pop()) {
    if (!Array.isArray(expr) || expr.length === 0 || expr[0] === '=') continue;
    const [head] = expr;
    if (head === 'exists') left.push(...expr.slice(2).reverse());
    else if (head === 'and' || head === 'not') left.push(...expr.slice(1).reverse());
    else if (typeof head === 'string' && goalPredicates.has(head)) atoms.push(expr as string[]);
    else {
      const what = typeof head === 'string' ? `the predicate "${head}"` : 'a list where a predicate should stand';
      throw new UserError(`${id}: its goal uses ${what}, which this engine does not know; the game was left out.`);
    }
  }
  const has = (name: string): boolean => atoms.some((a) => a[0] === name);
  const kindOf = (name: string, test: (variable: string) => boolean): string | undefined =>
    atoms.find((a) => a[0] === name && test(a[1] as string))?.[2]?.replace(/type$/, '');
  const argument = (name: string, at: number): string | undefined => atoms.find((a) => a[0] === name)?.[at];
  const twoObjects = new Set(atoms.filter((a) => a[0] === 'objecttype').map((a) => a[1])).size === 2;

  let found: { family: Family; object: string | undefined; target: string | undefined };
  if (has('istoggled')) {
    const lamp = argument('istoggled', 1);
    const held = argument('holds', 2);
    found = { family: 'look', object: kindOf('objecttype', (v) => v === held), target: kindOf('objecttype', (v) => v === lamp) };
  } else {
    const family = has('ishot') ? 'heat' : has('iscool') ? 'cool' : has('isclean') ? 'clean' : twoObjects ? 'two' : 'pick';
    found = { family, object: kindOf('objecttype', () => true), target: kindOf('receptacletype', () => true) };
  }
  const { family, object, target } = found;
  if (object === undefined || target === undefined) {
    throw new UserError(`${id}: its goal is none of the six kinds of task this engine plays; the game was left out.`);
  }
  return { family, object, target };
}

/** What the facts of a problem say, without sentence and wording. */
type Household = Pick<Game, 'start' | 'receptacles' | 'objects' | 'canContain'>;

/** First argument -> second arguments of all facts of a predicate, in file order. */
function pairs(facts: readonly Fact[], predicate: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const [name, a, b] of facts as [string, string, string][]) {
    if (name === predicate) found.set(a, [...(found.get(a) ?? []), b]);
  }
  return found;
}

/** Id -> bits of all one-place facts about it. */
function bits(facts: readonly Fact[], bitOf: Record<string, number>): Map<string, number> {
  const found = new Map<string, number>();
  for (const [name, a] of facts as [string, string][]) {
    const bit = bitOf[name];
    if (bit !== undefined) found.set(a, (found.get(a) ?? 0) | bit);
  }
  return found;
}

/** `appletype` -> `apple` */
const withoutType = (name: string): string => name.replace(/type$/, '');
const ascending = (numbers: Iterable<number>): number[] => [...new Set(numbers)].sort((a, b) => a - b);

function household(facts: readonly Fact[], names: Map<string, string>, id: string): Household {
  const can = bits(facts, canOf);
  const is = bits(facts, isOf);
  const openable = bits(facts, { openable: 1 });
  const standing = pairs(facts, 'receptacleatlocation');
  const lying = pairs(facts, 'objectatlocation');
  const inside = pairs(facts, 'inreceptacle');
  const outerOf = pairs(facts, 'inreceptacleobject');
  const kinds = new Map(
    [...pairs(facts, 'objecttype'), ...pairs(facts, 'receptacletype')].map(([raw, types]) => [raw, withoutType(types[0] ?? '')]),
  );
  const location = (raw: string | undefined): number => {
    const shown = raw === undefined ? '' : (names.get(raw) ?? '');
    if (!shown.startsWith('loc ')) throw new UserError(`${id}: "${raw ?? 'nothing'}" is not a location; the game was left out.`);
    return Number(shown.slice(4));
  };

  const receptacleIds = [...standing.keys()].sort();
  const receptacles: Receptacle[] = receptacleIds.map((raw) => ({
    name: names.get(raw) ?? raw,
    kind: kinds.get(raw) ?? '',
    location: location(standing.get(raw)?.[0]),
    openable: openable.has(raw),
  }));
  // Walls, windows and the like that lie in no receptacle can never be met.
  const handy = (raw: string): boolean => ((can.get(raw) ?? 0) & (Can.pickUp | Can.slice)) !== 0;
  const objectIds = [...new Set([...inside.keys(), ...outerOf.keys(), ...[...can.keys()].filter(handy)])]
    .filter((raw) => names.has(raw) && !standing.has(raw))
    .sort();
  const receptacleIndex = new Map(receptacleIds.map((raw, i) => [raw, i]));
  const objects: GameObject[] = objectIds.map((raw) => ({
    name: names.get(raw) as string,
    kind: kinds.get(raw) ?? '',
    can: can.get(raw) ?? 0,
    is: is.get(raw) ?? 0,
    in: ascending((inside.get(raw) ?? []).flatMap((r) => receptacleIndex.get(r) ?? [])),
    at: ascending((lying.get(raw) ?? []).map(location)),
    inner: objectIds.flatMap((other, i) => (outerOf.get(other)?.includes(raw) ? [i] : [])),
  }));

  // Only classes that can ever be carried here matter for putting down.
  const present = new Set(objects.map((o) => o.kind));
  const contains = [...pairs(facts, 'cancontain')].map(([r, kept]) => {
    const objectKinds = [...new Set(kept.map(withoutType))].filter((o) => present.has(o)).sort();
    return [withoutType(r), objectKinds] as const;
  });
  const canContain = contains.filter(([r, kept]) => kept.length > 0 && receptacles.some((x) => x.kind === r)).sort();
  const start = [...pairs(facts, 'atlocation').values()][0]?.[0];
  return { start: location(start), receptacles, objects, canContain: Object.fromEntries(canContain) };
}

/** @throws UserError when the home lacks what the goal is about: such a game could never be won. */
function checkGoal({ family, object, target }: Goal, { receptacles, objects }: Household, id: string): void {
  const there = (kind: string): boolean => objects.some((o) => o.kind === kind);
  const hasTarget = family === 'look' ? there(target) : receptacles.some((r) => r.kind === target);
  const missing = there(object) ? (hasTarget ? null : target) : object;
  if (missing !== null) throw new UserError(`${id}: its goal is about a ${missing}, but there is none in the home; the game was left out.`);
}

function readSentence(grammar: string, id: string): string {
  const found = /Your task is to: ((?:[^"\\]|\\.)*)"/.exec(grammar);
  if (!found) throw new UserError(`${id}: its grammar has no task sentence; the file is damaged, download it again.`);
  return JSON.parse(`"${found[1]}"`) as string;
}

interface GameFile {
  grammar: string;
  pddl_problem: string;
  walkthrough: string[] | null;
  solvable: boolean;
}

function readJson(text: string, id: string): GameFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${id}: the file is not JSON (it starts with "${text.trim().slice(0, 20)}"); download it again.`);
  }
  const file = value as Partial<Record<keyof GameFile, unknown>> | null;
  if (typeof file !== 'object' || file === null || typeof file.grammar !== 'string' || typeof file.pddl_problem !== 'string') {
    throw new UserError(`${id}: the file lacks "grammar" or "pddl_problem"; it is not a released game.tw-pddl.`);
  }
  const steps =
    Array.isArray(file.walkthrough) && file.walkthrough.every((s) => typeof s === 'string') ? (file.walkthrough as string[]) : null;
  return { grammar: file.grammar, pddl_problem: file.pddl_problem, walkthrough: steps, solvable: file.solvable === true };
}

/**
 * Reads one game.tw-pddl; throws a UserError that names the file and what is wrong.
 * @returns null when the file does not call the game solvable: the original loader leaves such games out.
 */
export function readGameFile(text: string, id: string): Game | null {
  const file = readJson(text, id);
  if (!file.solvable) return null;
  const problem = parsePddl(file.pddl_problem, id);
  const facts = readFacts(section(problem, ':init', id), id);
  const names = demangle([...new Set(facts.flatMap((fact) => fact.slice(1)))]);
  const goal = readGoal(section(problem, ':goal', id), id);
  const home = household(facts, names, id);
  checkGoal(goal, home, id);
  const wording: Wording = file.grammar.includes('"move {o} to {r}"') ? '0.4' : '0.3';
  return {
    id,
    family: familyOfPath(id) ?? goal.family,
    wording,
    sentence: readSentence(file.grammar, id),
    goal,
    ...home,
    // Some releases write walkthroughs with raw ids.
    walkthrough: file.walkthrough?.map((step) => step.replace(/\S+_bar_\S+/g, (raw) => names.get(raw.toLowerCase()) ?? raw)) ?? null,
  };
}
