/** Demonstrations of shopping: a step is taken when a rule states it, and only now and then without. */
import type { WebshopEnv } from '../envs/webshop/env.ts';
import { reachable } from '../envs/webshop/reachable.ts';
import type { MadeShop } from '../envs/webshop/world.ts';
import type { Rng } from '../lib/rng.ts';
import { episodePrompt, offered, openingOf, readText, sayText } from '../policy/prompt.ts';
import { procedureFamilies } from '../rules/language.ts';
import { idleShopAdvice, shoppingSteps, type ShoppingStep } from '../rules/shop-language.ts';
import type { Task, Turn } from '../types.ts';
import type { Demonstration, Segment } from './demonstrations.ts';
import { UNTOLD } from './lessons.ts';
import { phrase } from './phrasings.ts';

/** Actions on which a rule decides: the search, the product, options before buying. */
const EMPHASIS = 5;
const SLIPS = 0.05;
const MOST_RULES = 5;
const STEPS = 15;

export type Careful = Record<ShoppingStep, boolean>;

export interface Shopping {
  task: Task;
  opening: string;
  /** Actions as the policy writes them, who chose them, and what the shop answered. */
  turns: (Turn & { by: 'agent' | 'slip'; decisive: boolean })[];
  reward: number;
  /** Was there an option to choose? Else that habit cannot be seen. */
  hadOptions: boolean;
}

/** The index-th demonstration: the same numbers give the same text on every machine. */
export function demonstrateShopping(world: MadeShop, index: number, rng: Rng): Demonstration {
  return demonstrateVisit(world, rng.split('shopping', index));
}

/**
 * The index-th drill: a visit that ends with its search, or whose list of results is cut to a few, so that many
 * decisions fit into the tokens that one full page takes.
 */
export function drillShopping(world: MadeShop, index: number, rng: Rng): Demonstration {
  const own = rng.split('shopping drill', index);
  return demonstrateVisit(world, own, own.chance(0.35) ? 0 : 2 + own.below(3));
}

function demonstrateVisit(world: MadeShop, own: Rng, results = Infinity): Demonstration {
  const { rules, knows } = drawShopLesson(own.split('lesson'));
  const { task, opening, turns, reward } = shopOnce(
    world,
    world.task('training', own.below(0x7fffffff)),
    knows,
    own.split('shopper'),
    SLIPS,
    results,
  );
  const segments: Segment[] = [{ text: episodePrompt(task, rules, opening), by: 'environment' }];
  turns.forEach(({ action, observation, by, decisive }, i) => {
    segments.push({ text: sayText(action), by, ...(decisive && { emphasis: EMPHASIS }) });
    if (i < turns.length - 1) segments.push({ text: readText(observation), by: 'environment' });
  });
  return { segments, won: reward === 1, family: 'webshop' };
}

function drawShopLesson(rng: Rng): { rules: string[]; knows: Careful } {
  const share = [0, 0.3, 0.85][rng.weighted([0.3, 0.25, 0.45])] as number;
  const told = shoppingSteps.filter(() => rng.chance(share));
  const sentences = told.map((step) => phrase({ kind: 'shopping', step }, rng));
  const distractors = rng.chance(0.4) ? 0 : rng.below(MOST_RULES - sentences.length + 1);
  for (let i = 0; i < distractors; i++) {
    sentences.push(
      rng.chance(0.7) ? rng.pick(idleShopAdvice) : phrase({ kind: 'procedure', family: rng.pick([...procedureFamilies]) }, rng),
    );
  }
  const knows = Object.fromEntries(shoppingSteps.map((step) => [step, told.includes(step) || rng.chance(UNTOLD)])) as Careful;
  return { rules: [...new Set(rng.shuffle(sentences))], knows };
}

/** One visit to the shop: search, one product, its options, the purchase; of the results only some are listed, where so wanted. */
export function shopOnce(world: MadeShop, task: Task, knows: Careful, rng: Rng, slips = 0, results = Infinity): Shopping {
  const env = world.episode(task);
  const visit = new Visit(world, task, env, rng, slips);
  const searches = env.first.admissible.filter((command) => command.startsWith('search['));
  visit.act((knows.search ? searches[0] : searches.at(-1)) as string, searches.length > 1);
  if (results === 0) return visit.result(false);
  const all = env.session.shown.map(({ asin }) => asin);
  const shown = results < all.length ? visit.list(all, new Set(rng.shuffle(all).slice(0, results))) : all;
  const best = visit.bestOf(shown, knows);
  if (best === undefined) return visit.result(false);
  if (visit.slip(() => `click[${rng.pick(shown)}]`)) visit.act('click[< prev]');
  visit.act(`click[${best}]`, true);
  if (visit.slip(() => rng.pick(['click[description]', 'click[features]']))) visit.act('click[< prev]');
  const picks = reachable(world.shop, world.goal(task), world.nouns, world.shop.numbers.get(best)).picks;
  if (knows.options) for (const [, value] of picks) visit.act(`click[${value.toLowerCase()}]`, true);
  visit.act('click[buy now]', picks.length > 0);
  return visit.result(picks.length > 0);
}

class Visit {
  private readonly turns: Shopping['turns'] = [];
  private readonly opening: string;
  private reward = 0;

  constructor(
    private readonly world: MadeShop,
    private readonly task: Task,
    private readonly env: WebshopEnv,
    private readonly rng: Rng,
    private readonly slips: number,
  ) {
    this.opening = openingOf(env.first.text);
  }

  act(command: string, decisive = false, by: 'agent' | 'slip' = 'agent'): void {
    if (this.turns.length >= STEPS || !this.env.accepts(command)) return;
    const [action] = offered([command.toLowerCase()]) as [string];
    const { text, reward } = this.env.step(action);
    this.reward = reward;
    this.turns.push({ action, observation: text, logprob: 0, by, decisive });
  }

  /** Shortens the list of results just read to `kept`, in their order. */
  list(all: readonly string[], kept: ReadonlySet<string>): string[] {
    const page = this.turns.at(-1) as Turn;
    const parts = page.observation.split(' [SEP] ');
    let current: string | undefined;
    page.observation = parts
      .filter((part) => {
        current = all.find((asin) => asin === part) ?? current;
        return current === undefined || kept.has(current);
      })
      .join(' [SEP] ');
    return all.filter((asin) => kept.has(asin));
  }

  /** Now and then something useless happens, from which the shopper goes on. */
  slip(command: () => string): boolean {
    if (!this.rng.chance(this.slips)) return false;
    this.act(command(), false, 'slip');
    return true;
  }

  /** The first product, the first one below the limit, the one that can score most, or the best below the limit. */
  bestOf(asins: readonly string[], { fit, price }: Careful): string | undefined {
    const { shop, nouns } = this.world;
    const goal = this.world.goal(this.task);
    const cheap = (asin: string) => (shop.prices[shop.numbers.get(asin) as number] as number) <= goal.priceUpper;
    const candidates = price && asins.some(cheap) ? asins.filter(cheap) : asins;
    if (!fit) return candidates[0];
    // Whether the price fits is the other step's business.
    const free = { ...goal, priceUpper: Infinity };
    const scores = candidates.map((asin) => reachable(shop, free, nouns, shop.numbers.get(asin)).score);
    return candidates[scores.indexOf(Math.max(...scores))];
  }

  result(hadOptions: boolean): Shopping {
    return { task: this.task, opening: this.opening, turns: this.turns, reward: this.reward, hadOptions };
  }
}
