/** One product: read from the raw schema, with the original's rules and quirks. */
import type { PriceFault } from './price.ts';
import { readPrice } from './price.ts';
import { plainName } from './json-stream.ts';
import { strip } from '../python.ts';

export interface Product {
  asin: string;
  title: string;
  description: string;
  bullets: string[];
  /** Department: beauty, electronics, fashion, garden, grocery. */
  category: string;
  /** The search that the product was found with, lower-case: "men's dress shirts". */
  query: string;
  /** `Clothing › Men › Shirts`. */
  path: string;
  /** One price or the two ends of a range. */
  pricing: number[];
  priceTag: string;
  image: string;
  /** In order of appearance; names and values are lower-case. */
  options: Map<string, string[]>;
  /** Picture of each option value, where it has one. */
  optionImages: Map<string, string | null>;
  attributes: string[];
}

/** What the original lists for a product that the attribute file lacks. */
export const unknownAttributes = ['DUMMY_ATTR'];

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A text field; what is missing or of another type is empty. */
function text(fields: Fields, key: string): string {
  const value = fields[key];
  return typeof value === 'string' ? value : '';
}

/** For sentences; never walks into what may be nested without end. */
function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  if (typeof value === 'number' && !Number.isFinite(value)) return 'NaN or infinite';
  return String(JSON.stringify(value)).slice(0, 40);
}

function readOptions(raw: unknown): Pick<Product, 'options' | 'optionImages'> {
  const options = new Map<string, string[]>();
  const optionImages = new Map<string, string | null>();
  if (isFields(raw)) {
    for (const [name, contents] of Object.entries(raw)) {
      if (!Array.isArray(contents)) continue;
      const values: string[] = [];
      for (const content of contents) {
        if (!isFields(content) || typeof content.value !== 'string') continue;
        const value = strip(content.value).replaceAll('/', ' | ').toLowerCase();
        values.push(value);
        optionImages.set(value, typeof content.image === 'string' ? content.image : null);
      }
      options.set(plainName(name).toLowerCase(), values);
    }
  }
  return { options, optionImages };
}

/** Left out by the original too, without a word. */
export type Skipped = 'skipped';

const priceFaults: Record<PriceFault, string> = {
  IndexError: 'has no "$" in it',
  InvalidOperation: 'has a part after "$" that is no number',
};

/**
 * @param attributes of this asin; undefined when the attribute file lacks it.
 * @returns the product, 'skipped' as the original skips, or a sentence that says why it cannot be used.
 */
export function readProduct(raw: unknown, attributesOf: (asin: string) => string[] | undefined): Product | Skipped | { fault: string } {
  if (!isFields(raw)) return { fault: `An entry is not a product but ${describe(raw)}; it was left out.` };
  const { asin, name, pricing: price, small_description: bullets, images } = raw;
  if (typeof asin !== 'string' || asin === '') {
    return { fault: `A product (${text(raw, 'name').slice(0, 40) || 'without a name'}) has no asin; it was left out.` };
  }
  if (asin === 'nan' || Array.from(asin).length > 10) return 'skipped';
  if (typeof name !== 'string') return { fault: `${asin}: the product has no name; it was left out.` };
  if (price !== null && price !== undefined && typeof price !== 'string') {
    return { fault: `${asin}: its price is ${describe(price)} and not a text such as "$12.99"; the product was left out.` };
  }
  const read = readPrice(price);
  if (typeof read === 'string') return { fault: `${asin}: its price "${price}" ${priceFaults[read]}; the product was left out.` };
  return {
    asin,
    title: name,
    description: text(raw, 'full_description'),
    bullets: (Array.isArray(bullets) ? bullets : [bullets]).filter((bullet): bullet is string => typeof bullet === 'string'),
    category: text(raw, 'category'),
    query: strip(text(raw, 'query').toLowerCase()),
    path: text(raw, 'product_category'),
    pricing: read.pricing,
    priceTag: read.tag,
    image: Array.isArray(images) && typeof images[0] === 'string' ? images[0] : '',
    ...readOptions(raw.customization_options),
    attributes: attributesOf(asin) ?? unknownAttributes,
  };
}

/** What the search engine reads of a product: no attributes, no query, and of the bullets only the first. */
export function searchText(product: Product): string {
  const options = Array.from(product.options, ([name, values]) => `${name}: ${values.join(', ')}`).join(', and ');
  return [product.title, product.description, product.bullets[0] ?? '', options].join(' ').toLowerCase();
}
