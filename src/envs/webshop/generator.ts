/** Made-up products in the raw schema of the real files: any number of them, each from the seed and its index alone. */
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import { Rng as Random } from '../../lib/rng.ts';
import type { Wanted } from './phrases.ts';
import { humanInstruction, syntheticInstruction } from './phrases.ts';
import type { Shelf } from './shelves.ts';
import { allShelves, departments } from './shelves.ts';
import type { OptionKind, TraitName } from './traits.ts';
import { optionKinds, traitGroups } from './traits.ts';

export interface GeneratorOptions {
  seed: number;
  /** How many products. */
  products: number;
  /** Products of one family: alike but for one attribute, one missing option, or a price beyond the bound. */
  siblings?: number;
  /** Mean length of a title, in words; real ones have 18. */
  titleWords?: number;
  /** Most attributes that an instruction asks for; real ones ask for 2 to 4. */
  asked?: number;
  /** Share of products that have options at all, against the real share. */
  options?: number;
  /** Share of attributes whose proof stands in the first bullet, the only one that search reads. */
  leakage?: number;
  /** How near to the price bound a sibling lies that is too dear: 1 just beyond any bound, 0.1 ten times as far. */
  tightness?: number;
}

/** An absent tightness is 1, and stays absent: worlds made before there was a choice keep their hashes. */
export type Settings = Required<Omit<GeneratorOptions, 'tightness'>> & Pick<GeneratorOptions, 'tightness'>;

/** Where each share lies. */
const ranges = { options: [0, 1], leakage: [0, 1], tightness: [0.05, 1], titleWords: [6, 60] } as const;

export function settingsOf(options: GeneratorOptions): Settings {
  const settings = { siblings: 4, titleWords: 18, asked: 4, options: 1, leakage: 0.35, ...options };
  for (const name of ['products', 'siblings', 'asked'] as const) {
    const value = settings[name];
    if (Number.isInteger(value) && value >= 1 && value <= 10_000_000) continue;
    throw new UserError(`A made-up shop needs a whole number of at least 1 as "${name}", not ${value}.`);
  }
  for (const [name, [least, most]] of Object.entries(ranges) as [keyof typeof ranges, readonly [number, number]][]) {
    const value = settings[name];
    if (value === undefined || (value >= least && value <= most)) continue;
    throw new UserError(`A made-up shop needs a number from ${least} to ${most} as "${name}", not ${value}.`);
  }
  return settings;
}

/** An entry of items_shuffle.json. */
export interface RawProduct {
  asin: string;
  name: string;
  full_description: string;
  small_description: string[];
  pricing: string;
  images: string[];
  product_category: string;
  average_rating: string;
  customization_options: Record<string, { value: string; image: string | null }[]> | '';
  category: string;
  query: string;
  page: number;
}

/** A product with its entries of the other files. */
export interface MadeProduct {
  product: RawProduct;
  /** items_ins_v2.json */
  attributes: { attributes: string[]; instruction: string; instruction_attributes: string[] };
  /** items_human_ins.json */
  human: { instruction: string; attributes: string[]; instruction_attributes: string[]; instruction_options: string[] }[];
  /** Nouns of the title, known because it was put together from them. */
  nouns: string[];
}

/** What a family shares. */
interface Family {
  shelf: Shelf;
  traits: [TraitName, string][];
  options: [OptionKind, string[]][];
  price: number;
}

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const asins = 36n ** 8n;

/** "B0" and eight signs; a permutation of the indices, so that none comes twice. */
export function asinOf(seed: number, index: number): string {
  // The factor shares no divisor with 36^8.
  let rest = (BigInt(index) * 1_234_567_890_011n + BigInt(seed >>> 0) * 7_919_191n) % asins;
  let out = '';
  for (let i = 0; i < 8; i++) {
    out = letters[Number(rest % 36n)] + out;
    rest /= 36n;
  }
  return `B0${out}`;
}

export function familyOf(index: number, { siblings }: Settings): number {
  return Math.floor(index / siblings);
}

function takeSome<T>(rng: Rng, items: readonly T[], count: number): T[] {
  const chosen = new Set(rng.shuffle([...items.keys()]).slice(0, count));
  return items.filter((_, i) => chosen.has(i));
}

function makeFamily(rng: Rng, settings: Settings): Family {
  const names = Object.keys(departments);
  const category = names[rng.weighted(Object.values(departments))] as string;
  const shelf = rng.pick(allShelves.filter((other) => other.category === category));
  const groups = takeSome(rng, shelf.traits, 3 + rng.weighted([3, 4, 3]));
  const traits = groups.map((name): [TraitName, string] => [name, rng.pick(traitGroups[name].traits)]);
  return { shelf, traits, options: makeOptions(rng, shelf, settings), price: 0.7 * shelf.price * Math.exp(0.6 * rng.normal()) };
}

/** Shares of 0, 1, 2 and 3 options come near the real 52, 25, 21 and 1.5 %. */
function makeOptions(rng: Rng, shelf: Shelf, settings: Settings): Family['options'] {
  const count = shelf.category === 'fashion' ? 1 + rng.weighted([1, 7, 2]) : rng.weighted([65, 29, 6]);
  if (count === 0 || !rng.chance(settings.options)) return [];
  // Two kinds may share a name (lengths and packs are both sizes); a page shows one of them.
  const kinds = new Map(rng.shuffle(shelf.options).map((kind) => [optionKinds[kind].name, kind]));
  return takeSome(rng, [...kinds.values()], count).map((kind): [OptionKind, string[]] => {
    const { values } = optionKinds[kind];
    const size = Math.min(values.length, 2 + Math.floor(Math.exp(1 + 0.7 * rng.normal())));
    return [kind, takeSome(rng, values, size)];
  });
}

/** Turns the family's common description into that of its `member`-th product. */
function differ(rng: Rng, family: Family, member: number, tightness = 1): Family {
  if (member === 0) return family;
  const way = ['trait', 'option', 'price'][(member - 1) % 3];
  if (way === 'trait') {
    const changed = rng.below(family.traits.length);
    const traits = family.traits.map(([name, trait], i): [TraitName, string] => {
      const others = traitGroups[name].traits.filter((other) => other !== trait);
      return [name, i === changed ? rng.pick(others) : trait];
    });
    return { ...family, traits };
  }
  const long = family.options.filter(([, values]) => values.length > 2);
  if (way === 'option' && long.length > 0) {
    const [shortened] = rng.pick(long);
    const options = family.options.map(([kind, values]): [OptionKind, string[]] => {
      return [kind, kind === shortened ? takeSome(rng, values, values.length - 1 - rng.below(values.length - 2)) : values];
    });
    return { ...family, options };
  }
  // Bounds reach at most 40 above the price.
  const further = (1 / tightness - 1) * (0.1 * family.price + 42);
  return { ...family, price: 1.1 * family.price + 42 + further };
}

const syllables = 'ba cor da el fen gra hol ivo jan kel lu mar nor ola pri quin ro sol tam ur vel wen xan yor zel'.split(' ');
const brandEnds = ['a', 'ex', 'ia', 'o', 'is', 'ware', 'life', 'co', 'ton', 'ly'];
const fillers = 'Premium Modern Comfortable Elegant Soft Everyday Portable Durable Stylish Professional Simple Original'.split(' ');
const capital = (text: string): string => text.replace(/(^|\s)\S/g, (first) => first.toUpperCase());
const wordsOf = (text: string): string[] => text.toLowerCase().split(' ');

function makeTitle(rng: Rng, { shelf, traits }: Family, settings: Settings): { title: string; nouns: string[] } {
  const brand = capital(rng.pick(syllables) + rng.pick(syllables) + rng.pick(brandEnds));
  const heads = rng.shuffle(shelf.heads);
  const [materials, uses] = [rng.shuffle(shelf.materials), rng.shuffle(shelf.uses)];
  const [trait, secondTrait] = rng.shuffle(traits.map(([, name]) => capital(name)));
  const head = heads[0] as string;
  const nouns: string[] = [];
  const parts: string[] = [];
  const noun = (text: string | undefined, before = ''): void => {
    if (text === undefined) return;
    parts.push(before + text);
    nouns.push(...wordsOf(text));
  };
  const target = Math.max(6, settings.titleWords + (settings.titleWords / 4) * rng.normal());
  const steps = [
    () => noun(brand),
    () => noun(materials[0]),
    () => noun(head),
    () => trait && parts.push(trait),
    () => noun(uses[0], 'for '),
    () => parts.push(rng.pick(fillers)),
    () => noun(materials[1]),
    () => noun(heads[1]),
    () => noun(uses[1], 'for '),
    () => secondTrait && parts.push(secondTrait),
    () => noun(uses[2], 'and '),
    () => parts.push(rng.pick(fillers)),
    () => noun(heads[2]),
    () => noun(brand),
    () => noun(materials[2]),
    () => noun(uses[3], 'or '),
  ];
  // The brand, a material and the head come always.
  steps.forEach((step, i) => {
    if (i < 3 || parts.join(' ').split(' ').length < target) step();
  });
  return { title: parts.join(' '), nouns };
}

const claims = [
  'Our {h} is checked by hand before it leaves the house.',
  'You will notice the difference on the first day.',
  'If anything is wrong with your {h}, write to us and we will help.',
  'Please allow a small difference in measure and colour.',
  'A thoughtful present for family and friends.',
  'Thousands of customers have chosen this {h}.',
  'The {m} was picked with care.',
  'What you get: one {h} and a card with our thanks.',
  'Perfect for {u}, and for much else.',
  'We have made things of {m} since 1998.',
  'Take it along: {u} is more fun with the right {h}.',
  'Compare it with any other {h} and decide.',
  'Questions are answered within a day.',
  'The box is made of paper that was used before.',
  'Small on cost and big on value.',
  'Read the guide in the box before the first use.',
];

/** Bullets and description; what is in `proved` is said somewhere in them. */
function makeTexts(
  rng: Rng,
  family: Family,
  proved: ReadonlySet<string>,
  settings: Settings,
): Pick<RawProduct, 'small_description' | 'full_description'> {
  const { heads, materials, uses } = family.shelf;
  const head = rng.pick(heads).toLowerCase();
  const fill: Record<string, () => string> = {
    '{h}': () => head,
    '{m}': () => rng.pick(materials).toLowerCase(),
    '{u}': () => rng.pick(uses).toLowerCase(),
  };
  const told = rng.shuffle(claims).map((claim) => claim.replace(/\{.\}/g, (slot) => (fill[slot] as () => string)()));
  const count = [1, 5, 2, 3, 4, 6, 7][rng.weighted([10, 56, 6, 8, 10, 6, 4])] as number;
  const bullets = told.slice(0, count);
  const sentences = rng.chance(0.3) ? [] : told.slice(count, count + 4 + rng.below(5));
  for (const [name, trait] of family.traits) {
    if (!proved.has(trait)) continue;
    const proof = rng.pick(traitGroups[name].evidence).replace('{t}', trait);
    if (rng.chance(settings.leakage)) bullets[0] = `${proof} ${bullets[0]}`;
    else if (sentences.length > 0 && rng.chance(0.5)) sentences.splice(rng.below(sentences.length + 1), 0, proof);
    else if (count > 1) bullets[1 + rng.below(count - 1)] += ` ${proof}`;
    else bullets.push(proof);
  }
  return { small_description: bullets, full_description: sentences.join(' ') };
}

function priceText(rng: Rng, price: number): string {
  const cents = (value: number): string => `$${Math.max(1.99, Math.round(value) - (rng.chance(0.8) ? 0.01 : 0.51)).toFixed(2)}`;
  const way = rng.uniform();
  if (way < 0.09) return '';
  return way < 0.18 ? `${cents(price)} - ${cents(price * 1.4 + 1)}` : cents(price);
}

/** The product with this index; nothing before it needs to be made. */
export function makeProduct(index: number, settings: Settings): MadeProduct {
  const root = new Random(settings.seed).split('webshop');
  const member = index % settings.siblings;
  const shared = makeFamily(root.split('family', familyOf(index, settings)), settings);
  const rng = root.split('product', index);
  const family = differ(rng, shared, member, settings.tightness);
  const { shelf, traits, options, price } = family;
  const names = traits.map(([, trait]) => trait);
  const listed = names.filter(() => rng.chance(0.7));
  const { title, nouns } = makeTitle(rng, family, settings);
  // What is not listed must stand in the texts; what is listed may.
  const proved = new Set(names.filter((name) => !listed.includes(name) || rng.chance(0.6)));
  const asin = asinOf(settings.seed, index);
  const image = (kind: string): string => `made/${asin}-${kind}.svg`;
  const product: RawProduct = {
    asin,
    name: title,
    ...makeTexts(rng, family, proved, settings),
    pricing: priceText(rng, price),
    images: [image('main')],
    product_category: shelf.path,
    average_rating: '',
    customization_options:
      options.length === 0
        ? ''
        : Object.fromEntries(
            options.map(([kind, values]) => [
              capital(optionKinds[kind].name),
              values.map((value, i) => ({ value, image: kind === 'color' ? image(String(i)) : null })),
            ]),
          ),
    category: shelf.category,
    query: shelf.query,
    page: 1 + (index % 400),
  };
  const asked = takeSome(rng, traits, Math.min(traits.length, settings.asked, 2 + rng.below(3)));
  const wanted: Wanted = { query: shelf.query, heads: shelf.heads, traits: asked, options };
  return {
    product,
    attributes: { attributes: listed, instruction: syntheticInstruction(wanted), instruction_attributes: asked.map(([, trait]) => trait) },
    human: [{ ...humanInstruction(rng.split('human'), wanted), attributes: names }],
    nouns,
  };
}
