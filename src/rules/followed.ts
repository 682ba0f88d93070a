/** Reads off an episode which advice it followed, whether or not anybody gave it; only actions and observations are seen. */
import type { Task, Trajectory } from '../types.ts';
import { topic, type Advice, type ProcedureFamily } from './language.ts';
import type { ShoppingStep } from './shop-language.ts';

const classOf = (name: string): string => name.replace(/ \d+$/, '');

/** Advice that was followed, and the turn that did so, counted from 0. */
export interface Followed {
  advice: Advice;
  turn: number;
}

/** Advice that an episode followed. In AlfWorld only steps that the environment confirmed count. */
export function advicesFollowed(trajectory: Trajectory): Advice[] {
  return stepsFollowed(trajectory).map(({ advice }) => advice);
}

/** The same with the turns: of a procedure the one that cleaned, heated, cooled or lit, or placed the second thing. */
export function stepsFollowed(trajectory: Trajectory): Followed[] {
  if (trajectory.task.env !== 'webshop') return householdAdvice(trajectory);
  const { turns } = trajectory;
  // What a purchase was worth is decided when it is made; only the search has a turn of its own.
  const turnOf = (step: ShoppingStep) => (step === 'search' ? turns.findIndex(({ action }) => action.startsWith('search[')) : turns.length - 1);
  return [...shoppingSteps(trajectory)].flatMap(([step, did]) => (did ? [{ advice: { kind: 'shopping', step } as const, turn: turnOf(step) }] : []));
}

/** Procedures carried out, and where the things named in the task were found. */
function householdAdvice(trajectory: Trajectory): Followed[] {
  const found = new Map<string, Followed>();
  const add = (advice: Advice, turn: number) => found.set(JSON.stringify(advice), found.get(JSON.stringify(advice)) ?? { advice, turn });
  const placed = new Map<string, Set<string>>();
  const treated = new Map<string, Map<ProcedureFamily, number>>();
  const named = new Set(trajectory.task.goal.split(' '));
  let held: string | null = null;
  for (const [turn, { action, observation }] of trajectory.turns.entries()) {
    const take = /^take (.+) from (.+)$/.exec(action);
    const put = /^(?:move (.+) to|put (.+) in\/on) (.+)$/.exec(action);
    const treat = /^(clean|heat|cool) (.+) with /.exec(action);
    if (take && observation.startsWith('You pick up')) {
      held = take[1] as string;
      if (named.has(classOf(held))) add({ kind: 'where', object: classOf(held), receptacles: [classOf(take[2] as string)] }, turn);
    } else if (treat && /^You (clean|heat|cool)/.test(observation)) {
      const object = treat[2] as string;
      treated.set(object, (treated.get(object) ?? new Map()).set(treat[1] as ProcedureFamily, turn));
    } else if (put && /^You (move|put)/.test(observation)) {
      const object = (put[1] ?? put[2]) as string;
      held = null;
      for (const [family, done] of treated.get(object) ?? []) add({ kind: 'procedure', family }, done);
      const place = `${classOf(object)} ${put[3]}`;
      const here = (placed.get(place) ?? new Set<string>()).add(object);
      placed.set(place, here);
      if (here.size >= 2) add({ kind: 'procedure', family: 'two' }, turn);
    } else if (action.startsWith('use ') && observation.startsWith('You turn on') && held !== null) {
      add({ kind: 'procedure', family: 'look' }, turn);
    }
  }
  return [...found.values()];
}

const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/[a-z0-9]{3,}/g) ?? []);
const shared = (words: ReadonlySet<string>, text: string): number => [...wordsOf(text)].filter((word) => words.has(word)).length;

/** Product pages show their price after a colon; the strings before it are options and then the title. */
const productPage = /< Prev (?:\[SEP\] )?(.*?) \[SEP\] Price: \$([\d.]+)/s;
/** One product in a list of results. */
const result = /\[SEP\] (B0[0-9A-Z]{8}) \[SEP\] (.*?) \[SEP\] \$/g;

/** The steps that this purchase had occasion for, and whether it took them. */
function shoppingSteps({ task, turns }: Trajectory): Map<ShoppingStep, boolean> {
  const steps = new Map<ShoppingStep, boolean>();
  const [asked] = task.goal.split(/,? and price lower than /);
  const wanted = wordsOf(asked as string);
  const limit = /price lower than ([\d.]+)/.exec(task.goal)?.[1];
  const searches = turns.flatMap(({ action }) => /^search\[(.*)\]$/.exec(action)?.[1] ?? []);
  // "I'm looking for" and the like are not searched for, so that a whole request is most of its words.
  if (searches[0] !== undefined) steps.set('search', shared(wanted, searches[0]) >= 0.7 * wanted.size);
  let results: { asin: string; overlap: number }[] = [];
  let open: string | null = null;
  let offered: string[] = [];
  let picked = false;
  for (const { action, observation } of turns) {
    const label = /^click\[(.*)\]$/.exec(action)?.[1]?.toLowerCase() ?? '';
    if (/^b0[0-9a-z]{8}$/.test(label)) [open, picked] = [label, false];
    else if (open && offered.includes(label)) picked = true;
    else if (label === 'buy now' && open) {
      const best = Math.max(0, ...results.map(({ overlap }) => overlap));
      const own = results.find(({ asin }) => asin === open)?.overlap;
      if (own !== undefined && results.length > 1) steps.set('fit', own === best);
      if (offered.length > 0) steps.set('options', picked);
    }
    const listed = [...observation.matchAll(result)].map(([, asin, title]) => ({ asin: (asin as string).toLowerCase(), overlap: shared(wanted, title as string) }));
    if (listed.length > 0) results = listed;
    const page = productPage.exec(observation);
    if (!page) continue;
    const goal = task.goal.toLowerCase();
    offered = (page[1] as string).split(' [SEP] ').slice(0, -1).map((text) => text.toLowerCase()).filter((text) => goal.includes(text));
    if (limit !== undefined) steps.set('price', Number(page[2]) <= Number(limit));
  }
  return steps;
}

/**
 * Can what the advice is about come up in this task of its world? A procedure belongs to its kind of task, a place to a
 * thing that the goal names; every purchase is a search and a choice.
 */
export function concerns(advice: Advice, { family, goal }: Pick<Task, 'family' | 'goal'>): boolean {
  if (advice.kind === 'shopping') return true;
  return advice.kind === 'procedure' ? family === advice.family : goal.split(' ').includes(advice.object);
}

/** Did this episode do what the advice says? Null when it had no occasion to. */
export function follows(trajectory: Trajectory, followed: readonly Advice[], advice: Advice): boolean | null {
  const { task } = trajectory;
  if (advice.kind === 'shopping') return task.env === 'webshop' ? (shoppingSteps(trajectory).get(advice.step) ?? null) : null;
  if (task.env === 'webshop') return null;
  const same = followed.filter((other) => topic(other) === topic(advice));
  if (advice.kind === 'procedure') return same.length > 0;
  if (!task.goal.split(' ').includes(advice.object)) return null;
  return same.some((other) => other.kind === 'where' && other.receptacles.some((r) => advice.receptacles.includes(r)));
}
