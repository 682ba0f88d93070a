/** What a purchase is worth: the original's score in [0, 1] with all its parts. */
import { colorOfPair, normalizeColor } from './colors.ts';
import { alike } from './fuzz.ts';
import type { Goal } from './goals.ts';
import type { Product } from './product.ts';
import { stringRepr, strip } from '../python.ts';

/** What the reward reads of a product. */
export type Purchase = Pick<Product, 'title' | 'description' | 'bullets' | 'query' | 'path' | 'attributes'>;

/** What the reward reads of a goal. */
export type Wish = Pick<Goal, 'query' | 'path' | 'attributes' | 'priceUpper' | 'options'>;

/** The nouns of two titles: which words are nouns decides the type of a product. */
export interface TitleNouns {
  purchased: readonly string[];
  /** With repeats. */
  goal: readonly string[];
}

export interface Reward {
  score: number;
  /** Factor for the kind of product: 1, 0.5, 0.1 or 0. */
  type: number;
  queryMatch: boolean;
  categoryMatch: boolean;
  /** Share of the goal's title nouns that the purchased title has. */
  titleScore: number;
  /** Share of the goal's attributes that the product has. */
  attributes: number;
  /** Share of the goal's options that were picked; null when it names none. */
  options: number | null;
  price: boolean;
  /** How much each part counts before the factor. */
  weights: { attributes: number; options: number; price: number };
}

function parts(path: string): Set<string> {
  return new Set(path.split('›').map(strip));
}

function typeOf(purchase: Purchase, wish: Wish, nouns: TitleNouns): Pick<Reward, 'type' | 'queryMatch' | 'categoryMatch' | 'titleScore'> {
  const queryMatch = purchase.query === wish.query;
  const wanted = parts(wish.path);
  const categoryMatch = [...parts(purchase.path)].filter((part) => wanted.has(part)).length >= 2;
  const have = new Set(nouns.purchased);
  const shared = [...new Set(nouns.goal)].filter((noun) => have.has(noun)).length;
  const titleScore = nouns.goal.length === 0 ? 0.2 : shared / nouns.goal.length;
  // Later rules override earlier ones.
  let type = queryMatch || categoryMatch || titleScore > 0.2 ? 1 : 0.5;
  if (titleScore < 0.1) type = 0.1;
  if (titleScore === 0) type = 0;
  return { type, queryMatch, categoryMatch, titleScore };
}

/** Does the product have the attribute: in its list, or word for word in its texts? */
export function hasAttribute(product: Purchase, attribute: string): boolean {
  return (
    product.attributes.some((own) => alike(own, attribute)) ||
    product.title.toLowerCase().includes(attribute) ||
    product.bullets.join(' ').toLowerCase().includes(attribute) ||
    product.description.toLowerCase().includes(attribute)
  );
}

/** Each wished option as the fuzzy comparison sees it: a pair is compared as Python prints a tuple. */
export function wishedOptions(options: Wish['options']): string[] {
  if (options.kind === 'texts') return options.texts.map(normalizeColor);
  return options.pairs.map((pair) => colorOfPair(pair) ?? `(${stringRepr(pair[0])}, ${stringRepr(pair[1])})`);
}

/** How many wished options some picked option fits. */
export function optionMatches(picked: readonly string[], options: Wish['options']): number {
  const own = picked.map(normalizeColor);
  return wishedOptions(options).filter((wished) => own.some((value) => alike(value, wished))).length;
}

/** @param picked the values of the picked options. */
export function rewardOf(purchase: Purchase, wish: Wish, price: number, picked: readonly string[], nouns: TitleNouns): Reward {
  const type = typeOf(purchase, wish, nouns);
  const wishes = wish.options.kind === 'texts' ? wish.options.texts.length : wish.options.pairs.length;
  const attributeMatches = wish.attributes.filter((attribute) => hasAttribute(purchase, attribute)).length;
  const matches = optionMatches(picked, wish.options);
  const fits = price <= wish.priceUpper;
  const all = wish.attributes.length + wishes + 1;
  return {
    ...type,
    score: ((attributeMatches + matches + Number(fits)) / all) * type.type,
    attributes: attributeMatches / wish.attributes.length,
    options: wishes === 0 ? null : matches / wishes,
    price: fits,
    weights: { attributes: wish.attributes.length / all, options: wishes / all, price: 1 / all },
  };
}
