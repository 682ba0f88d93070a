/** What all episodes of one shop share: products, index, prices; nothing in it changes. */
import type { SearchIndex } from './bm25.ts';
import type { PythonRandom } from './mt19937.ts';
import type { Product } from './product.ts';
import { strip } from '../python.ts';

/** Results of a search, and of a random draw. */
const mostResults = 50;

/** Kept result lists: rollouts of one goal search alike. */
const mostKept = 2000;

export class Shop {
  /** asin -> number of the product. */
  readonly numbers: ReadonlyMap<string, number>;
  private readonly kept = new Map<string, readonly number[]>();

  constructor(
    readonly products: readonly Product[],
    private readonly index: SearchIndex,
    readonly prices: Float64Array,
  ) {
    this.numbers = new Map(products.map((product, i) => [product.asin, i]));
  }

  /** Can it be searched for? The original ends with an error on `<a>`, on `<c>` alone, and on `<r>` in a shop of fewer than 50. */
  answers([first, second]: readonly string[]): boolean {
    if (first === '<r>') return this.products.length >= mostResults;
    return first !== '<a>' && (first !== '<c>' || second !== undefined);
  }

  /**
   * Numbers of the products that a search finds, best first.
   * The first word may be a special one: `<r>` random, `<c>` category, `<q>` query.
   * @param random where `<r>` draws from.
   */
  find(keywords: readonly string[], random: () => PythonRandom): readonly number[] {
    const [first, second] = keywords;
    if (first === '<r>') return random().sample([...this.products.keys()], mostResults);
    const query = keywords.join(' ');
    const known = this.kept.get(query);
    if (known) return known;
    let found: readonly number[];
    if (first === '<c>') found = this.where((product) => product.category === strip(second ?? ''));
    else if (first === '<q>') {
      const wanted = strip(keywords.slice(1).join(' '));
      found = this.where((product) => product.query === wanted);
    } else found = this.index.search(query, mostResults).docs;
    this.kept.set(query, found);
    if (this.kept.size > mostKept) this.kept.delete(this.kept.keys().next().value as string);
    return found;
  }

  /** The same for words that are no special search. */
  findWords(text: string): readonly number[] {
    return this.index.search(text, mostResults).docs;
  }

  private where(holds: (product: Product) => boolean): number[] {
    return [...this.products.keys()].filter((i) => holds(this.products[i] as Product));
  }
}
