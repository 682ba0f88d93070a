import fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadShop } from './files.ts';
import { GoalList } from './goals.ts';
import { PythonRandom } from './mt19937.ts';
import type { Product } from './product.ts';
import { stock } from './stock.ts';
import { ShopFiles } from './world.ts';

const asin = (i: number): string => `B${String(i).padStart(9, '0')}`;
const wish = { text: 'a lamp', attributes: ['oak'], options: null };

async function catalogue(sizes: readonly (readonly number[])[], human: object = {}) {
  const products = sizes.map((each, i) => ({
    asin: asin(i),
    name: 'Oak Lamp',
    pricing: '$1000',
    customization_options: Object.fromEntries(
      each.map((size, o) => [`option ${o}`, Array.from({ length: size }, (_, v) => ({ value: `v${v}` }))]),
    ),
  }));
  const notes = Object.fromEntries(
    products.map((each) => [each.asin, { attributes: ['oak'], instruction: wish.text, instruction_attributes: ['oak'] }]),
  );
  const files = [products, notes, human].map((value, i) => ({ path: `${i}.json`, blob: new Blob([JSON.stringify(value)]) }));
  return loadShop(files, 'shop');
}

/** As the original lays them out: everything, then shuffled. */
function laidOut(products: readonly Product[]): string[] {
  const all = products.flatMap((product) =>
    [...product.options]
      .reduce<string[][]>((ways, [name, values]) => ways.flatMap((way) => values.map((value) => [...way, `${name}: ${value}`])), [[]])
      .map((way) => `${product.asin} ${way.join(', and ')}`),
  );
  new PythonRandom(233).shuffle(all);
  return all;
}

test('goals that are put together when asked for are those laid out in full, in the same order', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 }), { minLength: 1, maxLength: 6 }),
      async (sizes) => {
        const shop = await catalogue(sizes);
        const { goals } = stock(shop, 'synthetic', 1);
        const here = Array.from({ length: goals.size }, (_, i) => {
          const goal = goals.goal(i);
          expect(shop.products[goals.target(i)]?.asin).toBe(goal.asin);
          return `${goal.asin} ${goal.options.kind === 'pairs' ? goal.options.pairs.map((pair) => pair.join(': ')).join(', and ') : ''}`;
        });
        expect(here).toEqual(laidOut(shop.products));
      },
    ),
    { numRuns: 50 },
  );
});

test('60 products with three options of 45 values each have all their goals', async () => {
  const { goals } = stock(await catalogue(Array.from({ length: 60 }, () => [45, 45, 45])), 'synthetic', 1);
  expect([goals.size, goals.possible]).toEqual([60 * 45 ** 3, 60 * 45 ** 3]);
  expect(goals.goal(goals.size - 1).options).toMatchObject({
    kind: 'pairs',
    pairs: [['option 0', expect.stringMatching(/^v\d+$/)], {}, {}],
  });
});

test('of more goals than fit evenly many of each product are taken, all different, and the note tells it', async () => {
  const { products } = await catalogue([[10, 10, 10], [2], Array.from({ length: 40 }, () => 40)]);
  const goals = new GoalList(products, Float64Array.of(1000, 1000, 1000), () => [wish], new PythonRandom(1), 300);
  expect([goals.size, goals.possible]).toEqual([202, 1002 + Number.MAX_SAFE_INTEGER]);
  const texts = Array.from({ length: goals.size }, (_, i) => goals.goal(i).instruction);
  expect(texts.filter((text) => text.includes('undefined'))).toEqual([]);
  const ofFirst = Array.from({ length: goals.size }, (_, i) => i).filter((i) => goals.target(i) === 0);
  expect(new Set(ofFirst.map((i) => goals.goal(i).instruction)).size).toBe(100);
  const many = await ShopFiles.create('mine', await catalogue([[600, 600, 600]]));
  expect(many.note).toContain('1 product and 20000000 synthetic goals, of the 216000000 that combinations of options would give.');
});

test("where people's goals are played the combinations of options cost nothing", async () => {
  const human = Object.fromEntries(
    Array.from({ length: 100 }, (_, i) => [asin(i), [{ instruction: 'a lamp', instruction_attributes: ['oak'], instruction_options: [] }]]),
  );
  const shop = await ShopFiles.create(
    'mine',
    await catalogue(
      Array.from({ length: 100 }, () => [1000, 1000, 1000, 1000]),
      human,
    ),
  );
  expect([shop.kind, shop.splits.training]).toEqual(['human', 80]);
});
