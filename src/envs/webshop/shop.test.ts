import { gzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { readHumanNote } from './catalogue.ts';
import { WebshopEnv } from './env.ts';
import { loadShop } from './files.ts';
import type { ShopProgress } from './files.ts';
import type { Goal } from './goals.ts';
import { drawPrices, GoalList, randomGoal } from './goals.ts';
import { PythonRandom } from './mt19937.ts';
import { guessNouns, nounTable } from './nouns.ts';
import type { Product } from './product.ts';
import { reachable } from './reachable.ts';
import { suggestSearches } from './searches.ts';
import { stock } from './stock.ts';

const blob = (value: unknown): Blob => new Blob([typeof value === 'string' ? value : JSON.stringify(value)]);

/** A raw product with what a test cares about. */
function raw(asin: string, fields: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    asin,
    name: `Oak Lamp ${asin}`,
    full_description: 'A lamp of oak.',
    pricing: '$12.99',
    images: ['lamp.jpg'],
    product_category: 'Home › Lighting › Lamps',
    small_description: ['Warm light', 'Easy clean'],
    customization_options: { Color: [{ value: ' Dark/Navy ', image: null }, { value: 'Red' }], Size: [{ value: '10"' }] },
    category: 'garden',
    query: ' Lamps ',
    ...fields,
  };
}

const note = { attributes: ['easy clean', 'solid wood'], instruction: 'Find me easy clean lamps', instruction_attributes: ['easy clean'] };

const load = (items: unknown, ...others: unknown[]) =>
  loadShop(
    [items, ...others].map((value, i) => ({ path: `${i}.json`, blob: blob(value) })),
    'my shop',
  );

test('a product is read with the rules of the original', async () => {
  const { products } = await load([raw('B000000001', { pricing: '$5.00 - $9.99', small_description: 'one' })], { B000000001: note });
  expect(products[0]).toMatchObject({
    bullets: ['one'],
    query: 'lamps',
    pricing: [5, 9.99],
    priceTag: '$5.0 to $9.99',
    attributes: note.attributes,
  });
  expect([...(products[0]?.options ?? [])]).toEqual([
    ['color', ['dark | navy', 'red']],
    ['size', ['10"']],
  ]);
});

test('what the original leaves out is skipped and counted, what it would fail on is left out with a sentence', async () => {
  const items = [
    raw('B000000001'),
    raw('B000000001'),
    raw('nan'),
    raw('B0000000012'),
    raw('B000000002', { pricing: '12.99' }),
    raw('B000000003', { pricing: '$1.2.3' }),
    raw('B000000004', { pricing: 12 }),
    raw('B000000005', { name: null }),
    { name: 'no asin' },
    [[[[]]]],
    raw('B000000006', { full_description: null, images: 'x', small_description: null, customization_options: [1], query: 5 }),
  ];
  const { products, skipped, dropped, droppedCount } = await load(items);
  expect(products.map(({ asin }) => asin)).toEqual(['B000000001', 'B000000006']);
  expect(products[1]).toMatchObject({ description: '', bullets: [], image: '', query: '', attributes: ['DUMMY_ATTR'] });
  expect([skipped, droppedCount]).toEqual([3, 6]);
  expect(dropped).toEqual([
    'B000000002: its price "12.99" has no "$" in it; the product was left out.',
    'B000000003: its price "$1.2.3" has a part after "$" that is no number; the product was left out.',
    'B000000004: its price is 12 and not a text such as "$12.99"; the product was left out.',
    'B000000005: the product has no name; it was left out.',
    'A product (no asin) has no asin; it was left out.',
    'An entry is not a product but a list; it was left out.',
  ]);
});

test('damaged files give what is good in them, hopeless ones a sentence', async () => {
  const text = JSON.stringify([raw('B000000001'), raw('B000000002'), raw('B000000003')]);
  const broken = await load(text.replace('"asin":"B000000002"', '"asin":'));
  expect(broken.products.length).toBe(2);
  expect(broken.dropped[0]).toMatch(/^An entry that begins with .+ is not JSON; it was left out\.$/);
  const cut = await load(text.slice(0, -60));
  expect([cut.products.length, cut.dropped]).toEqual([2, ['0.json is cut off in the middle of an entry; what stands before it was used.']]);
  const beside = await load(text, 'just a readme', { B000000001: 7, B000000009: note });
  expect(beside.dropped).toEqual([
    '1.json is neither a JSON list of products nor a table by asin; it was left out.',
    '2.json: the entry of B000000001 is neither attributes nor instructions nor nouns; it was left out.',
  ]);
  await expect(load('[]')).rejects.toThrow('No product in my shop could be used. Its lists are empty.');
  await expect(load({ B000000001: note })).rejects.toThrow('my shop holds no list of products; choose items_shuffle.json');
  await expect(load('')).rejects.toThrow(/my shop holds no list of products.* 0\.json is neither a JSON list of products nor a table/);
  const wrapped = {
    path: 'items_shuffle.json',
    blob: new Blob(['{"products": []}']),
  };
  await expect(loadShop([wrapped], 'my shop')).rejects.toThrow('items_shuffle.json begins with "{" and not, as a list does, with "[".');
  await expect(load(`[${'['.repeat(20_000)}${']'.repeat(20_000)}]`)).rejects.toThrow('No product in my shop could be used.');
});

test('numbers that Python writes but JSON does not know cost only what needs them; option names of digits keep their place', async () => {
  const options = {
    '10': [{ value: 'a' }],
    Colour: [{ value: 'NaN' }],
    '2': [{ value: 'b' }],
  };
  const text = JSON.stringify([
    raw('B000000001', { average_rating: 'R', customization_options: options }),
    raw('B000000002', { pricing: 'P' }),
  ]);
  const ordered = text.replace(
    /"customization_options":\{.*?\}\]\}/,
    `"customization_options":{"10":[{"value":"a"}],"Colour":[{"value":"NaN"}],"2":[{"value":"b"}]}`,
  );
  const { products, dropped } = await load(ordered.replace('"R"', 'NaN').replace('"P"', '-Infinity'));
  expect(products.map(({ asin }) => asin)).toEqual(['B000000001']);
  expect([...(products[0] as Product).options]).toEqual([
    ['10', ['a']],
    ['colour', ['nan']],
    ['2', ['b']],
  ]);
  expect(dropped).toEqual(['B000000002: its price is NaN or infinite and not a text such as "$12.99"; the product was left out.']);
});

test('what is wrong in the tables beside the products is told entry by entry, and the rest is kept', async () => {
  const { dropped, notes } = await load(
    [raw('B000000001')],
    { B000000001: note, B000000002: { attributes: 'soft' } },
    {
      B000000001: [{ instruction: 'buy it', instruction_attributes: ['soft'] }, null, { instruction: 4 }],
    },
  );
  expect(dropped).toEqual([
    '1.json: the entry of B000000002 has neither a list of attributes nor an instruction; it was left out.',
    '2.json: the entry of B000000001 holds 3 instructions; those without a text were left out, 2 in all.',
  ]);
  expect(notes.get('B000000001')?.human?.length).toBe(1);
});

test('gzipped files are read like plain ones, in slices, with progress to the end, and as many products as asked for', async () => {
  const items = Array.from({ length: 3000 }, (_, i) => raw(`B${String(i).padStart(9, '0')}`, { full_description: 'é"\\[{'.repeat(100) }));
  const plain = { path: 'items.json', blob: blob(items) };
  const packed = {
    path: 'items.json.gz',
    blob: new Blob([gzipSync(new TextEncoder().encode(JSON.stringify(items))) as Uint8Array<ArrayBuffer>]),
  };
  const seen: ShopProgress[] = [];
  const whole = await loadShop([plain], 'shop', { onProgress: (progress) => seen.push(progress) });
  expect(seen.at(-1)).toEqual({ done: plain.blob.size, total: plain.blob.size, products: 3000 });
  expect(seen.some(({ done, products }) => done < plain.blob.size && products > 0)).toBe(true);
  expect((await loadShop([packed], 'shop')).products).toEqual(whole.products);
  expect((await loadShop([plain], 'shop', { most: 10 })).products.length).toBe(10);
});

const made = async (fields: Record<string, unknown> = {}, human: unknown = {}) =>
  load([raw('B000000001', fields)], { B000000001: note }, human);

test("a synthetic instruction is combined with every choice of options, a person's stands for itself", async () => {
  const human = {
    B000000001: [
      { instruction: '..a red lamp.', instruction_attributes: ['easy clean'], instruction_options: ['red'] },
      { instruction: 'x' },
    ],
  };
  const catalogue = await made({}, human);
  const synthetic = stock(catalogue, 'synthetic', 1).goals;
  const goals = Array.from({ length: synthetic.size }, (_, i) => synthetic.goal(i));
  const texts = goals.map((goal) => goal.instruction.replace(/, and price lower than \d0\.00 dollars$/, '')).sort();
  expect(texts).toEqual([
    'Find me easy clean lamps with color: dark | navy, and size: 10"',
    'Find me easy clean lamps with color: red, and size: 10"',
  ]);
  // Two uses of the attribute: each goal weighs a half.
  expect(goals.map(({ weight }) => weight)).toEqual([0.5, 0.5]);
  const people = stock(catalogue, 'human', 1).goals;
  expect(people.size).toBe(1);
  expect(people.goal(0)).toMatchObject({ options: { kind: 'texts', texts: ['red'] }, weight: 1 });
  expect(people.goal(0).instruction).toMatch(/^a red lamp, and price lower than [2-5]0\.00 dollars$/);
});

test('bounds lie above the price, the order is a permutation, and one seed gives one shop', async () => {
  const { products } = await load(
    Array.from({ length: 60 }, (_, i) => raw(`B${String(i).padStart(9, '0')}`, { pricing: `$${i * 20} - $${i * 20 + 9}` })),
  );
  const instruction = readHumanNote([{ instruction: 'a lamp', instruction_attributes: ['oak'], instruction_options: [] }]);
  const build = (seed: number) => {
    const random = new PythonRandom(seed);
    const prices = drawPrices(products, random);
    return { prices, goals: new GoalList(products, prices, () => instruction, random) };
  };
  const { prices, goals } = build(7);
  const all = Array.from({ length: goals.size }, (_, i) => goals.goal(i));
  expect(new Set(all.map(({ asin }) => asin)).size).toBe(60);
  all.forEach((goal, i) => {
    const price = prices[goals.target(i)] as number;
    expect(goal.priceUpper).toBeGreaterThan(price);
    // From 980 on there are not two bounds left.
    expect(goal.priceUpper === 1_000_000).toBe(price >= 980);
    expect(goal.instruction.includes('price lower')).toBe(price < 980);
  });
  const again = build(7).goals;
  expect(all).toEqual(Array.from({ length: again.size }, (_, i) => again.goal(i)));
  expect(build(8).prices).not.toEqual(prices);
});

test('a weighted draw never gives the first goal, as in the original', () => {
  const random = new PythonRandom(3);
  const drawn = Array.from({ length: 500 }, () => randomGoal([0, 1, 3, 6, 10], random));
  expect(new Set(drawn)).toEqual(new Set([1, 2, 3]));
});

/** An episode in a shop with one lamp, for a goal with these changes. */
async function episode(goal: Partial<Goal> = {}, fields: Record<string, unknown> = {}) {
  const { shop, goals } = stock(await made(fields), 'synthetic', 1);
  const options = { mode: 'text' as const, showAttributes: false, nouns: guessNouns, searches: ['lamps'] };
  return { shop, env: new WebshopEnv(shop, { ...goals.goal(0), ...goal }, '0', options) };
}

const shopping = ['search[oak lamp]', 'click[b000000001]', 'click[red]', 'click[10"]', 'click[buy now]'];

test('the score falls with every part that is missing', async () => {
  const pairs: [string, string][] = [
    ['color', 'red'],
    ['size', '10"'],
  ];
  const cases: [Partial<Goal>, number][] = [
    [{ options: { kind: 'pairs', pairs } }, 1],
    [{ options: { kind: 'pairs', pairs }, priceUpper: 10 }, 3 / 4],
    [{ options: { kind: 'texts', texts: ['blue'] } }, 2 / 3],
    [{ options: { kind: 'texts', texts: [] }, attributes: ['easy clean', 'warm light', 'rubber sole'] }, 3 / 4],
    [{ options: { kind: 'texts', texts: [] }, query: 'x', path: 'y', name: 'Oak Chair Round Seat Black Leg Fabric' }, 0.5],
    [{ options: { kind: 'texts', texts: [] }, name: 'Chair' }, 0],
  ];
  for (const [goal, score] of cases) {
    const { env } = await episode(goal);
    const results = shopping
      .filter((action) => action !== 'click[10"]' || goal.options?.kind === 'pairs')
      .map((action) => env.step(action));
    expect(results.at(-1)).toMatchObject({ done: true, reward: score, won: score === 1 });
    expect(env.reward?.score).toBe(score);
  }
});

test('a product with dozens of options is judged at once, all of them picked', async () => {
  const names = Array.from({ length: 40 }, (_, i) => `part ${i}`);
  const pairs = names.map((name, i): [string, string] => [name, `shade${String.fromCharCode(97 + (i % 26))}${i} wood`]);
  const customization_options = Object.fromEntries(pairs.map(([name, value]) => [name, [{ value }]]));
  const { shop, env } = await episode({ options: { kind: 'pairs', pairs } }, { customization_options });
  const { score, picks } = reachable(shop, env.goal, guessNouns);
  expect(score).toBe(1);
  expect(picks).toHaveLength(40);
});

test('some goals cannot be met by their own product, and the most that can be reached is known', async () => {
  // "redwood" is bought as "red", which is nothing like "color redwood".
  const { shop, env } = await episode(
    { options: { kind: 'pairs', pairs: [['color', 'redwood']] } },
    { customization_options: { Color: [{ value: 'Redwood' }] } },
  );
  expect(reachable(shop, env.goal, guessNouns)).toEqual({ score: 2 / 3, picks: [] });
  const whole = await episode();
  expect(reachable(whole.shop, whole.env.goal, guessNouns)).toMatchObject({ score: 1 });
});

test('the server never ends a session: after a purchase one can shop on', async () => {
  const { env } = await episode();
  const scores = [...shopping, ...shopping].map((action) => env.step(action)).filter(({ done }) => done);
  expect(scores.map(({ reward }) => reward > 0)).toEqual([true, true]);
  expect(env.step('click[buy now]')).toMatchObject({ reward: 0, done: false });
});

test('searches on which the original fails change nothing', async () => {
  const { env } = await episode();
  for (const action of ['search[<a> easy clean]', 'search[<c>]', 'search[<r>]', 'search', 'Search[lamp]', 'click[search]', 'buy']) {
    expect(env.accepts(action)).toBe(false);
    expect(env.step(action)).toMatchObject({ text: env.first.text, reward: 0, done: false });
  }
  expect(env.step('search[<c> garden]').admissible).toContain('click[b000000001]');
  expect(env.step('search[<q> lamps]').admissible).toContain('click[b000000001]');
});

test('an asin with small letters is shown but cannot be opened, as in the original', async () => {
  const { shop, goals } = stock(await load([raw('b00000000x')], { b00000000x: note }), 'synthetic', 1);
  const env = new WebshopEnv(shop, goals.goal(0), '0', { mode: 'text', showAttributes: false, nouns: guessNouns, searches: [] });
  const { text, admissible } = env.step('search[oak]');
  expect(text).toContain('b00000000x');
  expect(admissible).toEqual(['click[back to search]', 'click[next >]']);
  expect(env.accepts('click[b00000000x]')).toBe(false);
});

test('searches are offered in the words of the goal, without its price and options', () => {
  expect(
    suggestSearches("Find me slim fit men's shorts with elastic waist with color: red, and size: 4, and price lower than 40.00 dollars"),
  ).toEqual([
    "slim fit men's shorts with elastic waist with color: red, and size: 4",
    "slim fit men's shorts with elastic waist",
    "slim fit men's shorts",
    "fit men's shorts",
  ]);
  expect(suggestSearches('hello, i need a [small] lamp')).toEqual(['small lamp']);
  expect(suggestSearches('')).toEqual([]);
});

test('nouns come from a table where it has them', () => {
  const nouns = nounTable({ get: (asin) => (asin === 'A' ? ['lamp'] : undefined) });
  expect(nouns('A', 'Red Oak Lamp')).toEqual(['lamp']);
  expect(nouns('B', 'The Oak Lamp with 64GB of music, 2 pcs for you')).toEqual(['oak', 'lamp', 'gb', 'music', 'pcs']);
});
