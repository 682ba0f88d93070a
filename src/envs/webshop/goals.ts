/** What to buy: goals from people's or synthetic instructions, with price bounds and order drawn as the original draws them. */
import { PythonRandom } from './mt19937.ts';
import type { Product } from './product.ts';
import { byCodePoints } from '../python.ts';

/** An instruction for a product, before price and options. */
export interface Instruction {
  text: string;
  attributes: string[];
  /** Option texts that a person asked for; a synthetic instruction has none and is combined with every choice of options. */
  options: string[] | null;
}

export interface Goal {
  asin: string;
  category: string;
  query: string;
  /** Title of the product that was meant. */
  name: string;
  path: string;
  /** What the shopper reads. */
  instruction: string;
  attributes: string[];
  priceUpper: number;
  /** A person's list of texts, or (name, value) pairs; the reward treats the two differently. */
  options: { kind: 'texts'; texts: string[] } | { kind: 'pairs'; pairs: [string, string][] };
  /** Share in a weighted draw. */
  weight: number;
}

export type GoalKind = 'human' | 'synthetic';

/** The bound of a goal whose product is dearer than all bounds. */
const unbounded = 1_000_000;
/** Of more goals than this only some are taken, evenly from each product's combinations of options: the original would run out of memory. */
const mostGoals = 20_000_000;

const bounds = Array.from({ length: 99 }, (_, i) => 10 * (i + 1));

/** What the products cost in this shop: a range is drawn from once. */
export function drawPrices(products: readonly Product[], random: PythonRandom): Float64Array {
  return Float64Array.from(products, ({ pricing }) =>
    pricing.length === 1 ? (pricing[0] as number) : random.uniform(pricing[0] as number, pricing[1] as number),
  );
}

/** The larger of two of the next four bounds above the price. */
function drawBound(price: number, random: PythonRandom): number {
  const above = bounds.filter((bound) => bound > price).slice(0, 4);
  return above.length < 2 ? unbounded : Math.max(...random.sample(above, 2));
}

/** One instruction with its bound; `taken` goals come from it, of as many as its product's options have combinations. */
interface Source {
  product: number;
  instruction: Instruction;
  bound: number;
  ways: number;
  taken: number;
  weight: number;
}

/** All goals of a shop in the original's order; each is put together when it is asked for. */
export class GoalList {
  private readonly sources: Source[] = [];
  /** Per source: how many goals come before its first, before shuffling. */
  private readonly starts: number[] = [];
  private readonly order: Uint32Array;
  /** How many there would be if every combination were taken. */
  readonly possible: number;

  /**
   * @param instructions of the product with this number, in the order of their file.
   * @param random the generator that also drew the prices.
   * @param most goals that are taken at all.
   */
  constructor(
    private readonly products: readonly Product[],
    prices: Float64Array,
    instructions: (product: number) => readonly Instruction[],
    random: PythonRandom,
    most = mostGoals,
  ) {
    products.forEach((product, p) => {
      for (const instruction of instructions(p)) {
        if (instruction.attributes.length === 0) continue;
        const bound = drawBound(prices[p] as number, random);
        const ways = instruction.options
          ? 1
          : choices(product).reduce((n, [, values]) => Math.min(n * values.length, Number.MAX_SAFE_INTEGER), 1);
        if (ways > 0) this.sources.push({ product: p, instruction, bound, ways, taken: ways, weight: 1 });
      }
    });
    this.possible = this.sources.reduce((n, { ways }) => n + ways, 0);
    if (this.possible > most) {
      const share = Math.max(1, Math.floor(most / this.sources.length));
      for (const source of this.sources) source.taken = Math.min(source.ways, share);
    }
    const uses = new Map<string, number>();
    let size = 0;
    for (const { instruction, taken } of this.sources) {
      this.starts.push(size);
      size += taken;
      for (const attribute of instruction.attributes) uses.set(attribute, (uses.get(attribute) ?? 0) + taken);
    }
    for (const source of this.sources) {
      const { attributes, options } = source.instruction;
      if (!options) source.weight = attributes.reduce((sum, a) => sum + 1 / (uses.get(a) as number), 0) / attributes.length;
    }
    this.order = Uint32Array.from({ length: size }, (_, i) => i);
    new PythonRandom(233).shuffle(this.order);
  }

  get size(): number {
    return this.order.length;
  }

  /** Where a goal comes from, and which combination of options it is. */
  private source(index: number): Source & { way: number } {
    const place = this.order[index] as number;
    const s = bisectRight(this.starts, place) - 1;
    const source = this.sources[s] as Source;
    const nth = place - (this.starts[s] as number);
    const { ways, taken } = source;
    return { ...source, way: taken === ways ? nth : Math.floor((nth / taken) * ways) };
  }

  /** Number of the product that the goal was made from. */
  target(index: number): number {
    return this.source(index).product;
  }

  goal(index: number): Goal {
    const { product: p, instruction, bound, weight, way } = this.source(index);
    const product = this.products[p] as Product;
    const price = bound === unbounded ? '' : `, and price lower than ${bound}.00 dollars`;
    const common = {
      asin: product.asin,
      category: product.category,
      query: product.query,
      name: product.title,
      path: product.path,
      attributes: instruction.attributes,
      priceUpper: bound,
      weight,
    };
    if (instruction.options) {
      const text = instruction.text.replace(/^\.+|\.+$/g, '') + price;
      return { ...common, instruction: text, options: { kind: 'texts', texts: instruction.options } };
    }
    const pairs = combination(choices(product), way);
    const wish = pairs.map(([name, value]) => `${name}: ${value}`).join(', and ');
    const text = instruction.text + (wish && ` with ${wish}`) + price;
    return { ...common, instruction: text, options: { kind: 'pairs', pairs } };
  }
}

/** A product's options by name. */
function choices(product: Product): [string, string[]][] {
  return [...product.options].sort(([a], [b]) => byCodePoints(a, b));
}

/** The way-th element of the cartesian product; the last option turns fastest. */
function combination(options: readonly [string, string[]][], way: number): [string, string][] {
  const pairs: [string, string][] = [];
  for (const [name, values] of [...options].reverse()) {
    pairs.unshift([name, values[way % values.length] as string]);
    way = Math.floor(way / values.length);
  }
  return pairs;
}

/** How many of the ascending numbers are at most `value`. */
function bisectRight(numbers: readonly number[], value: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value < (numbers[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The original's weighted draw. Off by one as there: goal 0 never comes, goal i comes as often as i - 1 should, the last
 * one twice as often.
 * @param cumulative 0 and the running sums of the weights.
 */
export function randomGoal(cumulative: readonly number[], random: PythonRandom): number {
  const at = random.uniform(0, cumulative.at(-1) as number);
  return Math.min(bisectRight(cumulative, at), cumulative.length - 2);
}
