/** Puts prices on a catalogue and lists its goals, as the original does when it starts. */
import type { Catalogue } from './catalogue.ts';
import type { GoalKind } from './goals.ts';
import { drawPrices, GoalList } from './goals.ts';
import { PythonRandom } from './mt19937.ts';
import { Shop } from './shop.ts';

/** @param seed what the original's process would have been seeded with; fixes prices out of ranges and the goals' bounds. */
export function stock(catalogue: Catalogue, kind: GoalKind, seed: number): { shop: Shop; goals: GoalList } {
  const { products, index, notes } = catalogue;
  const random = new PythonRandom(seed);
  const prices = drawPrices(products, random);
  const instructions = products.map(({ asin }) => {
    const note = notes.get(asin);
    return kind === 'human' ? (note?.human ?? []) : note?.synthetic ? [note.synthetic] : [];
  });
  const goals = new GoalList(products, prices, (p) => instructions[p] ?? [], random);
  return { shop: new Shop(products, index, prices), goals };
}
