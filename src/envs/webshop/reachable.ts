/** The most that a goal can score with the product it was made from: quirks of the reward put 1.0 out of reach of some. */
import { normalizeColor } from './colors.ts';
import { alike } from './fuzz.ts';
import type { Goal } from './goals.ts';
import type { NounFinder } from './nouns.ts';
import { rewardOf, wishedOptions } from './reward.ts';
import type { Shop } from './shop.ts';

export interface Reachable {
  score: number;
  /** Option picks with which it is reached. */
  picks: [name: string, value: string][];
}

/** The best purchase of one product, the goal's own unless another one is named by its number in the shop. */
export function reachable(shop: Shop, goal: Goal, nouns: NounFinder, number: number | undefined = shop.numbers.get(goal.asin)): Reachable {
  const product = number === undefined ? undefined : shop.products[number];
  if (number === undefined || !product) return { score: 0, picks: [] };
  const wished = wishedOptions(goal.options);
  // Sets of wishes that some choice of values fulfils, one value per option name.
  let fulfilled = new Map<number, Reachable['picks']>([[0, []]]);
  for (const [name, values] of product.options) {
    const next = new Map(fulfilled);
    for (const value of values) {
      const own = normalizeColor(value);
      const fits = wished.reduce((set, wish, i) => (alike(own, wish) ? set | (1 << i) : set), 0);
      if (fits === 0) continue;
      for (const [set, picks] of fulfilled) if (!next.has(set | fits)) next.set(set | fits, [...picks, [name, value]]);
    }
    fulfilled = next;
  }
  const count = (set: number): number => wished.filter((_, i) => set & (1 << i)).length;
  const picks = [...fulfilled].reduce((best, way) => (count(way[0]) > count(best[0]) ? way : best))[1];
  const titles = { purchased: nouns(product.asin, product.title), goal: nouns(goal.asin, goal.name) };
  const { score } = rewardOf(
    product,
    goal,
    shop.prices[number] as number,
    picks.map(([, value]) => value),
    titles,
  );
  return { score, picks };
}
