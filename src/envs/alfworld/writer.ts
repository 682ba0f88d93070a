/** Writes a game as a real game.tw-pddl file, which this loader and the original engine both read. */
import { domainOf, grammar } from './domain.ts';
import { AlfworldEnv } from './engine.ts';
import type { Game, Goal } from './game.ts';
import { Can, Is } from './game.ts';
import { plan } from './planner.ts';

/**
 * A raw id for a shown name. Ids sort by class and then downwards by number, so that counting down the
 * sorted ids gives every name its number back; a basin stands under its sink, as in the released files.
 */
function rawId(name: string): string {
  const [kind, number] = name.split(' ') as [string, string];
  const counted = String(9999 - Number(number)).padStart(4, '0');
  return kind.endsWith('basin') ? `${kind.replace(/basin$/, '')}_bar_${counted}_bar_${kind}` : `${kind}_bar_${counted}`;
}

const canFacts: [number, string][] = [
  [Can.pickUp, 'pickupable'],
  [Can.clean, 'cleanable'],
  [Can.heat, 'heatable'],
  [Can.cool, 'coolable'],
  [Can.slice, 'sliceable'],
  [Can.toggle, 'toggleable'],
  [Can.containObjects, 'isReceptacleObject'],
];
const isFacts: [number, string][] = [
  [Is.clean, 'isClean'],
  [Is.hot, 'isHot'],
  [Is.cool, 'isCool'],
  [Is.sliced, 'isSliced'],
  [Is.toggled, 'isToggled'],
];

function goalText({ family, object, target }: Goal): string {
  if (family === 'look') {
    return `(and
    (exists (?lamp - object ?r - receptacle ?a - agent ?l - location) (and (objectType ?lamp ${target}Type) (toggleable ?lamp)
      (isToggled ?lamp) (inReceptacle ?lamp ?r) (receptacleAtLocation ?r ?l) (atLocation ?a ?l)))
    (exists (?o - object ?a - agent) (and (objectType ?o ${object}Type) (holds ?a ?o))))`;
  }
  if (family === 'two') {
    return `(exists (?r - receptacle ?o1 - object ?o2 - object) (and (not (= ?o1 ?o2)) (receptacleType ?r ${target}Type)
    (objectType ?o1 ${object}Type) (inReceptacle ?o1 ?r) (objectType ?o2 ${object}Type) (inReceptacle ?o2 ?r)))`;
  }
  const extra = {
    pick: '',
    clean: '(cleanable ?o) (isClean ?o) ',
    heat: '(heatable ?o) (isHot ?o) ',
    cool: '(coolable ?o) (isCool ?o) ',
  }[family];
  return `(exists (?r - receptacle ?o - object) (and ${extra}(objectType ?o ${object}Type) (receptacleType ?r ${target}Type) (inReceptacle ?o ?r)))`;
}

/** Names that the game does not keep but that must exist for the others to be numbered as they are. */
function missingNames(names: readonly string[]): string[] {
  const highest = new Map<string, number>();
  for (const name of names) {
    const [kind, number] = name.split(' ') as [string, string];
    highest.set(kind, Math.max(highest.get(kind) ?? 0, Number(number)));
  }
  const present = new Set(names);
  return [...highest].flatMap(([kind, n]) => Array.from({ length: n }, (_, i) => `${kind} ${i + 1}`)).filter((name) => !present.has(name));
}

function problem(game: Game): string {
  const { receptacles, objects } = game;
  const place = (number: number): string => rawId(`loc ${number}`);
  const used = [game.start, ...receptacles.map((r) => r.location), ...objects.flatMap((o) => o.at)].map((n) => `loc ${n}`);
  const fillers = missingNames([...receptacles, ...objects].map((x) => x.name));
  // A location exists by being mentioned; the unused ones hold a piece of wall that no one can meet.
  const walls = missingNames(used).map((name, i) => ({ wall: rawId(`wall ${i + 1}`), at: rawId(name) }));
  const facts = [
    `atLocation agent1 ${place(game.start)}`,
    ...receptacles.flatMap(({ name, kind, location, openable }) => [
      `receptacleType ${rawId(name)} ${kind}Type`,
      `receptacleAtLocation ${rawId(name)} ${place(location)}`,
      ...(openable ? [`openable ${rawId(name)}`] : []),
    ]),
    ...objects.flatMap((o) => {
      const raw = rawId(o.name);
      return [
        `objectType ${raw} ${o.kind}Type`,
        ...o.at.map((n) => `objectAtLocation ${raw} ${place(n)}`),
        ...o.in.map((r) => `inReceptacle ${raw} ${rawId(receptacles[r]?.name ?? '')}`),
        ...o.inner.map((i) => `inReceptacleObject ${rawId(objects[i]?.name ?? '')} ${raw}`),
        ...canFacts.filter(([bit]) => o.can & bit).map(([, fact]) => `${fact} ${raw}`),
        ...isFacts.filter(([bit]) => o.is & bit).map(([, fact]) => `${fact} ${raw}`),
      ];
    }),
    ...Object.entries(game.canContain).flatMap(([r, kept]) => kept.map((o) => `canContain ${r}Type ${o}Type`)),
    ...fillers.map((name) => `objectAtLocation ${rawId(name)} ${place(game.start)}`),
    ...walls.map(({ wall, at }) => `objectAtLocation ${wall} ${at}`),
  ];
  const declare = (raw: Iterable<string>, type: string): string[] => [...new Set(raw)].map((name) => `${name} - ${type}`);
  const declarations = [
    'agent1 - agent',
    ...declare([...used.map(rawId), ...walls.map((w) => w.at)], 'location'),
    ...declare(
      receptacles.map((r) => rawId(r.name)),
      'receptacle',
    ),
    ...declare([...objects.map((o) => rawId(o.name)), ...fillers.map(rawId), ...walls.map((w) => w.wall)], 'object'),
    ...declare([...receptacles.map((r) => `${r.kind}Type`), ...Object.keys(game.canContain).map((r) => `${r}Type`)], 'rtype'),
    ...declare([...objects.map((o) => `${o.kind}Type`), `${game.goal.object}Type`], 'otype'),
  ];
  return `(define (problem ${game.id.replace(/\W+/g, '_')})
  (:domain alfred)
  (:objects\n    ${declarations.join('\n    ')})
  (:init\n    ${facts.map((fact) => `(${fact})`).join('\n    ')})
  (:goal ${goalText(game.goal)}))
`;
}

/** The text of a game.tw-pddl file; a game without a walkthrough gets a planned one. */
export function writeGameFile(game: Game): string {
  const walkthrough = game.walkthrough ?? plan(new AlfworldEnv(game));
  return JSON.stringify({
    pddl_domain: domainOf(game.wording),
    grammar: grammar(game.wording, game.sentence),
    pddl_problem: problem(game),
    solvable: walkthrough !== null,
    walkthrough,
  });
}
