/**
 * Do two rules give opposed advice? Read off their words in three ways: two places for one thing, two instruments for one
 * purpose, and a ban against what falls under it. A sentence that is not clear in this respect opposes nothing: a warning
 * that is wrong costs more than one that is missing.
 */
import { understand, type Advice } from './language.ts';
import { placeNamed, placesInWords } from './places.ts';

const purposes = { clean: 'clean wash rinse scrub', heat: 'heat hot warm', cool: 'cool cold chill' } as const;
type Purpose = keyof typeof purposes;
const purposeOf = new Map(
  (Object.keys(purposes) as Purpose[]).flatMap((purpose) => purposes[purpose].split(' ').map((word) => [stem(word), purpose] as const)),
);
/** Receptacles that do something to what is put into them. */
const instruments = setOf('sinkbasin bathtubbasin fridge microwave stoveburner toaster coffeemachine');

const negators = setOf(
  'not never no without avoid cannot nor dont doesnt cant wont isnt arent shouldnt mustnt forget fail hesitate skip refrain',
);
/** After a negation these leave open what is denied ("not only"); those of the second list do so anywhere ("instead of"). */
const limits = setOf('only just simply merely alone always until till unless before yet');
const exceptions = setOf('but except unless instead rather than');
/** Words that add nothing to what is advised. */
const fillers = setOf(
  'a an the it its them this that there do does did to of in on at for with and or you your must should shall can may will please is are be always ever all every any each',
);

/** Words of sentences that say where a thing is, besides the thing and the places. */
const seeking = setOf('look search find found check try start go need is are be lie lies tends see seek kept');
const about = setOf(
  'often usually normally mostly probably likely first there you can will when if task needs want wants inside into under near one your always some often most',
);
/** What names no thing in particular. */
const anything = setOf('thing things object objects item items something anything everything second');
/** What stands before a place that a thing is looked for in. */
const leading = setOf('in on at inside under near into to or and nor check search try');

/** Verbs after which a place is where a thing ends up. */
const putting = setOf('put puts putting place placing placed move moving deliver set drop leave store serve bring return');
/** What is done with an instrument, or with a thing on the way to it. */
const handling = setOf('use using take taking carry carrying go going visit visiting touch into inside near');
/** After these another step begins. */
const later = setOf('then before after when once if while because finally');
const clauseEnds = setOf('until till unless before after but because since so if when while where');
const joints = new Set([...clauseEnds, ...later].map(stem));

/** One form for "open", "opens", "opened" and "opening"; it need not be a word. */
function stem(word: string): string {
  return word
    .replace(/(?<=...)(?:ing|ed)$|(?<=s|x|ch|sh)es$|(?<=..[^siu])s$/, '')
    .replace(/e$/, '')
    .replace(/([^aeiou])\1$/, '$1');
}

function setOf(words: string): ReadonlySet<string> {
  return new Set(words.split(' '));
}

interface Word {
  text: string;
  stem: string;
  /** Number of the sentence and of the clause. */
  sentence: number;
  clause: number;
  place: string | null;
}

/** What a rule says, as far as it can oppose another. */
export interface Reading {
  advice: Advice | null;
  /** Where a thing is, or (no) is not. */
  sought: { thing: string; places: string[]; no: boolean } | null;
  /** With which instruments something is done, and with which it is not. */
  ways: Map<Purpose, { yes: string[]; no: string[] }>;
  /** What is not to be done at all. */
  banned: Purpose[];
  /** Instruments that are to be kept away from, whatever for. */
  shunned: string[];
  /** Is it negated? Null when it is not clear what is denied. */
  no: boolean | null;
  /** Is all that it says denied? */
  ban: boolean;
  /** Stems of what is advised, in order. */
  words: readonly string[];
}

/** @param scope the pool of the rule: a step without a purpose serves that of its kind of task. */
export function read(text: string, scope = ''): Reading {
  const words = wordsOf(text);
  const negated = words.filter(isNegator).length % 2 === 1;
  const has = (set: ReadonlySet<string>) => words.some((word) => set.has(word.text));
  const first = words.findIndex(isNegator);
  const unclear = has(exceptions) || (first >= 0 && words.slice(first).some((word) => limits.has(word.text)));
  const advice = understand(text);
  const ban = first >= 0 && words.at(-1)?.clause === 0 && words.slice(0, first).every((word) => fillers.has(word.text));
  return {
    advice,
    sought:
      advice?.kind === 'where'
        ? { thing: advice.object, places: advice.receptacles, no: false }
        : unclear
          ? null
          : soughtIn(words, negated),
    // "The microwave instead of the fridge" names both; "not unless it was heated in the microwave" ends a clause at each.
    ways: has(exceptions) && first < 0 ? new Map() : waysIn(words, scope),
    banned: bannedIn(words),
    shunned: ban && !unclear ? shunnedIn(words) : [],
    no: unclear ? null : negated,
    ban,
    words: words.filter((word) => !isNegator(word) && !fillers.has(word.text)).map((word) => word.stem),
  };
}

/** Why two rules that can stand in one prompt oppose each other, as a sentence; null when nothing says so. */
export function opposed(a: string, b: string): string | null {
  return opposition(read(a), read(b));
}

export function opposition(a: Reading, b: Reading): string | null {
  if (a.sought && b.sought && stem(a.sought.thing) === stem(b.sought.thing)) {
    const [one, two] = a.sought.no ? [b.sought, a.sought] : [a.sought, b.sought];
    if (one.no) return null;
    const looks = `One looks for the ${one.thing} ${placesInWords(one.places)}, the other `;
    if (two.no) return overlap(one.places, two.places) ? `${looks}says not to.` : null;
    return overlap(one.places, two.places) ? null : `${looks}${placesInWords(two.places)}.`;
  }
  // What the project's own sentences advise goes together, but for the places.
  if (a.advice && b.advice) return null;
  for (const [purpose, { yes, no }] of a.ways) {
    const other = b.ways.get(purpose);
    if (!other) continue;
    if (overlap(yes, other.no) || overlap(no, other.yes))
      return `One says to ${purpose} ${placesInWords(yes.length ? yes : other.yes)}, the other not to.`;
    if (yes.length && other.yes.length && !overlap(yes, other.yes))
      return `One says to ${purpose} ${placesInWords(yes)}, the other ${placesInWords(other.yes)}.`;
  }
  const banned = a.banned.find((purpose) => b.ways.get(purpose)?.yes.length) ?? b.banned.find((purpose) => a.ways.get(purpose)?.yes.length);
  if (banned) return `One says to ${banned}, the other not to.`;
  const shunned = a.shunned.find((place) => uses(b, place)) ?? b.shunned.find((place) => uses(a, place));
  if (shunned) return `One needs the ${shunned}, the other says to keep away from it.`;
  if (a.no === null || b.no === null || a.no === b.no) return null;
  const [denied, said] = a.no ? [a, b] : [b, a];
  const falls = sameWords(denied.words, said.words) || (denied.ban && fallsUnder(said.words, denied.words));
  return falls && denied.words.length > 0 ? 'One says to do what the other says not to do.' : null;
}

const uses = ({ ways }: Reading, place: string): boolean => [...ways.values()].some(({ yes }) => yes.includes(place));

const sameWords = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((word, i) => word === b[i]);

/** Does a deed do what is banned, with little more said about it? */
function fallsUnder(deed: readonly string[], ban: readonly string[]): boolean {
  let next = 0;
  for (const word of deed) if (word === ban[next]) next++;
  const more = deed.filter((word) => !ban.includes(word) && !joints.has(word)).length;
  return (next === ban.length || sameWords([...ban].sort(), [...deed].sort())) && 2 * more <= ban.length;
}

/** A table is a dining table too. */
const overlap = (a: readonly string[], b: readonly string[]): boolean =>
  a.some((one) => b.some((two) => one.endsWith(two) || two.endsWith(one)));

const isNegator = ({ text }: Word): boolean => negators.has(text) || text.endsWith("n't");

function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  let [sentence, clause] = [0, 0];
  const plain = text
    .toLowerCase()
    .replaceAll('’', "'")
    .replace(/\bno (?:exceptions?|matter|doubt)\b/g, ' ');
  for (const [token] of plain.matchAll(/[\p{L}\d]+(?:'\p{L}+)*|[.?!]+(?=\s|$)|[,;:()=>→—]|\s-+\s/gu)) {
    if (!/[\p{L}\d]/u.test(token)) {
      clause++;
      if (/[.?!]/.test(token)) sentence++;
      continue;
    }
    if (clauseEnds.has(token)) clause++;
    words.push({ text: token, stem: stem(token), sentence, clause, place: placeNamed(token) });
  }
  return words;
}

/** "The mug is often on the shelf", "Check the shelf for the mug": one thing, and places that it is looked for in. */
function soughtIn(words: readonly Word[], no: boolean): Reading['sought'] {
  if (no && words.at(-1)?.clause !== 0) return null;
  const places = words.filter((word, i) => word.place !== null && words.slice(Math.max(0, i - 2), i).some(({ text }) => leading.has(text)));
  if (places.length === 0 || !words.some(({ text }) => seeking.has(text))) return null;
  const rest = words.filter(
    (word) => !places.includes(word) && !isNegator(word) && ![seeking, about, leading, fillers].some((known) => known.has(word.text)),
  );
  const [thing, more] = [...new Set(rest.map(({ text }) => text))];
  if (thing === undefined || more !== undefined || anything.has(thing) || purposeOf.has(stem(thing)) || placeNamed(thing)) return null;
  return { thing, places: [...new Set(places.map(({ place }) => place as string))], no };
}

/** "Use the microwave to heat things", "clean it at the sink": which instrument serves which purpose. */
function waysIn(words: readonly Word[], scope: string): Reading['ways'] {
  const ways: Reading['ways'] = new Map();
  const add = (purpose: Purpose, { place, sentence, clause }: Word, at: number) => {
    const way = ways.get(purpose) ?? { yes: [], no: [] };
    const denied =
      words.slice(0, at).filter((word) => word.sentence === sentence && word.clause === clause && isNegator(word)).length % 2 === 1;
    way[denied ? 'no' : 'yes'].push(place as string);
    ways.set(purpose, way);
  };
  const named = new Set(words.flatMap((word) => purposeOf.get(word.stem) ?? []));
  for (const [i, word] of words.entries()) {
    if (word.place === null || !instruments.has(word.place)) continue;
    const own = words.filter(({ sentence }) => sentence === word.sentence);
    const at = own.indexOf(word);
    if (
      own.some(({ text }) => /^(look|search|find|check|often|usually)/.test(text)) ||
      own.slice(Math.max(0, at - 2), at).some(({ text }) => /^(from|open|close)/.test(text))
    )
      continue;
    const found = own.flatMap((one, j) => (purposeOf.has(one.stem) ? [j] : []));
    const [purpose, another] = [...new Set(found.map((j) => purposeOf.get((own[j] as Word).stem) as Purpose))];
    if (another !== undefined) continue;
    if (purpose === undefined) {
      // A first step of a kind of task that says no purpose serves that of the task.
      if (named.size === 0 && Object.hasOwn(purposes, scope) && isFirstStep(own, at)) add(scope as Purpose, word, i);
    } else if (found.some((j) => serves(own, at, j))) add(purpose, word, i);
  }
  return ways;
}

/** "Never clean an object"; not "never clean it twice", nor "it isn't clean". */
function bannedIn(words: readonly Word[]): Purpose[] {
  return words.flatMap((word, i) => {
    const purpose = purposeOf.get(word.stem);
    const previous = words[i - 1];
    if (!purpose || !previous || previous.clause !== word.clause || !/^(never|not|avoid|dont|.*n't)$/.test(previous.text)) return [];
    const clause = words.filter((other) => other.clause === word.clause);
    const alone = clause.every((other) => other === word || other === previous || fillers.has(other.text) || anything.has(other.text));
    return alone && !clause.some(({ text }) => /^(is|are|isn't|aren't)$/.test(text)) ? [purpose] : [];
  });
}

/** "Never use the microwave", "Do not take it to the fridge"; not "Never put an egg in the microwave", which leaves other things. */
function shunnedIn(words: readonly Word[]): string[] {
  const places = words.flatMap(({ place }) => (place !== null && instruments.has(place) ? [place] : []));
  const known = [fillers, anything, putting, handling];
  const rest = words.filter((word) => word.place === null && !isNegator(word) && !known.some((set) => set.has(word.text)));
  return places.length === 1 && rest.length === 0 ? places : [];
}

/** Does the instrument at `at` serve the purpose at `j` of one sentence, or is it where the thing ends up? */
function serves(own: readonly Word[], at: number, j: number): boolean {
  const between = own.slice(Math.min(at, j) + 1, Math.max(at, j));
  if (between.length > 12 || between.some(({ text }) => later.has(text))) return false;
  // "A hot object needs the microwave"; not "Place a hot object in the sinkbasin".
  if (/^(a|an|the|some|any)$/.test(own[j - 1]?.text ?? '') && !between.some(({ text }) => /^(need|want|require)/.test(text))) return false;
  const put = own.slice(0, at).findLastIndex(({ text }) => putting.has(text));
  if (put < at - 5 || put < 0) return true;
  // "Put it in the fridge to cool it", "To cool it, put it in the fridge"; not "Put a cool mug in the fridge", "before you put it in the fridge".
  return !later.has(own[put - 1]?.text ?? '') && own[j - 1]?.text === 'to' && (j > at || put > j);
}

/** "Put the object in the fridge first, then place it." */
function isFirstStep(own: readonly Word[], at: number): boolean {
  const handled = own.slice(Math.max(0, at - 6), at).some(({ text }) => /^(put|stick|pop|run|take|carry|bring)$/.test(text));
  const goesOn = own.slice(at + 1).some(({ text }) => text === 'first' || text === 'then' || text === 'before');
  return handled && goesOn && !own.slice(0, at).some(({ text }) => text === 'then');
}
