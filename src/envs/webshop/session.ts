/** One shopper's way through the shop: pages, options and transitions of the original server, quirks included. */
import { PythonRandom } from './mt19937.ts';
import type { Product } from './product.ts';
import { dictJson, dictRepr } from '../python.ts';
import type { Shop } from './shop.ts';

export const subPages = ['Description', 'Features', 'Reviews', 'Attributes'] as const;
export type SubPage = (typeof subPages)[number];

export type Page =
  { kind: 'index' } | { kind: 'results' } | { kind: 'item' } | { kind: 'sub'; name: SubPage } | { kind: 'done'; score: number };

/** Something on a page that can be clicked. */
export type Clickable = { kind: 'button' } | { kind: 'product' } | { kind: 'option'; name: string };

const address = 'http://127.0.0.1:3000';
const perPage = 10;

/** In the order in which the server looks for them in the address; words of the query stand there too and can mislead it. */
const pageNames = ['search_results', 'item_page', 'item_sub_page', 'done'] as const;

export class Session {
  page: Page = { kind: 'index' };
  url: string;
  /** Words of the last search; null before the first. */
  keywords: readonly string[] | null = null;
  /** Page of the results, from 1; a misled "< Prev" can go below. */
  pageNumber = 1;
  /** Numbers of all products found. */
  results: readonly number[] = [];
  product: Product | null = null;
  /** Picked values by option name, in the order of first picks. */
  options = new Map<string, string>();
  /** asins opened since the last visit to the start page. */
  visited = new Set<string>();
  private random: PythonRandom | null = null;

  /**
   * @param id stands in every address; the original uses the goal's index.
   * @param buy what a purchase of this product with these options scores.
   */
  constructor(
    private readonly shop: Shop,
    readonly id: string,
    readonly instruction: string,
    readonly showAttributes: boolean,
    private readonly buy: (product: number, options: readonly string[]) => number,
  ) {
    this.url = `${address}/${id}`;
  }

  /** The ten products of the present page of results. */
  get shown(): Product[] {
    // Both ends may be negative, which counts from the end here as in the original.
    return this.results.slice((this.pageNumber - 1) * perPage, this.pageNumber * perPage).map((i) => this.shop.products[i] as Product);
  }

  /** What can be clicked, by lower-case label. A later option with the same label takes an earlier one's place. */
  clickables(): Map<string, Clickable> {
    const found = new Map<string, Clickable>();
    const button: Clickable = { kind: 'button' };
    const { page, product } = this;
    if (page.kind === 'index') found.set('search', button);
    if (page.kind === 'index' || page.kind === 'done') return found;
    found.set('back to search', button);
    if (page.kind !== 'results' || this.pageNumber > 1) found.set('< prev', button);
    if (page.kind === 'results') {
      found.set('next >', button);
      for (const { asin } of this.shown) found.set(asin.toLowerCase(), { kind: 'product' });
    }
    if (page.kind === 'item') {
      for (const name of subPages) if (name !== 'Attributes' || this.showAttributes) found.set(name.toLowerCase(), button);
      found.set('buy now', button);
      for (const [name, values] of product?.options ?? []) for (const value of values) found.set(value, { kind: 'option', name });
    }
    return found;
  }

  /** Shows a page of what these words find; what `shop.answers` refuses must not come here. */
  search(keywords: readonly string[], pageNumber = 1): void {
    this.results = this.shop.find(keywords, () => (this.random ??= new PythonRandom(Number.parseInt(this.id, 10) || 0)));
    this.keywords = keywords;
    this.pageNumber = pageNumber;
    this.product = null;
    this.options = new Map();
    this.page = { kind: 'results' };
    this.url = `${address}/search_results/${this.id}/${keywords.join('+')}/${pageNumber}`;
  }

  /**
   * @param label a key of `clickables`, but not "search".
   * @returns the score of a purchase, null for any other click.
   */
  click(label: string, clickable: Clickable): number | null {
    const at = pageNames.find((name) => this.url.includes(name));
    const keywords = this.keywords ?? [];
    const sub = subPages.find((name) => name.toLowerCase() === label);
    if (label === 'buy now') return this.purchase();
    if (label === 'back to search') this.start();
    else if (label === 'next >' && at === 'search_results') this.search(keywords, this.pageNumber + 1);
    else if (label === '< prev' && at === 'search_results') this.search(keywords, this.pageNumber - 1);
    else if (label === '< prev' && at === 'item_page') this.search(keywords, this.pageNumber);
    else if (sub) this.openSubPage(sub);
    else this.openItem(label, clickable);
    return null;
  }

  /** Does anything follow from a click? Not behind an asin with small letters, which the original looks up in capitals. */
  opens(label: string, clickable: Clickable): boolean {
    return label !== 'search' && (clickable.kind !== 'product' || this.shop.numbers.has(label.toUpperCase()));
  }

  private start(): void {
    this.page = { kind: 'index' };
    this.url = `${address}/${this.id}`;
    this.keywords = null;
    this.pageNumber = 1;
    this.results = [];
    this.product = null;
    this.visited = new Set();
    this.options = new Map();
  }

  private openItem(label: string, clickable: Clickable): void {
    if (clickable.kind === 'product') {
      this.product = this.shop.products[this.shop.numbers.get(label.toUpperCase()) as number] as Product;
      this.visited.add(this.product.asin);
    } else if (clickable.kind === 'option') this.options.set(clickable.name, label);
    this.page = { kind: 'item' };
    this.url = `${address}/item_page/${this.id}/${this.product?.asin}/${this.place()}/${dictJson(this.options)}`;
  }

  private openSubPage(name: SubPage): void {
    this.page = { kind: 'sub', name };
    this.url = `${address}/item_sub_page/${this.id}/${this.product?.asin}/${this.place()}/${name}/${dictRepr(this.options)}`;
  }

  private purchase(): number {
    const product = this.product as Product;
    const score = this.buy(this.shop.numbers.get(product.asin) as number, [...this.options.values()]);
    this.page = { kind: 'done', score };
    this.url = `${address}/done/${this.id}/${product.asin}/${dictRepr(this.options)}`;
    return score;
  }

  private place(): string {
    return `${this.keywords?.join('+')}/${this.pageNumber}`;
  }
}
