/** Compares recordings of the true environment with this one: numbers, texts, rewards and whole episodes. */
import { parseAction } from './action.ts';
import { analyze } from './analyzer.ts';
import type { SearchIndex } from './bm25.ts';
import { colorOfPair, normalizeColor } from './colors.ts';
import { WebshopEnv } from './env.ts';
import { tokenSetRatio } from './fuzz.ts';
import type { Goal, GoalList } from './goals.ts';
import { randomGoal } from './goals.ts';
import { PythonRandom } from './mt19937.ts';
import { readPrice } from './price.ts';
import { optionMatches, rewardOf } from './reward.ts';
import type { Shop } from './shop.ts';

/** A goal as the original writes it. */
export interface RecordedGoal {
  asin: string;
  category?: string;
  query: string;
  name: string;
  product_category: string;
  instruction_text?: string;
  attributes: string[];
  price_upper: number;
  goal_options: string[] | Record<string, string>;
  weight?: number;
}

interface RecordedStep {
  action: string | null;
  text: string;
  text_rich: string;
  html?: string;
  url: string;
  avail: { has_search_bar: boolean; clickables: string[] };
  reward: number;
  done: boolean;
  instruction?: string;
}

export type RecordedCase =
  | { kind: 'shuffle233'; n: number; first: number[] }
  | {
      kind: 'mt19937';
      seed: number;
      random: number[];
      uniform_10_20: number[];
      sample_range10_2: number[][];
      choices: string;
      randbelow: number[];
    }
  | { kind: 'random_idx'; cum_weights: number[]; seed: number; out: number[] }
  | { kind: 'price'; raw: string | null; pricing?: number[]; tag?: string; error?: string }
  | { kind: 'parse_action'; action: string; name: string; arg: string | null }
  | { kind: 'normalize_color'; s: string | [string, string]; out: string | [string, string] }
  | { kind: 'fuzz'; a: string; b: string; difflib: number }
  | { kind: 'option_reward'; purchased: string[]; goal: string[] | Record<string, string>; out: [number | null, number] }
  | {
      kind: 'reward';
      goal: RecordedGoal;
      asin: string;
      options: Record<string, string>;
      price: number;
      purchased_nouns: string[];
      goal_nouns: string[];
      reward: number;
      info: Record<string, number | boolean>;
    }
  | { kind: 'episode'; src: string; goal_idx: number; show_attrs: boolean; goal: RecordedGoal; steps: RecordedStep[] };

export interface RecordedSearch {
  query: string;
  tokens: string[];
  ids: string[];
  scores: number[];
}

/** The first difference between two values as a sentence, or null. */
export function difference(what: string, recorded: unknown, here: unknown): string | null {
  // What is not there is written "undefined".
  const [a, b] = [String(JSON.stringify(recorded)), String(JSON.stringify(here))];
  if (a === b) return null;
  let at = 0;
  while (a[at] === b[at]) at++;
  const from = Math.max(0, at - 60);
  const cut = (text: string): string => `${from > 0 ? '…' : ''}${text.slice(from, from + 200)}`;
  return `${what}\n    recorded: ${cut(a)}\n    here:     ${cut(b)}`;
}

function wishes(options: RecordedGoal['goal_options']): Goal['options'] {
  return Array.isArray(options) ? { kind: 'texts', texts: options } : { kind: 'pairs', pairs: Object.entries(options) };
}

function readGoal(goal: RecordedGoal): Goal {
  return {
    asin: goal.asin,
    category: goal.category ?? '',
    query: goal.query,
    name: goal.name,
    path: goal.product_category,
    instruction: goal.instruction_text ?? '',
    attributes: goal.attributes,
    priceUpper: goal.price_upper,
    options: wishes(goal.goal_options),
    weight: goal.weight ?? 1,
  };
}

/** A goal of ours as the original writes it. */
export function writeGoal(goal: Goal): RecordedGoal {
  return {
    asin: goal.asin,
    category: goal.category,
    query: goal.query,
    name: goal.name,
    product_category: goal.path,
    instruction_text: goal.instruction,
    attributes: goal.attributes,
    price_upper: goal.priceUpper,
    goal_options: goal.options.kind === 'texts' ? goal.options.texts : Object.fromEntries(goal.options.pairs),
    weight: goal.weight,
  };
}

/** The rule of the tagger stub with which episodes were recorded: words with a letter, but for a list of common ones. */
const notNouns = new Set(
  (
    'a an the and or of for with in on to from by at as is are be this that it its your our you we not no non free new high low easy ' +
    'long short small large full best good great soft hard dark light multi'
  ).split(' '),
);
const stubNouns = (_asin: string, title: string): string[] =>
  (title.match(/[A-Za-z0-9]+/g) ?? []).map((word) => word.toLowerCase()).filter((word) => /[a-z]/.test(word) && !notNouns.has(word));

/** The shop of a recording by the seed of its prices; null when the folder has no products. */
export type ShopOf = (seed: number) => Shop | null;

/** The seed in names such as `synthetic_seed1`; scripts were recorded with seed 1. */
export function seedOf(name: string): number {
  return Number(/seed(\d+)/.exec(name)?.[1] ?? 1);
}

/** All drawn from one generator, one kind after the other. */
function checkRandom(recorded: Extract<RecordedCase, { kind: 'mt19937' }>): string | null {
  const random = new PythonRandom(recorded.seed);
  const ten = Array.from({ length: 10 }, (_, i) => i);
  const here = [
    recorded.random.map(() => random.random()),
    recorded.uniform_10_20.map(() => random.uniform(10, 20)),
    recorded.sample_range10_2.map(() => random.sample(ten, 2)),
    random.choices([...'abcdefghijklmnopqrstuvwxyz'], recorded.choices.length).join(''),
    recorded.randbelow.map(() => random.below(1000)),
  ];
  const { uniform_10_20: uniform, sample_range10_2: sample, choices, randbelow } = recorded;
  return difference('random, uniform, sample, choices, randbelow', [recorded.random, uniform, sample, choices, randbelow], here);
}

function checkReward(recorded: Extract<RecordedCase, { kind: 'reward' }>, shop: Shop): string | null {
  const product = shop.products[shop.numbers.get(recorded.asin) ?? -1];
  if (!product) return `the catalogue has no product ${recorded.asin}`;
  const nouns = { purchased: recorded.purchased_nouns, goal: recorded.goal_nouns };
  const reward = rewardOf(product, readGoal(recorded.goal), recorded.price, Object.values(recorded.options), nouns);
  const here: Record<string, number | boolean> = {
    r_type: reward.type,
    r_att: reward.attributes,
    w_att: reward.weights.attributes,
    query_match: reward.queryMatch,
    category_match: reward.categoryMatch,
    title_score: reward.titleScore,
    ...(reward.options === null ? {} : { r_option: reward.options, w_option: reward.weights.options }),
    r_price: reward.price,
    w_price: reward.weights.price,
  };
  const sorted = (fields: Record<string, unknown>): unknown => Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return difference('reward', recorded.reward, reward.score) ?? difference('parts', sorted(recorded.info), sorted(here));
}

function checkEpisode(recorded: Extract<RecordedCase, { kind: 'episode' }>, shop: Shop): string | null {
  const env = new WebshopEnv(shop, readGoal(recorded.goal), String(recorded.goal_idx), {
    mode: 'text',
    showAttributes: recorded.show_attrs,
    nouns: stubNouns,
    searches: [],
  });
  for (const [i, step] of recorded.steps.entries()) {
    const { reward, done } = step.action === null ? { reward: 0, done: false } : env.step(step.action);
    const at = `step ${i} "${step.action ?? 'reset'}"`;
    const { instruction } = env.goal;
    const found =
      difference(`${at}: text`, step.text, env.text('text')) ??
      difference(`${at}: text_rich`, step.text_rich, env.text('text_rich')) ??
      difference(`${at}: url`, step.url, env.text('url')) ??
      difference(`${at}: available actions`, step.avail, env.available()) ??
      difference(`${at}: reward, done`, [step.reward, step.done], [reward, done]) ??
      (step.html === undefined ? null : difference(`${at}: html`, step.html, env.text('html'))) ??
      (step.instruction === undefined ? null : difference(`${at}: instruction`, step.instruction, `Instruction: ${instruction}`));
    if (found !== null) return found;
  }
  return null;
}

/** @returns the first difference, null when all is equal, or undefined when the case cannot be replayed without products. */
export function checkCase(recorded: RecordedCase, shopOf: ShopOf): string | null | undefined {
  switch (recorded.kind) {
    case 'shuffle233': {
      const order = Array.from({ length: recorded.n }, (_, i) => i);
      new PythonRandom(233).shuffle(order);
      return difference('order', recorded.first, order.slice(0, recorded.first.length));
    }
    case 'mt19937':
      return checkRandom(recorded);
    case 'random_idx': {
      const random = new PythonRandom(recorded.seed);
      const drawn = recorded.out.map(() => randomGoal(recorded.cum_weights, random));
      return difference('drawn goals', recorded.out, drawn);
    }
    case 'price': {
      const price = readPrice(recorded.raw);
      if (typeof price === 'string') return difference(`price ${recorded.raw}`, recorded.error, price);
      return difference(`price ${recorded.raw}`, [recorded.error, recorded.pricing, recorded.tag], [undefined, price.pricing, price.tag]);
    }
    case 'parse_action': {
      const { name, argument } = parseAction(recorded.action);
      return difference(JSON.stringify(recorded.action), [recorded.name, recorded.arg], [name, argument]);
    }
    case 'normalize_color': {
      const { s } = recorded;
      const here = typeof s === 'string' ? normalizeColor(s) : (colorOfPair(s) ?? s);
      return difference(`colour of ${JSON.stringify(s)}`, recorded.out, here);
    }
    case 'fuzz':
      return difference(
        `${JSON.stringify(recorded.a)} and ${JSON.stringify(recorded.b)}`,
        recorded.difflib,
        tokenSetRatio(recorded.a, recorded.b),
      );
    case 'option_reward': {
      const options = wishes(recorded.goal);
      const wished = options.kind === 'texts' ? options.texts.length : options.pairs.length;
      const matches = optionMatches(recorded.purchased, options);
      return difference(JSON.stringify([recorded.purchased, recorded.goal]), recorded.out, [
        wished === 0 ? null : matches / wished,
        matches,
      ]);
    }
    case 'reward': {
      const shop = shopOf(1);
      return shop ? checkReward(recorded, shop) : undefined;
    }
    case 'episode': {
      const shop = shopOf(seedOf(recorded.src));
      return shop ? checkEpisode(recorded, shop) : undefined;
    }
    default:
      return undefined;
  }
}

export function checkTerms(recorded: { text: string; tokens: string[] }): string | null {
  return difference(`terms of ${JSON.stringify(recorded.text)}`, recorded.tokens, analyze(recorded.text));
}

/** Terms, order and, as single-precision numbers, scores. Without an index only the terms. */
export function checkSearch(recorded: RecordedSearch, index: SearchIndex | null, ids: readonly string[]): string | null {
  const terms = difference('terms', recorded.tokens, analyze(recorded.query));
  if (terms !== null || !index) return terms;
  const { docs, scores } = index.search(recorded.query, Math.max(50, recorded.ids.length));
  return (
    difference(
      'found',
      recorded.ids,
      docs.map((doc) => ids[doc]),
    ) ?? difference('scores', recorded.scores.map(Math.fround), scores)
  );
}

/** What the true code builds after random.seed(seed): all prices, and the goals in their order. */
export interface RecordedGoals {
  product_prices?: Record<string, number>;
  n_goals?: number;
  goals?: RecordedGoal[];
  goals_first_600?: RecordedGoal[];
}

/** @returns one entry per thing compared: prices, number of goals, every goal. */
export function checkGoals(recorded: RecordedGoals, shop: Shop, goals: GoalList): { name: string; found: string | null }[] {
  const checks: { name: string; found: string | null }[] = [];
  if (recorded.product_prices) {
    const here = shop.products.map(({ asin }, i) => [asin, shop.prices[i]]);
    checks.push({ name: 'prices', found: difference('prices', Object.entries(recorded.product_prices).sort(), here.sort()) });
  }
  if (recorded.n_goals !== undefined) checks.push({ name: 'number of goals', found: difference('goals', recorded.n_goals, goals.size) });
  const fields = (goal: RecordedGoal | null): unknown => goal && Object.entries(goal).sort(([a], [b]) => (a < b ? -1 : 1));
  (recorded.goals ?? recorded.goals_first_600 ?? []).forEach((goal, i) => {
    const here = i < goals.size ? writeGoal(goals.goal(i)) : null;
    checks.push({ name: `goal ${i}`, found: difference(`goal ${i}`, fields(goal), fields(here)) });
  });
  return checks;
}
