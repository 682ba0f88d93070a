/** The rules and texts of the game as the original engine reads them: a PDDL domain and a TextWorld grammar. */
import type { Wording } from './game.ts';
import { help } from './texts.ts';

/** Written for the semantics that `engine.ts` plays; `examine` reaches only what is held, as in the released games. */
const domain = `(define (domain alfred)
  (:requirements :adl :typing)
  (:types agent location receptacle object rtype otype)
  (:predicates
    (atLocation ?a - agent ?l - location)
    (receptacleAtLocation ?r - receptacle ?l - location)
    (objectAtLocation ?o - object ?l - location)
    (inReceptacle ?o - object ?r - receptacle)
    (inReceptacleObject ?inner - object ?outer - object)
    (receptacleType ?r - receptacle ?t - rtype)
    (objectType ?o - object ?t - otype)
    (canContain ?rt - rtype ?ot - otype)
    (openable ?r - receptacle) (opened ?r - receptacle) (checked ?x)
    (holds ?a - agent ?o - object) (holdsAny ?a - agent)
    (pickupable ?o - object) (isReceptacleObject ?o - object)
    (cleanable ?o - object) (isClean ?o - object)
    (heatable ?o - object) (isHot ?o - object)
    (coolable ?o - object) (isCool ?o - object)
    (sliceable ?o - object) (isSliced ?o - object)
    (toggleable ?o - object) (isToggled ?o - object))
  (:action look :parameters (?a - agent ?l - location)
    :precondition (atLocation ?a ?l) :effect (checked ?l))
  (:action inventory :parameters (?a - agent) :precondition () :effect (checked ?a))
  (:action help :parameters (?a - agent) :precondition () :effect (checked ?a))
  (:action examineReceptacle :parameters (?a - agent ?r - receptacle)
    :precondition (exists (?l - location) (and (atLocation ?a ?l) (receptacleAtLocation ?r ?l)))
    :effect (checked ?r))
  (:action examineObject :parameters (?a - agent ?o - object)
    :precondition (holds ?a ?o) :effect (checked ?o))
  (:action GotoLocation :parameters (?a - agent ?from - location ?to - location ?r - receptacle)
    :precondition (and (atLocation ?a ?from) (receptacleAtLocation ?r ?to))
    :effect (and (not (atLocation ?a ?from)) (atLocation ?a ?to)))
  (:action OpenObject :parameters (?a - agent ?l - location ?r - receptacle)
    :precondition (and (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (openable ?r) (not (opened ?r)))
    :effect (opened ?r))
  (:action CloseObject :parameters (?a - agent ?l - location ?r - receptacle)
    :precondition (and (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (openable ?r) (opened ?r))
    :effect (not (opened ?r)))
  (:action PickupObject :parameters (?a - agent ?l - location ?o - object ?r - receptacle)
    :precondition (and (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (inReceptacle ?o ?r) (pickupable ?o)
      (not (holdsAny ?a)) (or (not (openable ?r)) (opened ?r)))
    :effect (and (holds ?a ?o) (holdsAny ?a) (not (inReceptacle ?o ?r)) (not (objectAtLocation ?o ?l))))
  (:action PutObject :parameters (?a - agent ?l - location ?o - object ?r - receptacle ?ot - otype ?rt - rtype)
    :precondition (and (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (holds ?a ?o) (or (not (openable ?r)) (opened ?r))
      (objectType ?o ?ot) (receptacleType ?r ?rt) (canContain ?rt ?ot))
    :effect (and (inReceptacle ?o ?r) (objectAtLocation ?o ?l) (not (holds ?a ?o)) (not (holdsAny ?a))))
  (:action CleanObject :parameters (?a - agent ?l - location ?r - receptacle ?o - object)
    :precondition (and (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (receptacleType ?r SinkBasinType) (holds ?a ?o) (cleanable ?o))
    :effect (isClean ?o))
  (:action HeatObject :parameters (?a - agent ?l - location ?r - receptacle ?o - object)
    :precondition (and (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (receptacleType ?r MicrowaveType) (holds ?a ?o) (heatable ?o))
    :effect (and (isHot ?o) (not (isCool ?o))))
  (:action CoolObject :parameters (?a - agent ?l - location ?r - receptacle ?o - object)
    :precondition (and (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (receptacleType ?r FridgeType) (holds ?a ?o) (coolable ?o))
    :effect (and (isCool ?o) (not (isHot ?o))))
  (:action ToggleObject :parameters (?a - agent ?l - location ?o - object ?r - receptacle)
    :precondition (and (atLocation ?a ?l) (receptacleAtLocation ?r ?l) (inReceptacle ?o ?r) (toggleable ?o))
    :effect (isToggled ?o))
  (:action SliceObject :parameters (?a - agent ?l - location ?co - object ?ko - object)
    :precondition (and (atLocation ?a ?l) (objectAtLocation ?co ?l) (sliceable ?co) (holds ?a ?ko)
      (or (objectType ?ko KnifeType) (objectType ?ko ButterKnifeType)))
    :effect (isSliced ?co)))
`;

/** The domain of a wording: the original engine ends with an error on an action that the grammar does not tell, as the old one does help. */
export function domainOf(wording: Wording): string {
  return wording === '0.4' ? domain : domain.replace(/ {2}\(:action help .*\n/, '');
}

interface Production {
  condition?: string;
  rhs: string;
}

const item = "{o.indefinite + ' ' + o.name | inreceptacle(o:object, r:receptacle)}";
const here = 'atlocation(a:agent, l:location) & receptacleatlocation(r:receptacle, l:location)';
const onFloor =
  'atlocation(a:agent, l:location) & objectatlocation(o:object, l:location) & receptacleatlocation(r:receptacle, l:location) & not_inreceptacle(o:object, r:receptacle)';

/** State of a held object -> the line that `examine` gives; the first match wins. */
const conditions: [string[], string][] = [
  [['isclean', 'ishot', 'issliced'], 'a hot and clean sliced'],
  [['isclean', 'iscool', 'issliced'], 'a cool and clean sliced'],
  [['isclean', 'issliced'], 'a clean sliced'],
  [['ishot', 'issliced'], 'a hot sliced'],
  [['iscool', 'issliced'], 'a cool sliced'],
  [['isclean', 'ishot'], 'a hot and clean'],
  [['isclean', 'iscool'], 'a cool and clean'],
  [['ishot'], 'a hot'],
  [['isclean'], 'a clean'],
  [['iscool'], 'a cold'],
  [['sliceable', 'issliced'], 'a sliced'],
];

function productions(wording: Wording, sentence: string): Record<string, Production[]> {
  return {
    intro: [{ rhs: '-= Welcome to TextWorld, ALFRED! =-\n\n#look.feedback#\n\n#task#' }],
    task: [{ rhs: `Your task is to: ${sentence}` }],
    'look.feedback': [
      { condition: here, rhs: `You are facing the [{r.name | ${here}}]. Next to it, you see #floor#.` },
      { rhs: 'You are in the middle of a room. Looking quickly around you, you see #room#.' },
    ],
    floor: [{ condition: onFloor, rhs: `[{o.indefinite + ' ' + o.name | ${onFloor}}]` }, { rhs: 'nothing' }],
    room: [
      {
        condition: 'receptacleatlocation(r:receptacle, l:location)',
        rhs: "[{r.indefinite + ' ' + r.name | receptacleatlocation(r:receptacle, l:location)}]",
      },
      { rhs: 'nothing' },
    ],
    view: [
      { condition: 'openable(r:receptacle) & opened(r:receptacle)', rhs: `The {r.name} is open. In it, you see [${item}].` },
      { condition: 'openable(r:receptacle)', rhs: 'The {r.name} is closed.' },
      { rhs: `On the {r.name}, you see [${item}].` },
    ],
    state: [
      {
        condition: 'isreceptacleobject(o:object)',
        rhs: "This is a normal {o.name}. In it, you see [{i.indefinite + ' ' + i.name | inreceptacleobject(i:object, o:object)}].",
      },
      ...conditions.map(([facts, text]) => ({
        condition: facts.map((fact) => `${fact}(o:object)`).join(' & '),
        rhs: `This is ${text} {o.name}.`,
      })),
      { rhs: "There's nothing special about {o.name}." },
    ],
    hands: [
      { condition: 'holdsany(a:agent)', rhs: "You are carrying: [{o.indefinite + ' ' + o.name | holds(a:agent, o:object)}]." },
      { rhs: 'You are not carrying anything.' },
    ],
    arrive: [{ rhs: `You arrive at {${wording === '0.3' ? 'to' : 'r'}.name}. #view#` }],
    list_empty: [{ rhs: 'nothing' }],
    list_separator: [{ rhs: ', ' }],
    list_last_separator: [{ rhs: ', and ' }],
  };
}

/** Action of the domain -> command template and feedback. */
function actions(wording: Wording): [string, string, string][] {
  const old = wording === '0.3';
  const rows: [string, string, string][] = [
    ['GotoLocation', 'go to [{r.name | receptacleatlocation(r:receptacle, to:location)}]', '#arrive#'],
    ['OpenObject', 'open {r}', 'You open the {r.name}. #view#'],
    ['CloseObject', 'close {r}', 'You close the {r.name}.'],
    ['PickupObject', 'take {o} from {r}', 'You pick up the {o.name} from the {r.name}.'],
    [
      'PutObject',
      old ? 'put {o} in/on {r}' : 'move {o} to {r}',
      old ? 'You put the {o.name} in/on the {r.name}.' : 'You move the {o.name} to the {r.name}.',
    ],
    ['CleanObject', 'clean {o} with {r}', 'You clean the {o.name} using the {r.name}.'],
    ['HeatObject', 'heat {o} with {r}', 'You heat the {o.name} using the {r.name}.'],
    ['CoolObject', 'cool {o} with {r}', 'You cool the {o.name} using the {r.name}.'],
    ['ToggleObject', 'use {o}', 'You turn on the {o.name}.'],
    ['SliceObject', 'slice {co} with {ko}', 'You sliced the {co.name} with the {ko.name}.'],
    ['examineReceptacle', 'examine {r}', '#view#'],
    ['examineObject', 'examine {o}', '#state#'],
    ['inventory', 'inventory', '#hands#'],
    ['look', 'look', '#look.feedback#'],
  ];
  // The parser eats the first line break of a text.
  return old ? rows : [...rows, ['help', 'help', `\n${help}`]];
}

/** The grammar of one game, its task sentence included. */
export function grammar(wording: Wording, sentence: string): string {
  const rules = JSON.stringify(productions(wording, sentence), null, 2);
  const commands = actions(wording).map(
    ([name, template, feedback]) => `action ${name} {\n  template :: "${template}";\n  feedback :: "${feedback}";\n}\n`,
  );
  return `grammar :: """\n${rules}\n""";\n\n${commands.join('\n')}`;
}
