/**
 * A natural demonstrator: it knows only what it has read (opening, observations, admissible commands), searches
 * where such objects usually lie, and does a procedure only when it has been told of it.
 */
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import type { Observation } from '../env.ts';
import type { Family, Goal } from './game.ts';
import { parseSentence } from './goal.ts';
import { canContain, objects as figures } from './layouts.ts';

export interface Hint {
  /** Class of an object, `mug`. */
  object: string;
  /** Class of the receptacle it is said to be in or on, `cabinet`. */
  receptacle: string;
}

export interface ExpertOptions {
  /** Procedures it has been told of; without, it places the object as it is, or one instead of two. */
  knows: Record<Exclude<Family, 'pick'>, boolean>;
  hints: readonly Hint[];
  rng: Rng;
}

export const knowsEverything: ExpertOptions['knows'] = { clean: true, heat: true, cool: true, two: true, look: true };

const workplaces: Partial<Record<Family, string>> = { clean: 'sinkbasin', heat: 'microwave', cool: 'fridge' };
const withDoors = new Set(['cabinet', 'drawer', 'fridge', 'microwave', 'safe']);

/** The class in a shown name: `cabinet 3` -> `cabinet`. */
const kindOf = (name: string): string => name.replace(/ \d+$/, '');

/** The number in a shown name: `cabinet 3` -> 3. */
const numberOf = (name: string): number => Number(/\d+$/.exec(name)?.[0] ?? 0);

/** `a x 2, and a x 1` -> names; `nothing` -> none. */
export function namesIn(list: string): string[] {
  return list === 'nothing' ? [] : list.split(/, (?:and )?/).map((item) => item.replace(/^a /, ''));
}

/** How often an object class was seen in a receptacle class, with a little weight on whatever is possible. */
function usual(object: string, receptacle: string): number {
  let count = canContain.get(receptacle)?.has(object) ? 0.5 : 0.02;
  for (const room of Object.values(figures)) count += room.find((f) => f.kind === object)?.where.get(receptacle) ?? 0;
  return count;
}

export class SearchingExpert {
  readonly goal: Goal;
  /** Nothing sensible is left to do: the command just returned is an idle `look`; end the demonstration before it. */
  finished = false;
  private readonly receptacles: string[];
  /** Contents of every receptacle that it has looked into. */
  private readonly seen = new Map<string, Set<string>>();
  private readonly taste: Map<string, number>;
  private held: string | null = null;
  /** Objects it has put down for good. */
  private readonly placed = new Set<string>();
  private processed = false;
  private readonly unusable = new Set<string>();
  private last = '';
  /** Steps of idle exploring left once an unrewarded naive attempt is over. */
  private wanderings: number;
  private pairAt: string | null = null;

  /** @param sentence the task sentence; @param opening the first observation, which lists the receptacles. */
  constructor(
    sentence: string,
    opening: string,
    private readonly options: ExpertOptions,
  ) {
    const goal = parseSentence(sentence);
    if (!goal) throw new UserError(`The expert cannot read the task "${sentence}"; it knows the twelve sentences of the game.`);
    this.goal = goal;
    const list = /around you, you see (.*)\./.exec(opening)?.[1] ?? 'nothing';
    this.receptacles = namesIn(list);
    // One factor per class and episode: orders vary between demonstrations, each stays sensible. Within a class the
    // numbers count up, which is an order that a small policy can keep without remembering where it has been.
    const kinds = [...new Set(this.receptacles.map(kindOf))];
    this.taste = new Map(kinds.map((kind) => [kind, 0.85 + 0.3 * options.rng.uniform()]));
    this.wanderings = 3 + options.rng.below(4);
  }

  /** Takes note of an observation without answering it: somebody else acts in its place. */
  skip(observation: Observation): void {
    this.read(observation.text);
    this.last = '';
  }

  /** The next command; always one of the admissible ones. */
  next(observation: Observation): string {
    this.read(observation.text);
    const can = new Set(observation.admissible);
    const wanted = this.decide(can);
    this.finished = wanted === null;
    this.last = wanted ?? 'look';
    return this.last;
  }

  private read(text: string): void {
    const view = /On the (.+?), you see (.*)\.$/.exec(text) ?? /The (.+?) is open\. In it, you see (.*)\.$/.exec(text);
    if (view) this.seen.set(view[1] as string, new Set(namesIn(view[2] as string)));
    const taken = /^You pick up the (.+) from the (.+)\.$/.exec(text);
    if (taken) {
      this.held = taken[1] as string;
      this.seen.get(taken[2] as string)?.delete(this.held);
    }
    const put = /^You (?:move the (.+) to the (.+)|put the (.+) in\/on the (.+))\.$/.exec(text);
    if (put) {
      const object = (put[1] ?? put[3]) as string;
      this.held = null;
      this.placed.add(object);
      this.pairAt = (put[2] ?? put[4]) as string;
      this.seen.get(this.pairAt)?.add(object);
    }
    if (/^You (?:clean|heat|cool) the /.test(text)) this.processed = true;
    if (text === 'Nothing happens.') this.unusable.add(this.last);
  }

  private knows(): boolean {
    return this.goal.family === 'pick' || this.options.knows[this.goal.family];
  }

  private decide(can: Set<string>): string | null {
    const { family, target } = this.goal;
    if (this.held === null) {
      // Not won although something was placed: look for the second one, or poke about for a while.
      if (this.placed.size > 0 && !(family === 'two' && this.knows())) return this.wander(can);
      return this.findObject(can);
    }
    if (family === 'look') return this.knows() ? this.useLamp(can) : this.studyInVain(can);
    const workplace = workplaces[family];
    if (workplace !== undefined && this.knows() && !this.processed) {
      const at = this.receptacles.find((name) => kindOf(name) === workplace);
      if (at === undefined) return null;
      const command = `${family} ${this.held} with ${at}`;
      return can.has(command) ? command : this.approach(at, can);
    }
    return this.deliver(target, can);
  }

  private findObject(can: Set<string>): string | null {
    const { family, object, target } = this.goal;
    const wanted = (name: string): boolean => kindOf(name) === object && !this.placed.has(name);
    const pairs = family === 'two' && this.knows();
    if (pairs && this.pairAt === null) {
      // One that already lies in a target receptacle need not be carried.
      for (const [receptacle, names] of this.seen) {
        if (kindOf(receptacle) === target && [...names].some(wanted)) this.pairAt = receptacle;
      }
    }
    const settled = (receptacle: string): boolean => pairs && receptacle === this.pairAt;
    const sources = [...this.seen].flatMap(([receptacle, names]) =>
      settled(receptacle) ? [] : [...names].filter(wanted).map((name) => ({ receptacle, name })),
    );
    const atHand = sources.find(({ receptacle, name }) => can.has(`take ${name} from ${receptacle}`));
    if (atHand) return `take ${atHand.name} from ${atHand.receptacle}`;
    for (const { receptacle } of sources) {
      const step = this.approach(receptacle, can);
      if (step) return step;
    }
    return this.search(object, can);
  }

  /** Goes to, opens or examines a known receptacle, whichever makes it reachable; null when nothing helps. */
  private approach(receptacle: string, can: Set<string>): string | null {
    for (const command of [`go to ${receptacle}`, `open ${receptacle}`, `examine ${receptacle}`]) {
      if (can.has(command) && !this.unusable.has(command) && command !== this.last) return command;
    }
    return null;
  }

  /** Looks into the most promising receptacle that it has not looked into yet. */
  private search(object: string, can: Set<string>): string | null {
    const closedHere = this.receptacles.find((name) => this.last === `go to ${name}` && can.has(`open ${name}`) && !this.seen.has(name));
    if (closedHere) return `open ${closedHere}`;
    const score = (name: string): number => {
      const kind = kindOf(name);
      const members = this.receptacles.filter((other) => kindOf(other) === kind).length;
      const hinted = this.options.hints.some((h) => h.object === object && h.receptacle === kind);
      // A door costs a second step; a receptacle at hand costs one step less to be sure of.
      const cost = withDoors.has(kind) ? 0.7 : 1;
      return ((usual(object, kind) * cost) / members) * (this.taste.get(kind) ?? 1) * (hinted ? 1000 : 1);
    };
    const unseen = this.receptacles.filter((name) => !this.seen.has(name)).sort((a, b) => score(b) - score(a) || numberOf(a) - numberOf(b));
    for (const name of unseen) {
      const step = this.approach(name, can);
      if (step) return step;
    }
    return null;
  }

  private deliver(target: string, can: Set<string>): string | null {
    const { family } = this.goal;
    let places = this.receptacles.filter((name) => kindOf(name) === target);
    if (family === 'two' && this.knows() && this.pairAt !== null) places = places.filter((name) => name === this.pairAt);
    if (!this.knows()) {
      // Someone who knows nothing of pairs takes a place that has none yet.
      const free = places.filter((name) => ![...(this.seen.get(name) ?? [])].some((object) => kindOf(object) === this.goal.object));
      if (free.length > 0) places = free;
    }
    const put = (name: string): string | undefined =>
      [`move ${this.held} to ${name}`, `put ${this.held} in/on ${name}`].find((command) => can.has(command));
    const now = places.find((name) => put(name) !== undefined);
    if (now) return put(now) as string;
    // Where it already stands, then what it has seen open, then by taste.
    const rank = (name: string): number =>
      (can.has(`go to ${name}`) ? 0 : 100) + (this.seen.has(name) ? 10 : 0) + (this.taste.get(kindOf(name)) ?? 0);
    for (const name of places.sort((a, b) => rank(b) - rank(a))) {
      const step = this.approach(name, can);
      if (step) return step;
    }
    return null;
  }

  private useLamp(can: Set<string>): string | null {
    const { target } = this.goal;
    const use = [...can].find((command) => command.startsWith('use ') && kindOf(command.slice(4)) === target);
    if (use !== undefined && use !== this.last) return use;
    for (const [receptacle, names] of this.seen) {
      if (![...names].some((name) => kindOf(name) === target)) continue;
      const step = this.approach(receptacle, can);
      if (step) return step;
    }
    return this.search(target, can);
  }

  /** Without knowing about the lamp: examines what it holds, then wanders with it. */
  private studyInVain(can: Set<string>): string | null {
    const study = `examine ${this.held}`;
    if (can.has(study) && !this.unusable.has(study)) {
      this.unusable.add(study);
      return study;
    }
    return this.wander(can);
  }

  /** A few more receptacles that it has not seen, without a purpose, then rest. */
  private wander(can: Set<string>): string | null {
    if (this.wanderings-- <= 0) return null;
    return this.search(this.goal.object, can);
  }
}
