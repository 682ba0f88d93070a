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

/** Sets of wishes followed at once; of more, those that fulfil most are kept, and the purchase found may not be the best. */
const MOST_SETS = 4096;

/** The best purchase of one product, the goal's own unless another one is named by its number in the shop. */
export function reachable(shop: Shop, goal: Goal, nouns: NounFinder, number: number | undefined = shop.numbers.get(goal.asin)): Reachable {
  const product = number === undefined ? undefined : shop.products[number];
  if (number === undefined || !product) return { score: 0, picks: [] };
  const wished = wishedOptions(goal.options);
  // Sets of wishes, one bit each, that some choice of values fulfils, one value per option name.
  let fulfilled = new Map<bigint, Reachable['picks']>([[0n, []]]);
  for (const [name, values] of product.options) {
    const fitting = values.flatMap((value) => {
      const own = normalizeColor(value);
      const fits = wished.reduce((set, wish, i) => (alike(own, wish) ? set | (1n << BigInt(i)) : set), 0n);
      return fits === 0n ? [] : [{ value, fits }];
    });
    // A set to which this option adds something is not followed without it.
    const next = new Map([...fulfilled].filter(([set]) => fitting.every(({ fits }) => (set | fits) === set)));
    for (const { value, fits } of fitting) {
      for (const [set, picks] of fulfilled) if (!next.has(set | fits)) next.set(set | fits, [...picks, [name, value]]);
    }
    fulfilled = next.size <= MOST_SETS ? next : new Map([...next].sort(([a], [b]) => count(b) - count(a)).slice(0, MOST_SETS));
  }
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

/** Bits that are set. */
function count(set: bigint): number {
  let ones = 0;
  for (let rest = set; rest > 0n; rest >>= 1n) if (rest & 1n) ones++;
  return ones;
}
