/**
 * Sentences a person might type for an advice, drawn from a small grammar.
 *
 * A list of ready wordings, however long, is learnt by heart: what was trained on it followed three of four rules in
 * wordings not on the list, and half of those in everyday words. Here frames, verbs, objects and places combine to many
 * thousands of sentences for each advice, so that what they have in common is all that can be learnt.
 */
import type { Rng } from '../lib/rng.ts';
import { wordings, type Advice } from '../rules/language.ts';
import type { ShoppingStep } from '../rules/shop-language.ts';

/** How often a sentence comes from the grammar and not from the ready wordings, in which the reflector writes. */
const GRAMMAR = 0.65;

export interface PhrasingOptions {
  /** Places only by the names that rooms are described with: needed where these have been exchanged. */
  exactNames?: boolean;
  /** The workplace to name in place of the right one. */
  workplace?: string;
  /** The object class of the task, which a sentence may name. */
  object?: string;
}

/** One sentence that gives the advice. */
export function phrase(advice: Advice, rng: Rng, options: PhrasingOptions = {}): string {
  return rng.chance(GRAMMAR) ? fromGrammar(advice, rng, options) : rng.pick(wordings(advice));
}

/** One sentence of the grammar. */
export function fromGrammar(advice: Advice, rng: Rng, options: PhrasingOptions = {}): string {
  if (advice.kind === 'where') {
    const places = advice.receptacles.join(' or the ');
    return write(rng.pick(whereFrames), { O: [advice.object], P: [places] }, rng);
  }
  if (advice.kind === 'shopping') return write(rng.pick(shopFrames[advice.step]), shopWords, rng);
  const { family } = advice;
  if (family === 'two' || family === 'look') {
    // "desk lamp" has the name of another thing in it.
    const words = options.exactNames ? carrying : { ...carrying, LAMP: [...(carrying['LAMP'] as string[]), 'desk lamp'] };
    return write(rng.pick(otherFrames[family]), words, rng);
  }
  return workplaceSentence(family, rng, options);
}

/** Advice of no consequence for household tasks. */
export const idleHomeAdvice = (rng: Rng): string => write(rng.pick(idleFrames), carrying, rng);

/** Words for each slot of a frame. */
type Words = Readonly<Record<string, readonly string[]>>;

/**
 * Fills a frame: of `{a|b}` one alternative, for `<X>` one of the words of X, for `V(x)` a verb of `words.V` with x for its @.
 * Words may hold alternatives and slots themselves.
 */
export function write(frame: string, words: Words, rng: Rng): string {
  let text = frame;
  const fill = [/\{([^{}]*)\}/, /<([A-Za-z]+)>/, /V\(([^()]*)\)/];
  for (let pattern; (pattern = fill.find((one) => one.test(text)));) {
    text = text.replace(pattern, (whole, inner: string) => {
      if (whole.startsWith('{')) return rng.pick(inner.split('|'));
      if (whole.startsWith('<')) return rng.pick(words[inner] as readonly string[]);
      return rng.pick(words['V'] as readonly string[]).replace('@', inner);
    });
  }
  const spaced = text
    .replace(/\s+/g, ' ')
    .replace(/ ([,.:;?!])/g, '$1')
    .trim();
  return spaced.replace(/(^|[.?!] )([a-z])/g, (_, before: string, letter: string) => before + letter.toUpperCase());
}

/** Putting a thing where the task wants it, as something one does (D), by doing it (DG), or done to it (DP). */
const carrying: Words = {
  D: [
    'put it down',
    'place it',
    'deliver it',
    'drop it off',
    'set it down',
    'put it away',
    'put it {where it belongs|in its place|in the right place|where it should go|at its destination}',
    'put it {where|in the place that} the task {says|names|wants}',
    '{bring|take|carry} it to {its place|the target|the destination|where it belongs|its final place|its final spot}',
    'move it to {the target|the destination|its place}',
    'leave it {where it belongs|at the target}',
    'let go of it',
  ],
  DG: [
    'placing it',
    'putting it down',
    'delivering it',
    'dropping it off',
    'setting it down',
    'putting it {away|in its place|where it belongs}',
    'moving it to {the target|its place}',
  ],
  DP: ['placed', 'put down', 'delivered', 'put away', 'put in its place', 'dropped off', 'moved to {its place|the target}'],
  GO: ['go', 'walk', 'head', 'go over', 'go straight', 'walk over'],
  TAKE: ['take', 'carry', 'bring'],
  MUST: ['must', 'should', 'has to', 'needs to', 'ought to'],
  YOU: [
    'you must',
    'you should',
    'you have to',
    'you need to',
    'you ought to',
    'please',
    'always',
    'remember to',
    "don't forget to",
    'do not forget to',
    'make sure to',
    'be sure to',
    'it is important to',
    'never forget to',
    'make sure you',
    'better',
  ],
  FIRST: ['first', 'beforehand', 'before anything else', 'before you <D>', 'before <DG>', 'before that', 'on the way', 'before it is <DP>'],
  THEN: ['then', 'after that', 'only then', 'afterwards', 'and then', 'once that is done,', 'next'],
  ONE: ['one', 'the first one', 'the first', 'the first {object|item|thing}', 'number one', 'one of them'],
  OTHER: [
    'another',
    'another one',
    'the second one',
    'the second',
    'the other one',
    'the other',
    'a second one',
    'another of {the same kind|them|those}',
    'one more',
    'the second {object|item|thing}',
    'number two',
  ],
  FIND: [
    'find',
    'look for',
    'search for',
    'fetch',
    'get',
    'go back for',
    'go and get',
    'bring',
    'pick up',
    'go find',
    'hunt for',
    'collect',
    'return for',
    'track down',
  ],
  SAME: [
    'in the same place',
    'to the same place',
    'there too',
    'there as well',
    'next to the first',
    'with the first one',
    'in the same receptacle',
    'at the same spot',
    'on the same spot',
    'beside it',
    'right there also',
  ],
  LAMP: ['lamp', 'lamp', 'lamp', 'desklamp', 'floorlamp', 'light', 'floor lamp'],
  ON: [
    'use the <LAMP>',
    'turn on the <LAMP>',
    'turn the <LAMP> on',
    'switch on the <LAMP>',
    'switch the <LAMP> on',
    'light the <LAMP>',
    'put the <LAMP> on',
  ],
  HOLD: ['hold', 'are holding', 'carry', 'have', 'are carrying', 'keep holding', 'still hold', 'still have'],
  IT: ['it', 'the object', 'the thing', 'the item', 'what you look at', 'the object of the task', 'what has to be examined'],
};

interface Workplace {
  name: string;
  /** Other words for the place. */
  called: readonly string[];
  /** Words that fit the deed, whatever the place: verbs with @ for their object, states, the opposite state. */
  words: Words;
}

const workplaces: Record<'clean' | 'heat' | 'cool', Workplace> = {
  clean: {
    name: 'sinkbasin',
    called: ['sink', 'basin', 'sink basin', 'washbasin', 'wash basin', 'kitchen sink', 'tap'],
    words: {
      V: [
        'clean @',
        'clean @',
        'clean @',
        'wash @',
        'wash @',
        'rinse @',
        'rinse @ off',
        'wash @ off',
        'scrub @',
        'clean @ up',
        'give @ a wash',
        'give @ a rinse',
        'get @ clean',
        'make @ clean',
        'wash @ well',
      ],
      A: ['clean', 'clean', 'washed', 'cleaned', 'rinsed', 'spotless'],
      G: ['cleaning', 'washing', 'rinsing'],
      PP: ['cleaned', 'washed', 'rinsed', 'washed off', 'scrubbed', 'made clean'],
      UN: ['dirty', 'unwashed', 'filthy'],
      DO: ['clean', 'wash', 'rinse'],
    },
  },
  heat: {
    name: 'microwave',
    called: ['microwave oven', 'microwave'],
    words: {
      V: [
        'heat @',
        'heat @',
        'heat @',
        'heat @ up',
        'warm @',
        'warm @ up',
        'make @ hot',
        'get @ hot',
        'warm @ through',
        'cook @',
        'get @ warm',
      ],
      A: ['hot', 'hot', 'heated', 'warm', 'warmed up', 'heated up', 'warmed'],
      G: ['heating', 'warming', 'heating up', 'warming up'],
      PP: ['heated', 'warmed', 'warmed up', 'heated up', 'made hot', 'cooked'],
      UN: ['cold', 'unheated', 'chilly'],
      DO: ['heat', 'warm up'],
    },
  },
  cool: {
    name: 'fridge',
    called: ['refrigerator', 'fridge', 'icebox'],
    words: {
      V: ['cool @', 'cool @', 'cool @', 'cool @ down', 'chill @', 'make @ cold', 'get @ cold', 'make @ cool', 'get @ chilled', 'refresh @'],
      A: ['cool', 'cool', 'cold', 'chilled', 'cooled', 'cooled down'],
      G: ['cooling', 'chilling', 'cooling down'],
      PP: ['cooled', 'chilled', 'cooled down', 'made cold'],
      UN: ['warm', 'uncooled', 'lukewarm'],
      DO: ['cool', 'chill'],
    },
  },
};

const workplaceFrames = [
  '{before|prior to} <DG>, {<TAKE> it to <THE> and V(it)|V(it) <AT>|go to <THE> and V(it)|stop at <THE> to V(it)}.',
  '{first|first of all|at first|to begin with,|start by going to <THE>:} V(<O>) <AT>, <THEN> <D>.',
  '<YOU> V(<O>) <AT> <FIRST>.',
  'V(<O>) <AT> <FIRST>.',
  '{if|when|whenever|where|in case} {something|the object|an item|the thing|anything} <MUST> be <A>, {go to|visit|stop at|pass by|head for|walk to|use} <THE> {first|on the way|} {and V(it)|}.',
  '{if|when} the task {says|mentions|wants|asks for|calls for} {<A>|a <A> {object|one|thing}}, {<THE>|a visit to <THE>} comes {first|before everything else}.',
  '{if|when} the task {says|mentions|wants|asks for|calls for} {<A>|something <A>|a <A> {object|one|thing}}, {use|visit|go to|think of|remember|<TAKE> it to} <THE> <FIRST>.',
  '<A> {things|objects|items} {come from|are made {at|with}|come out of|need} <THE>{, so go there first|: go there <FIRST>|}.',
  '<THE> is {where|the place where|the spot where} {things|objects|items} {get|are made|become|are} <A>{; go there <FIRST>|, so use it <FIRST>|}.',
  '{stop|make a stop|call in} {at|by} <THE> {to|and} V(<O>) <FIRST>.',
  '{stick|put|hold|pop|place|leave|keep} <O> <AT> {for a bit|for a moment|for a while|for a minute|} {until it is <A>|so that it {gets|is} <A>|so it {gets|is} <A>|to V(it)}, <THEN> <D>.',
  'take <O>, {V(it) <AT>|<GO> to <THE>, V(it)}, {then|and} <D>.',
  'get <O>, <GO> to <THE>, V(it), <D>.',
  '{nothing|no object|no item} is <A> {until|before} {it has been {to|at}|you used|you have used|you take it to} <THE>.',
  '{does it have to|does it need to|should it|must it} be <A>? {then|} {use|visit|go to|off to|<TAKE> it to} <THE> <FIRST>.',
  '<UN>? V(it) <AT>{, <THEN> <D>|. <THEN> <D>| <FIRST>}.',
  '<UN> {things|objects|stuff} {{have to|must|should} {go to|visit|be taken to|be brought to}|go to|belong to} <THE> {first|before delivery|before they are put away}.',
  'V(<O>) <AT>. {only then|after that|then|when it is <A>,} <D>.',
  "{never|do not|don't|you can't|you must not} <D> {without <G> it first|unless it is <A>|until it is <PP>|before it has been <PP>|as long as it is <UN>}{ <AT>|: <THE> makes it <A>|; use <THE>}.",
  '{you are not done|you are not finished|it does not count|the task is not done|the job fails} {until|unless} <O> {is|has been} <PP> <AT>.',
  "<THE> {makes|gets} {it|things|objects|what you carry} <A>{, so <TAKE> it there <FIRST>|; <TAKE> it there <FIRST>| so don't skip it|, do that <FIRST>}.",
  '<O> <MUST> be <PP> <AT> {before you <D>|before <DG>|before it is <DP>|first}.',
  '{things|objects|items|whatever} {that|which} {must|have to|should|need to} be <A> {go|are taken|are brought|belong} {to|into|in} <THE> first.',
  'a {trip|visit|stop} {to|at} <THE> {makes|gets} it <A>; {do that|go|that comes} <FIRST>.',
  '{go|walk|pass|swing} {by|past|via} <THE> {with it|with <O>|} {to|and} V(it) {before you <D>|on your way|first}.',
  '{on the way|on your way|underway} {to its place|to the target|to the destination|}, {stop at|go by|visit|pass by} <THE> {and|to} V(it).',
  "{nobody wants it|it must not be|it can't be|it should not be} <UN>: V(it) <AT> <FIRST>.",
  'for {a <A> object|<A> things|something <A>|a <A> one} {you need|use|go to|visit} <THE>{ first| before <DG>|}.',
  'in order to V(<O>){, use| you need|, go to} <THE>{; afterwards <D>|, and afterwards <D>|. Then <D>|}.',
  'what {must|should|has to} be <A> {must|has to|should} be <PP> <AT> <FIRST>.',
  '<G> is done <AT>{, before <DG>|: do it <FIRST>|}.',
  '{asked for|told to bring|when you are asked for|if they want} {something <A>|a <A> {thing|object}}{?|,} {do not forget|remember|think of|use|go by} <THE>{ <FIRST>|}.',
  '<PLACE> first, {the target|the destination|delivery|its place} {second|after that|last}{: the object must be <A>|; it has to be <A>|, so that it is <A>}.',
  'the {job|task} {fails|does not count|is not finished} {if you skip|without} <THE>: V(it) {there|<AT>} <FIRST>.',
  '{once|as soon as|after|when} you {have|hold|picked up|found|got} {it|<O>}, <GO> to <THE> {and|to} V(it){, then <D>|}.',
  'with {it|<O>} in {hand|your hand|your hands}, <GO> to <THE>{,| and} V(it){,| and} then <D>.',
  'V(<O>) by {using|going to|means of} <THE>, <THEN> <D>.',
  'use <THE> {to V(it)|for <G>|to get it <A>|so that it is <A>} {and only then <D>|<FIRST>|}.',
  '<G> <O> <AT> comes before <DG>.',
  '{the order is|do it in this order|the steps|correct order}: {take|get|find} it, {V(it) <AT>|<PLACE> to V(it)}, {then|and then} {<D>|the target|its place}.',
  'I {always|} V(<O>) <AT> before I <D>.',
  'we V(<O>) <AT> {first|before we <D>}.',
  'the {reason|trick|point|secret|key} is {that you V(it)|to V(it)} <AT> <FIRST>.',
  '{to <DO>|for <G>|to V(<O>)}: <PLACE>.',
  'you can V(<O>) <AT>{, do this <FIRST>|; this <MUST> be done <FIRST>|}.',
  '{it|<O>} {only|} {gets|becomes|turns} <A> <AT>{, so go there <FIRST>|, so do not skip that|}.',
];

const objectWords = [
  'an object',
  'the object',
  'the object',
  'it',
  'the item',
  'the thing',
  'things',
  'objects',
  'what you carry',
  'whatever you carry',
  'your item',
  'the thing you took',
  'it',
  'the object you hold',
  'items',
];

function workplaceSentence(family: 'clean' | 'heat' | 'cool', rng: Rng, options: PhrasingOptions): string {
  const { name, called, words } = workplaces[family];
  const right = options.exactNames || rng.chance(0.4) ? name : rng.pick(called);
  const place = options.workplace ?? right;
  const at = { sinkbasin: ['in', 'at', 'in'], microwave: ['in', 'with', 'in', 'using'], fridge: ['in', 'with', 'in', 'using'] }[name] ?? [
    'at',
  ];
  const the = `the ${place}`;
  const object = options.object;
  const O = object !== undefined && rng.chance(0.2) ? [`the ${object}`, `a ${object}`] : objectWords;
  const all = {
    ...carrying,
    ...words,
    O,
    PLACE: [the],
    THE: [the],
    AT: at.map((preposition) => `${place === 'tap' ? 'under' : preposition} ${the}`),
  };
  return write(rng.pick(workplaceFrames), all, rng);
}

const otherFrames: Record<'two' | 'look', readonly string[]> = {
  two: [
    '{if|when|whenever} {the task|it} {says|asks for|wants|mentions|needs} {two|a pair|two of them|two objects|two things}, {place|put down|deliver|bring} <ONE>, then <FIND> <OTHER> and put it <SAME>.',
    '{place|put down|deliver|bring|drop off|store|set down} <ONE>{, then| and then|, and after that|. Then|. After that,} <FIND> <OTHER>{ and {put|place|leave|drop} it <SAME>|}.',
    '{after|once|as soon as|when} <ONE> is {placed|put down|delivered|in place|done|there|where it belongs}, <FIND> <OTHER>{ and {put|place|bring|leave} it <SAME>|}.',
    "{don't stop|do not stop|never stop|it is not over|you are not done|you are not finished|do not think you are done|don't quit} {after|with} {one|the first|just one|a single one|the first one}{: <FIND> <OTHER>|; <FIND> <OTHER>|, <FIND> <OTHER>| when two are {wanted|asked for|needed}|}.",
    '{one is not enough|one will not do|one alone does not count|a single one is too few}{: <FIND> <OTHER>|; <FIND> <OTHER>|, so <FIND> <OTHER>| when {two|a pair} {is|are} asked for}.',
    'you can {carry|hold|take} {only one|just one|one} {thing|object|} at a time, so {make two trips|go twice|bring one and then <OTHER>|walk twice|{deliver|place} <ONE> and come back for <OTHER>}.',
    '{two|a pair} {means|mean} {two trips|going twice|doing it twice|that you go twice}: {bring|place|deliver} <ONE>, then <FIND> <OTHER>.',
    '{repeat|do the same|do it all again|do it again|do everything twice|the same again} {for|with} <OTHER>{: it goes <SAME>|, which goes <SAME>|}.',
    'keep {looking|searching|going|on} until {both|the two|two} are {there|placed|in place|delivered|in the same place}{, one at a time|}.',
    '{both|the two} {objects|items|things|} {belong|go|must go|have to end up} {to|in|at} the same {place|spot|receptacle}{: one after the other|, one at a time|: first one, then <OTHER>|}.',
    '{bring|carry|take|deliver|fetch} {them|the two|both|two} one {by one|at a time|after the other}{, to the same place|; they go to the same place|}.',
    '{take|find|get} <ONE>, {place|put|leave} it, {take|find|get} <OTHER>, {place|put|leave} it <SAME>.',
    'when <ONE> {is in its place|lies there|has been delivered}, {your work is half done|half of the task is done|the job is half done}: <FIND> <OTHER>.',
    '{remember|<YOU> remember|note|mind} {that|} {there are two|two are needed|a second one is needed}{: <FIND> <OTHER>|, so go back for <OTHER>|}.',
    '{two|both} {are|have to be} {needed|wanted|asked for}{, so|:} {go back|return} for <OTHER> {after|when you have placed} <ONE>.',
    'the {second|other} one {must|should|has to} {go|be put|be placed|join the first} <SAME>{, so <FIND> it|}.',
    '<YOU> <FIND> <OTHER> {after placing <ONE>|when <ONE> is placed|once you have dropped off <ONE>} {and put it <SAME>|}.',
    'the task {ends|is done|counts|is over} {only|} {when|after} {both|two} are {there|placed|in the same place}{, so <FIND> <OTHER>|}.',
  ],
  look: [
    '{take|get|pick up|grab|find} <IT>, {<TAKE> it|go with it|walk|go|move} to the <LAMP> and <ON>.',
    '{with|holding|carrying} {it|the object|the thing} {in your hand|}, {go|walk} to the <LAMP> and <ON>.',
    '<ON> {while|as long as|when} you <HOLD> <IT>.',
    '{hold|carry|keep} <IT> {and|, then|while you} <ON>.',
    '{to|if you have to|when you have to|if you must|when asked to} {examine|look at|inspect|see|check} {something|an object|a thing|it} {under|with|by|in the light of} {a|the} <LAMP>, {pick it up|take it|hold it}, {go|<TAKE> it} to the <LAMP> and <ON>.',
    '{examining|looking|inspecting} {with|under} {a|the} <LAMP> means{:| that you} {hold|carry|take} {it|the object} {and <ON>|to the <LAMP> and <ON>}.',
    '{first|at first} {take|get|pick up} <IT>, then {go|walk} to the <LAMP>{, then| and} <ON>.',
    '{bring|carry|take} <IT> {to|over to|next to|where} the <LAMP> {stands|} and <ON>.',
    '<IT> {must|has to|should} be in your {hand|hands} when you <ON>.',
    'the <LAMP> {must|has to|should|needs to} be {on|lit|switched on|turned on} while you <HOLD> <IT>.',
    "{don't|do not|never} {put it down|let go of it|drop it}{: <ON> while you hold it|; <ON> with it in your hand| before the <LAMP> is on}.",
    '{go|walk} to the <LAMP> {with|carrying|holding} <IT>, {and|then} <ON>.',
    'you {can only|only} {see|examine|look at} it {in light|by the light|with light}{: hold it and <ON>|, so <ON> while you hold it}.',
    '<YOU> <ON> {while|when} you <HOLD> <IT>.',
    '{no need to put it anywhere|it need not be put anywhere|you do not have to place it}{: just <ON> while you hold it|, just <ON> with it in your hand}.',
    '{once|as soon as|after|when} you {have|hold|found|picked up} <IT>, {go|walk|head} to the <LAMP> and <ON>.',
  ],
};

const idleFrames = [
  '{be|stay|keep} {quick|calm|careful|patient|tidy|quiet}.',
  "{do not|don't} {waste|lose} {time|steps|your time}.",
  '{read|remember|mind} the task {carefully|well|before you start|}.',
  '{open|check|look into} {closed|shut} {things|places} {when you come by|to see what is in them|}.',
  "{do not|don't|never} give up {too early|so soon|}.",
  '{search|look around|explore} {the room|everywhere|one place after the other} {in order|without haste|} {if you cannot find something|}.',
  '{every|each} {room|home|house|task} is different.',
  '{have|take} a look {around|at everything} {before you begin|first}.',
  'good {luck|work|planning} {helps|matters}.',
  '{think|plan} before you {act|move|walk}.',
  '{leave|keep} the {house|room|kitchen} {tidy|as it was|in order}.',
  '{many|most|some} {things|objects} {lie|are} where {people|you} {leave|expect} them.',
  'the shortest {way|path} is the best.',
];

const whereFrames = [
  '{look|search|check} {for|} the <O> {on|in|at|near} the <P> {first|before anywhere else|}.',
  '{the|a} <O> {is|can be found|lies|sits|waits|is kept|stands} {usually|often|mostly|normally|} {on|in|at} the <P>.',
  '{usually|often|mostly|normally}, {the|a} <O> is {on|in|at} the <P>.',
  '{if|when|whenever} you {need|want|look for|are looking for|have to find|search for} {a|the} <O>, {go to|try|check|visit|look {at|in|on}|start {at|with}} the <P>{ first|}.',
  '{try|check|visit|see|inspect} the <P> {first|} {for|when you need|to find|if you want} {a|the} <O>.',
  'the <P> {is|is usually|is often} where {you find|to find|one finds|they keep} {a|the} <O>.',
  '{need|looking for|want} {a|the} <O>? {try|check|go to|look at} the <P>{ first|}.',
  'I {saw|found|have seen} {a|the} <O> {on|in|at} the <P>.',
  '{go|walk|head} {straight|} to the <P> {for|to get|to find} {a|the} <O>.',
  'the <P> {often|usually|} has {a|the} <O>.',
];

const shopWords: Words = {
  BEFORE: [
    'before you buy',
    'before buying',
    'before the purchase',
    'before you press buy',
    'before you click buy',
    'before checking out',
    'before you pay',
    'first',
  ],
  OPTIONS: [
    '{every|each} option {of|in|from|named in} {the task|the request|the instruction}',
    'the {right|wanted|requested|asked for} {options|size and colour|color and size|size|colour|options, such as size or color}',
    'the {options|size, colour and other options} {that|} {the task|the customer|the request} {names|asks for|wants|mentions}',
    'all options that were {asked for|requested|wanted}',
  ],
  CLICK: ['click', 'select', 'choose', 'pick', 'set', 'press', 'tick', 'mark'],
  ALL: [
    '{all|every one of} {the|} {words|details} {of|in|from} {the task|the request|the instruction}',
    '{everything|all} that {was asked for|is asked for|is wanted|the task says|the customer wants}',
    'the {whole|full|entire|complete} {request|description|task|instruction}',
    '{every|each} detail {of the task|you were given|that was asked for|of the request|}',
    'the {colour, material and all other|wanted} {details|attributes|features}, too',
  ],
  KIND: ['the {kind of thing|product name|product type|name of the thing|kind of product|thing itself}'],
  MATCH: [
    '{matches|fits|suits} {the task|the request|what is asked|what was asked for|best|the instruction|what the customer wants}',
    'has {the words|the details|most words|all} {of the task|that were asked for|of the request}',
    'names what {was asked for|is wanted|the task asks for}',
  ],
  RESULT: ['{result|product|item|one|entry}'],
  DEAR: [
    '{costs|is} more {expensive|} than {the limit|the task allows|allowed|the task says|the budget}',
    'is {too expensive|above the limit|over the limit|over the budget|beyond the budget|too dear|dearer than allowed}',
    'has a price {above|over} {the limit|the maximum|what is allowed}',
  ],
  CHEAP: [
    '{below|under|within|lower than|less than} {the limit|the maximum|what the task allows|the budget|the price limit|the given limit}',
    '{within|inside} the {budget|limit}',
  ],
};

const shopFrames: Record<ShoppingStep, readonly string[]> = {
  search: [
    '{search|look} {for|with|using} <ALL>{, not only <KIND>|, not just <KIND>| instead of <KIND>|}.',
    '{put|type|write|enter|include|use} <ALL> {in|into} the {search|search box|search field|query|search bar}.',
    "{do not|don't|never} search {for|with} <KIND> {alone|only}{; use <ALL>|, use <ALL>|: add the details|}.",
    'the {search|query|search text} {should|must|has to|needs to} {have|contain|include|repeat|name} <ALL>.',
    '{when|whenever|if} you search, {use|repeat|type|include|take} <ALL>.',
    '{longer|long|detailed|complete} searches {find|bring|give} {better|the right} {results|products}{: use <ALL>|; type <ALL>|}.',
    '{choose|take|pick|use} the {longest|most detailed|complete} search{, it has <ALL>|: it has <ALL>|}.',
    'the more {details|words} {in the search|you search with|you type}, the better{ the results|}.',
    '{searching|a search} {with|for} <ALL> {works best|finds the right thing|is better}.',
    '{copy|repeat} <ALL> {in|into} the search.',
  ],
  fit: [
    '{open|take|choose|pick|click|select} the <RESULT> {whose title|that} <MATCH>{, not {simply|just} the first{ one|}| instead of the {first|top} one|}.',
    "{do not|don't|never} {just|simply|} {open|take|pick|click} the {first|top} <RESULT>{: {read|compare|check} the titles|; {look for|find} the one that <MATCH>|}.",
    '{read|compare|check|go through|look at|study} {all|the|all the} {titles|results|names} {and|, then} {open|take|choose|pick} the one that <MATCH>.',
    'the {first|top} <RESULT> {is not always|need not be|is often not|may not be} {the right one|right|the best|what you want}{; take the one that <MATCH>|: read the titles|}.',
    '{before|when} you {open|click} {a|any} {product|result}, {compare|check|read} {its|the} title {with|against} {the task|the request|what was asked for}.',
    '{skip|pass over|leave out|ignore} {results|products} {that|whose titles} {do not match|lack what is wanted|do not fit|say something else}.',
    'the right <RESULT> is the one that <MATCH>.',
    'of {all|the} {results|products}, {open|take|choose} the one that <MATCH>.',
  ],
  options: [
    '<BEFORE>, <CLICK> <OPTIONS>.',
    '<CLICK> <OPTIONS> {before you buy|before buying|first, then buy|and only then buy|, then buy}.',
    "{do not|don't|never} buy {before|until|unless} {you have {clicked|chosen|selected|set}|you {click|choose|select}} <OPTIONS>.",
    '{on|when you are on} the {page of the product|product page}, <CLICK> <OPTIONS>{ <BEFORE>|}.',
    "{remember|make sure|be sure|do not forget|don't forget} to <CLICK> <OPTIONS>{ <BEFORE>|}.",
    '{buying|buy|the purchase} comes last{: first|; first|, after you} <CLICK> <OPTIONS>.',
    '{if|when} {a size or colour|an option|a size|a color} is {named|asked for|wanted}, <CLICK> it {before you buy|before buying|first}.',
    '{without|if you do not set} <OPTIONS> {the purchase is wrong|it is the wrong thing|you buy the wrong thing|it does not count}.',
  ],
  price: [
    '{take|choose|pick|buy|open} {only|} {a product|products|something|things} {whose price is|that is|priced} <CHEAP>.',
    '{skip|ignore|pass over|leave out|avoid} {what|anything that|every product that} <DEAR>.',
    "{do not|don't|never} {open|take|buy|choose|click} {what|anything that|a product that} <DEAR>.",
    '{check|compare|look at|mind|watch} the price {first|before you choose|before you open a product|}{: it must be <CHEAP>|, it has to be <CHEAP>|}.',
    'the price {must|has to|should|needs to} {be|stay} <CHEAP>.',
    '{stay|keep|remain} {within the budget|below the limit|under the price limit}.',
    'a {product|thing} that <DEAR> is {wrong|no good|not allowed|out of the question}{, however well it fits|}.',
    '{mind|respect|keep to|remember} the {budget|price limit|limit}{ when you choose|}.',
  ],
};
