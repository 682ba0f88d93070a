import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rng } from '../../lib/rng.ts';
import { plan } from './expert.ts';
import { asinOf, makeProduct, settingsOf } from './generator.ts';
import { loadShop } from './files.ts';
import { makeCatalogue, makeProducts, shopFiles } from './made-shop.ts';
import { suggestSearches } from './searches.ts';
import { departments } from './shelves.ts';
import { MadeShop, madeSplits, ShopFiles } from './world.ts';

const world = await MadeShop.create({ seed: 5, products: 600 });

test('every goal of the stream reaches 1.0 with its target, and the search finds the target', () => {
  for (const split of madeSplits) {
    for (let i = 0; i < 100; i++) {
      const task = world.task(split, i);
      const goal = world.goal(task);
      expect(world.reachable(task).score).toBe(1);
      const target = world.shop.numbers.get(goal.asin) as number;
      const asked = world.catalogue.notes.get(goal.asin)?.synthetic?.attributes ?? [];
      expect(world.shop.findWords(`${goal.query} ${asked.join(' ')}`)).toContain(target);
      const nouns = (asin: string): string[] => world.catalogue.notes.get(asin)?.nouns ?? [];
      const searches = [...suggestSearches(goal.instruction), `${goal.query} ${asked.join(' ')}`];
      const commands = plan(world.shop, goal, nouns, searches);
      const env = world.episode(task);
      expect(commands?.map((command) => env.step(command)).at(-1)).toMatchObject({ reward: 1, won: true, done: true });
    }
  }
});

// Whatever case it is written in, as in the original: pages list in small letters what buttons say in large ones.
test('a command is accepted if and only if it is listed, whatever page it is on; searches are always accepted', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 500 }), (seed, index) => {
      const rng = new Rng(seed);
      const env = world.episode(world.task('training', index));
      let { admissible } = env.first;
      for (let t = 0; t < 20; t++) {
        for (const command of admissible) expect(env.accepts(command)).toBe(true);
        const labels = [
          'back to search',
          '< prev',
          'next >',
          'search',
          'description',
          'features',
          'reviews',
          'attributes',
          'buy now',
          'red',
          'large',
          '',
        ];
        const product = rng.pick(world.shop.products);
        for (const label of [...labels, product.asin.toLowerCase(), ...[...product.options.values()].flat()]) {
          const command = `click[${label}]`;
          expect(env.accepts(command)).toBe(admissible.includes(command));
          expect(env.accepts(`click[${label.toUpperCase()}]`)).toBe(admissible.includes(command));
          if (!env.accepts(command)) {
            const before = [env.text('text_rich'), env.text('url')];
            expect(env.step(command)).toMatchObject({ admissible, reward: 0, done: false });
            expect([env.text('text_rich'), env.text('url')]).toEqual(before);
          }
        }
        expect(env.accepts(`search[${product.title.replace(/[[\]]/g, '')}]`)).toBe(true);
        const listed = admissible.length > 0 ? rng.pick(admissible) : 'search[lamp]';
        ({ admissible } = env.step(rng.chance(0.2) ? `search[${product.query}]` : listed));
      }
    }),
    { numRuns: 25 },
  );
});

test('the same actions give the same bytes in every mode', () => {
  const rng = new Rng(1);
  for (let i = 0; i < 20; i++) {
    const task = world.task('validation', i);
    const [one, two] = [world.episode(task), world.episode(task)];
    let { admissible } = one.first;
    for (let t = 0; t < 15; t++) {
      const action = rng.chance(0.1) ? 'search[<r>]' : rng.pick(admissible.length > 0 ? admissible : ['search[tea]']);
      ({ admissible } = one.step(action));
      two.step(action);
      for (const mode of ['text', 'text_rich', 'html', 'url'] as const) expect(one.text(mode)).toBe(two.text(mode));
    }
  }
});

test('splits are endless, name their goals, and share no family of products', () => {
  expect(world.splits).toEqual({ training: Infinity, validation: Infinity, test: Infinity });
  const asins = madeSplits.map((split) => new Set(Array.from({ length: 300 }, (_, i) => world.goal(world.task(split, i)).asin)));
  for (const [a, b] of [
    [0, 1],
    [0, 2],
    [1, 2],
  ] as const)
    expect([...(asins[a] ?? [])].filter((asin) => asins[b]?.has(asin))).toEqual([]);
  const task = world.task('training', 7);
  expect(task).toMatchObject({ env: 'webshop', id: 'made/training/7', goal: world.goal(task).instruction.replace(/\.$/, '') });
  expect(Object.keys(departments)).toContain(task.family);
  expect(world.open(task).first.text).toContain(task.goal);
});

test('bad splits, indices and ids get a sentence', () => {
  expect(() => world.task('train', 0)).toThrow('There is no split "train"; this world has training, validation, test.');
  expect(() => world.task('training', -1)).toThrow('Goal -1 of split "training" does not exist');
  expect(() => world.open({ env: 'webshop', id: 'human/3', family: '', goal: '' })).toThrow('"human/3" is not a goal of the made-up shop');
});

test('a shop without products, or too small for three splits, is refused with a sentence', async () => {
  await expect(MadeShop.create({ seed: 1, products: 0 })).rejects.toThrow(
    'A made-up shop needs a whole number of at least 1 as "products", not 0.',
  );
  await expect(MadeShop.create({ seed: 1, products: 4 })).rejects.toThrow('A shop of 4 products has none for');
});

test('a made shop saved as files loads as the same catalogue', async () => {
  const made = makeProducts({ seed: 9, products: 60 });
  const direct = makeCatalogue(made);
  const files = Object.entries(shopFiles(made)).map(([path, value]) => ({ path, blob: new Blob([JSON.stringify(value)]) }));
  const loaded = await loadShop(files, 'saved');
  expect(loaded.products).toEqual(direct.products);
  expect([...loaded.notes].sort()).toEqual([...direct.notes].sort());
  const [one, two] = [await ShopFiles.create('saved', loaded), await ShopFiles.create('direct', direct)];
  expect(one.hash).toBe(two.hash);
  expect(one.task('training', 3)).toEqual(two.task('training', 3));
});

test('files become splits that do not overlap; unknown goals and missing instructions get a sentence', async () => {
  const catalogue = makeCatalogue(makeProducts({ seed: 9, products: 60 }));
  const shop = await ShopFiles.create('mine', catalogue, { goals: 'human' });
  expect(shop.splits).toEqual({ training: 48, validation: 6, test: 6 });
  const ids = Object.entries(shop.splits).flatMap(([split, size]) => Array.from({ length: size }, (_, i) => shop.task(split, i).id));
  expect(new Set(ids).size).toBe(60);
  expect(shop.note).toBe(
    '60 products and 60 human goals. Goals 0 to 5 are for test, 6 to 11 for validation, the rest for training. The nouns of its titles are in nouns.json.',
  );
  expect(() => shop.open({ env: 'webshop', id: 'human/60', family: '', goal: '' })).toThrow(
    'mine has no goal "human/60"; its goals are human/0 to human/59.',
  );
  const other = await ShopFiles.create('mine', catalogue, { goals: 'synthetic', priceSeed: 2 });
  expect(other.hash).not.toBe(shop.hash);
  const bare = await loadShop(
    [{ path: 'a', blob: new Blob([JSON.stringify(makeProducts({ seed: 1, products: 4 }).map(({ product }) => product))]) }],
    'a',
  );
  await expect(ShopFiles.create('bare', bare)).rejects.toThrow(
    'bare has no synthetic goals: no product has an instruction with attributes; load items_ins_v2.json',
  );
});

test('goals for unknown products are named, and how far guessed nouns can be trusted is told', async () => {
  const made = makeProducts({ seed: 9, products: 60 });
  const { nouns: _nouns, ...files } = Object.fromEntries(
    Object.entries(shopFiles(made)).map(([name, value]) => [name.split('.')[0], value]),
  );
  const load = (human: object) =>
    loadShop(
      Object.entries({
        ...files,
        items_human_ins: { ...(files.items_human_ins as object), ...human },
      }).map(([path, value]) => ({
        path,
        blob: new Blob([JSON.stringify(value)]),
      })),
      'mine',
    );
  const wish = [
    {
      instruction: 'buy it',
      instruction_attributes: ['soft'],
      instruction_options: [],
    },
  ];
  const one = await ShopFiles.create('mine', await load({ B0UNKNOWN0: wish }));
  expect(one.note).toContain('The instruction for B0UNKNOWN0 was left out: there is no such product in the list.');
  expect(one.note).toContain("guessed: in 5 of 5 recorded cases the guess led to the same judgement as the original's tagger.");
  expect(one.note).toContain(
    "The 60 in people's words are fewer than a hundred and not played; on the command line --goals human plays them.",
  );
  const two = await ShopFiles.create('mine', await load({ B0UNKNOWN0: wish, B0UNKNOWN1: wish }));
  expect(two.note).toContain('The instructions for 2 products, such as B0UNKNOWN0, were left out: they are not in the list.');
  const aimless = await ShopFiles.create('mine', await load({ [Object.keys(files.items_human_ins as object)[0] as string]: [{ ...wish[0], instruction_attributes: null }] }));
  expect(aimless.note).toContain('One instruction names no attribute that can be read, and is not played, as in the original.');
});

test('of 10,000 products made none is left out by the loader', () => {
  // How fast that goes is measured by `npm run bench -- envs`.
  const catalogue = makeCatalogue(makeProducts({ seed: 3, products: 10_000 }));
  expect([catalogue.products.length, catalogue.droppedCount, catalogue.skipped]).toEqual([10_000, 0, 0]);
});

test('a product is made from the seed and its index alone, and asins never repeat', () => {
  const settings = settingsOf({ seed: 3, products: 10 });
  expect(makeProduct(987_654, settings)).toEqual(makeProduct(987_654, { ...settings, products: 1 }));
  expect(makeProduct(4, settings)).not.toEqual(makeProduct(4, { ...settings, seed: 4 }));
  const asins = Array.from({ length: 50_000 }, (_, i) => asinOf(3, i));
  expect(new Set(asins).size).toBe(50_000);
  expect(asins.every((asin) => /^B0[0-9A-Z]{8}$/.test(asin))).toBe(true);
});

test('a made shop is as hard as asked for: siblings, attributes, options, titles, search, and how near too dear a price lies', () => {
  const make = (options: object) => makeProducts({ seed: 3, products: 400, ...options });
  const mean = (made: ReturnType<typeof make>, take: (each: (typeof made)[number]) => number): number =>
    made.reduce((sum, each) => sum + take(each), 0) / made.length;
  const asked = ({ attributes }: ReturnType<typeof make>[number]): number => attributes.instruction_attributes.length;
  const hasOptions = ({ product }: ReturnType<typeof make>[number]): number => Number(product.customization_options !== '');
  const titleWords = ({ product }: ReturnType<typeof make>[number]): number => product.name.split(' ').length;
  const firstBullet = ({ product }: ReturnType<typeof make>[number]): number => product.small_description[0]?.length ?? 0;
  expect(Math.max(...make({ asked: 1 }).map(asked))).toBe(1);
  expect(mean(make({ options: 0 }), hasOptions)).toBe(0);
  expect(mean(make({ titleWords: 8 }), titleWords)).toBeLessThan(mean(make({}), titleWords) - 5);
  expect(mean(make({ leakage: 1 }), firstBullet)).toBeGreaterThan(mean(make({ leakage: 0 }), firstBullet) + 20);
  const queries = (siblings: number): number => new Set(make({ siblings }).map(({ product }) => product.query)).size;
  expect(queries(1)).toBeGreaterThan(queries(40));
  // The last of four is alike but dearer; where it has no price tag there is nothing to compare.
  const gap = (tightness: number): number => {
    const prices = make({ tightness }).map(({ product }) => Number(/[\d.]+/.exec(product.pricing)?.[0] ?? NaN));
    const gaps = Array.from({ length: 100 }, (_, family) => (prices[4 * family + 3] as number) - (prices[4 * family] as number));
    return Math.min(...gaps.filter((each) => each > 0));
  };
  expect([gap(1) > 40, gap(0.1) > 400]).toEqual([true, true]);
  expect(make({ tightness: 1 })).toEqual(make({}));
  for (const wrong of [{ tightness: 0 }, { leakage: 2 }, { options: -1 }, { titleWords: NaN }])
    expect(() => make(wrong)).toThrow(/^A made-up shop needs a number from .+ to .+ as "\w+", not .+\.$/);
});

test('the made shop resembles the real one', () => {
  const made = makeProducts({ seed: 11, products: 3000 });
  const share = (holds: (each: (typeof made)[number]) => boolean): number => made.filter(holds).length / made.length;
  const quantile = (q: number, take: (each: (typeof made)[number]) => number): number =>
    made.map(take).sort((a, b) => a - b)[Math.floor(q * made.length)] ?? 0;
  for (const [category, percent] of Object.entries(departments)) {
    expect(Math.abs(share(({ product }) => product.category === category) - percent / 100)).toBeLessThan(0.06);
  }
  const optionCount = ({ product }: (typeof made)[number]): number => Object.keys(product.customization_options).length;
  [0.52, 0.25, 0.21].forEach((real, count) => expect(Math.abs(share((each) => optionCount(each) === count) - real)).toBeLessThan(0.06));
  expect(Math.abs(quantile(0.5, ({ product }) => product.name.split(' ').length) - 18)).toBeLessThan(3);
  expect(Math.abs(share(({ product }) => product.full_description === '') - 0.3)).toBeLessThan(0.05);
  expect(Math.abs(share(({ product }) => product.small_description.length === 5) - 0.56)).toBeLessThan(0.1);
  expect(Math.abs(share(({ product }) => product.pricing === '') - 0.09)).toBeLessThan(0.03);
  const price = ({ product }: (typeof made)[number]): number => Number(/[\d.]+/.exec(product.pricing)?.[0] ?? 100);
  expect(quantile(0.5, price)).toBeGreaterThan(20);
  expect(quantile(0.5, price)).toBeLessThan(60);
  const listed = made.reduce((sum, { attributes }) => sum + attributes.attributes.length, 0) / made.length;
  expect(Math.abs(listed - 2.8)).toBeLessThan(0.5);
});

test('siblings differ in an attribute, an option or a price beyond every bound', () => {
  const settings = settingsOf({ seed: 2, products: 400 });
  let [traits, options, prices] = [0, 0, 0];
  for (let family = 0; family < 100; family++) {
    const [base, trait, option, price] = [0, 1, 2, 3].map((member) => makeProduct(4 * family + member, settings));
    if (!base || !trait || !option || !price) continue;
    const asked = (each: typeof base): string => JSON.stringify(each.human[0]?.attributes ?? []);
    traits += Number(
      (trait.human as unknown as { attributes: string[] }[])[0]?.attributes.join() !==
        (base.human as unknown as { attributes: string[] }[])[0]?.attributes.join(),
    );
    options += Number(
      JSON.stringify(option.product.customization_options).length < JSON.stringify(base.product.customization_options).length,
    );
    prices += Number(asked(price) === asked(base) && price.product.query === base.product.query);
  }
  expect(traits).toBe(100);
  expect(prices).toBe(100);
  expect(options).toBeGreaterThan(25);
});
