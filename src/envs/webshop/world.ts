/** The two supplies of shopping goals: a person's own files, and an endless stream from a made-up shop. */
import { UserError } from '../../lib/errors.ts';
import { sha256 } from '../../lib/hash.ts';
import { Rng } from '../../lib/rng.ts';
import type { Task } from '../../types.ts';
import type { Env, World } from '../env.ts';
import type { Catalogue, Notes } from './catalogue.ts';
import type { Mode } from './env.ts';
import { WebshopEnv } from './env.ts';
import type { GeneratorOptions, Settings } from './generator.ts';
import { familyOf, settingsOf } from './generator.ts';
import type { Goal, GoalKind, GoalList, Instruction } from './goals.ts';
import { makeCatalogue, makeProducts } from './made-shop.ts';
import type { NounFinder } from './nouns.ts';
import { nounTable } from './nouns.ts';
import type { Reachable } from './reachable.ts';
import { reachable } from './reachable.ts';
import { suggestSearches } from './searches.ts';
import { catalogueNotes } from './shop-notes.ts';
import type { Shop } from './shop.ts';
import { stock } from './stock.ts';

/** Raise when a change of the engine changes any byte of an episode. */
const engineVersion = 1;

export interface ShopOptions {
  /** How pages are told; `text` if nothing is said. */
  mode?: Mode;
  showAttributes?: boolean;
  /** Seed of prices out of ranges and of the goals' price bounds; the original leaves them to chance. */
  priceSeed?: number;
}

export interface ShopFilesOptions extends ShopOptions {
  /** If nothing is said: people's goals where there are a hundred of them or no others. */
  goals?: GoalKind;
}

/** Hears how many of all products are done. */
type Progress = (done: number, total: number) => void;

/** What both supplies do with a goal. */
abstract class ShopWorld implements World {
  readonly env = 'webshop' as const;
  abstract readonly name: string;
  abstract readonly splits: Record<string, number>;
  readonly nouns: NounFinder;

  protected constructor(
    readonly catalogue: Catalogue,
    readonly shop: Shop,
    readonly hash: string,
    private readonly options: ShopOptions,
  ) {
    this.nouns = nounTable({ get: (asin) => catalogue.notes.get(asin)?.nouns });
  }

  /** Id and goal of the index-th task of a split. */
  protected abstract find(split: string, index: number): { id: string; goal: Goal };
  /** The goal behind an id, with the session id that stands in its addresses. @throws UserError on an unknown id. */
  protected abstract goalOf(id: string): { goal: Goal; session: string };

  task(split: string, index: number): Task {
    const size = this.splits[split];
    if (size === undefined) throw new UserError(`There is no split "${split}"; this world has ${Object.keys(this.splits).join(', ')}.`);
    if (!Number.isInteger(index) || index < 0 || index >= size) {
      throw new UserError(`Goal ${index} of split "${split}" does not exist; it holds ${size} goals, counted from 0.`);
    }
    const { id, goal } = this.find(split, index);
    return { env: this.env, id, family: goal.category, goal: goal.instruction.replace(/\.$/, '') };
  }

  open(task: Task): Env {
    return this.episode(task);
  }

  episode(task: Task): WebshopEnv {
    const { goal, session } = this.goalOf(task.id);
    return new WebshopEnv(this.shop, goal, session, {
      mode: this.options.mode ?? 'text',
      showAttributes: this.options.showAttributes ?? false,
      nouns: this.nouns,
      searches: suggestSearches(goal.instruction),
    });
  }

  goal(task: Task): Goal {
    return this.goalOf(task.id).goal;
  }

  /** The most that this task can score with the product that was meant, and the options for it. */
  reachable(task: Task): Reachable {
    return reachable(this.shop, this.goal(task), this.nouns);
  }
}

/** SHA-256 over everything in a catalogue that an episode can show, a thousand products at a time. */
async function catalogueHash(catalogue: Catalogue, rest: unknown, onProgress: Progress = () => undefined): Promise<string> {
  const parts = [JSON.stringify([engineVersion, rest])];
  for (let i = 0; i < catalogue.products.length; i += 1000) {
    onProgress(i, catalogue.products.length);
    const some = catalogue.products.slice(i, i + 1000).map((product) => {
      // A table of nouns and goals changes scores and tasks.
      const { attributes, synthetic, human, nouns } = catalogue.notes.get(product.asin) ?? {};
      const shown = { ...product, options: [...product.options], optionImages: [...product.optionImages] };
      return [Object.values(shown), attributes, synthetic, human, nouns];
    });
    parts.push(await sha256(JSON.stringify(some)));
  }
  onProgress(catalogue.products.length, catalogue.products.length);
  return sha256(parts.join('\n'));
}

/** A person's own shop, with the goals and the order of goals that the original would have. */
export class ShopFiles extends ShopWorld {
  readonly splits: Record<string, number>;
  /** Where each split begins in the order of goals. */
  private readonly starts: Record<string, number>;
  /** What was found in the files and how goals became roles, in sentences for people. */
  readonly note: string;

  private constructor(
    readonly name: string,
    catalogue: Catalogue,
    shop: Shop,
    private readonly goals: GoalList,
    readonly kind: GoalKind,
    hash: string,
    options: ShopOptions,
    /** Goals of the other kind that are in the files but not played, in a sentence. */
    passedOver: string,
  ) {
    super(catalogue, shop, hash, options);
    const size = goals.size;
    // The split of the benchmark where there are goals enough for it, else tenths.
    const [test, validation] = size >= 3000 ? [500, 1000] : [Math.floor(size / 10), Math.max(1, Math.ceil(size / 10))];
    this.starts = { test: 0, validation: test, training: test + validation };
    this.splits = { training: size - test - validation, validation, test };
    const roles = `Goals ${test === 0 ? 'none' : `0 to ${test - 1}`} are for test, ${test} to ${test + validation - 1} for validation, the rest for training.`;
    const some = goals.possible > size ? `, of the ${goals.possible} that combinations of options would give` : '';
    const { length } = catalogue.products;
    const counts = `${length} ${length === 1 ? 'product' : 'products'} and ${size} ${kind} ${size === 1 ? 'goal' : 'goals'}${some}.`;
    this.note = [counts, passedOver, roles, ...catalogueNotes(catalogue)].filter((part) => part !== '').join(' ');
  }

  static async create(name: string, catalogue: Catalogue, options: ShopFilesOptions = {}, onProgress?: Progress): Promise<ShopFiles> {
    onProgress?.(0, catalogue.products.length);
    const seed = options.priceSeed ?? 1;
    const count = (told: (notes: Notes | undefined) => readonly Instruction[]): number =>
      catalogue.products.reduce(
        (n, { asin }) => n + told(catalogue.notes.get(asin)).filter(({ attributes }) => attributes.length > 0).length,
        0,
      );
    const people = count((notes) => notes?.human ?? []);
    const made = count((notes) => (notes?.synthetic ? [notes.synthetic] : []));
    const kind = options.goals ?? (people >= 100 || (people > 0 && made === 0) ? 'human' : 'synthetic');
    const { shop, goals } = stock(catalogue, kind, seed);
    if (goals.size === 0) {
      const file = kind === 'human' ? 'items_human_ins.json' : 'items_ins_v2.json';
      throw new UserError(
        `${name} has no ${kind} goals: no product has an instruction with attributes; load ${file} together with the products.`,
      );
    }
    const { mode = 'text', showAttributes = false } = options;
    const passedOver =
      options.goals === undefined && kind === 'synthetic' && people > 0
        ? `The ${people} in people's words are fewer than a hundred and not played; on the command line --goals human plays them.`
        : '';
    const hash = await catalogueHash(catalogue, [kind, seed, mode, showAttributes], onProgress);
    return new ShopFiles(name, catalogue, shop, goals, kind, hash, options, passedOver);
  }

  protected find(split: string, index: number): { id: string; goal: Goal } {
    const number = (this.starts[split] as number) + index;
    return { id: `${this.kind}/${number}`, goal: this.goals.goal(number) };
  }

  protected goalOf(id: string): { goal: Goal; session: string } {
    const [kind, number] = id.split('/');
    const index = Number(number);
    if (kind !== this.kind || !/^\d+$/.test(number ?? '') || index >= this.goals.size) {
      throw new UserError(`${this.name} has no goal "${id}"; its goals are ${this.kind}/0 to ${this.kind}/${this.goals.size - 1}.`);
    }
    return { goal: this.goals.goal(index), session: String(index) };
  }
}

export const madeSplits = ['training', 'validation', 'test'] as const;

/** Of ten families, how many are for each split. */
const tenths = [8, 1, 1];

/** An endless stream of goals in a made-up shop; a product's family is in one split only. */
export class MadeShop extends ShopWorld {
  readonly name = 'made-up shop';
  readonly splits: Record<string, number> = Object.fromEntries(madeSplits.map((split) => [split, Infinity]));
  private readonly rng: Rng;
  /** Products of each split that the search finds by query and attributes, filled while drawing. */
  private readonly found = new Map<number, boolean>();
  private readonly members: Record<string, number[]> = { training: [], validation: [], test: [] };
  /** Per list of goals and product: the indices of its goals. */
  private readonly byProduct: number[][][];

  private constructor(
    catalogue: Catalogue,
    shop: Shop,
    /** In people's words, and synthetic. */
    private readonly lists: readonly [GoalList, GoalList],
    readonly settings: Settings,
    hash: string,
    options: ShopOptions,
  ) {
    super(catalogue, shop, hash, options);
    this.rng = new Rng(settings.seed).split('goals');
    this.byProduct = lists.map((list) => {
      const goals: number[][] = catalogue.products.map(() => []);
      for (let i = 0; i < list.size; i++) goals[list.target(i)]?.push(i);
      return goals;
    });
    catalogue.products.forEach((_, p) => {
      const split = madeSplits[this.rng.split('family', familyOf(p, settings)).weighted(tenths)] as string;
      this.members[split]?.push(p);
    });
  }

  static async create(options: GeneratorOptions & ShopOptions): Promise<MadeShop> {
    const { mode = 'text', showAttributes = false, priceSeed = 1, ...generator } = options;
    const settings = settingsOf(generator);
    const catalogue = makeCatalogue(makeProducts(settings));
    const { shop, goals: synthetic } = stock(catalogue, 'synthetic', priceSeed);
    const { goals: human } = stock(catalogue, 'human', priceSeed);
    const hash = await catalogueHash(catalogue, [settings, mode, showAttributes, priceSeed]);
    const world = new MadeShop(catalogue, shop, [human, synthetic], settings, hash, { mode, showAttributes, priceSeed });
    for (const split of madeSplits) {
      if (world.members[split]?.length === 0) {
        throw new UserError(`A shop of ${settings.products} products has none for ${split}; make at least ${settings.siblings * 50}.`);
      }
    }
    return world;
  }

  protected find(split: string, index: number): { id: string; goal: Goal } {
    return { id: `made/${split}/${index}`, goal: this.draw(split, index) };
  }

  protected goalOf(id: string): { goal: Goal; session: string } {
    const [, split, number] = /^made\/(\w+)\/(\d+)$/.exec(id) ?? [];
    if (split === undefined || number === undefined || !(split in this.splits)) {
      throw new UserError(`"${id}" is not a goal of the made-up shop; such ids look like made/training/7.`);
    }
    return { goal: this.draw(split, Number(number)), session: number };
  }

  /** Draws until the goal can be met in full and its product found. */
  private draw(split: string, index: number): Goal {
    const rng = this.rng.split(split, index);
    for (let tries = 0; tries < 1000; tries++) {
      const product = rng.pick(this.members[split] as number[]);
      // Half of them in people's words, however many combinations of options the synthetic ones have.
      const kind = rng.below(2);
      const goals = this.byProduct[kind]?.[product] ?? [];
      if (goals.length === 0 || !this.isFound(product)) continue;
      const goal = (this.lists[kind] as GoalList).goal(rng.pick(goals));
      if (reachable(this.shop, goal, this.nouns).score === 1) return goal;
    }
    throw new UserError(`No goal of "${split}" can be met in this made-up shop; make it of more products or with another seed.`);
  }

  /** Is the product among what a search for its query and attributes finds? */
  private isFound(product: number): boolean {
    let known = this.found.get(product);
    if (known === undefined) {
      const { query, asin } = this.catalogue.products[product] as { query: string; asin: string };
      const asked = this.catalogue.notes.get(asin)?.synthetic?.attributes ?? [];
      known = this.shop.findWords(`${query} ${asked.join(' ')}`).includes(product);
      this.found.set(product, known);
    }
    return known;
  }
}
