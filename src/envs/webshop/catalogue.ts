/** Makes a catalogue of raw products, one by one, and says in sentences what was left out. */
import { IndexBuilder } from './bm25.ts';
import type { SearchIndex } from './bm25.ts';
import type { Instruction } from './goals.ts';
import type { Product } from './product.ts';
import { readProduct, searchText } from './product.ts';

/** What the files beside the products say of one asin. */
export interface Notes {
  /** From items_ins_v2. */
  attributes?: string[];
  synthetic?: Instruction;
  /** From items_human_ins. */
  human?: Instruction[];
  /** Exact nouns of the title, where a person or a generator gives them. */
  nouns?: string[];
}

export interface Catalogue {
  products: Product[];
  index: SearchIndex;
  /** asin -> notes, also of asins that no product has. */
  notes: ReadonlyMap<string, Notes>;
  /** Products that the original leaves out as well: asin "nan" or too long, or seen before. */
  skipped: number;
  /** The first sentences about products and notes that could not be used. */
  dropped: string[];
  droppedCount: number;
  /** Sentences about whole files, such as one in another encoding. */
  remarks: string[];
}

const mostSentences = 20;

export class CatalogueBuilder {
  private readonly products: Product[] = [];
  private readonly asins = new Set<string>();
  private readonly index = new IndexBuilder();
  private readonly dropped: string[] = [];
  private droppedCount = 0;
  private skipped = 0;
  readonly remarks: string[] = [];

  constructor(private readonly notes: ReadonlyMap<string, Notes>) {}

  get size(): number {
    return this.products.length;
  }

  get firstDropped(): string | undefined {
    return this.dropped[0];
  }

  drop(why: string): void {
    this.droppedCount++;
    if (this.dropped.length < mostSentences) this.dropped.push(why);
  }

  add(raw: unknown): void {
    const product = readProduct(raw, (asin) => this.notes.get(asin)?.attributes);
    if (product === 'skipped') this.skipped++;
    else if ('fault' in product) this.drop(product.fault);
    else if (this.asins.has(product.asin)) this.skipped++;
    else {
      this.asins.add(product.asin);
      this.products.push(product);
      this.index.add(searchText(product));
    }
  }

  finish(): Catalogue {
    const { products, notes, skipped, dropped, droppedCount, remarks } = this;
    const index = this.index.finish(products.map(({ asin }) => asin));
    return { products, index, notes, skipped, dropped, droppedCount, remarks };
  }
}

type Fields = Record<string, unknown>;

/** The strings of a list; anything else in it is left out. */
export function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((x): x is string => typeof x === 'string') : [];
}

/** Takes one entry of items_ins_v2: attributes, and perhaps a synthetic instruction. */
export function readAttributeNote(raw: Fields): Pick<Notes, 'attributes' | 'synthetic'> {
  const note: Pick<Notes, 'attributes' | 'synthetic'> = {};
  if (Array.isArray(raw.attributes)) note.attributes = strings(raw.attributes);
  if (typeof raw.instruction === 'string') {
    note.synthetic = { text: raw.instruction, attributes: strings(raw.instruction_attributes), options: null };
  }
  return note;
}

/** Takes one entry of items_human_ins; what has no text is left out. */
export function readHumanNote(raw: readonly unknown[]): Instruction[] {
  return raw.flatMap((entry) => {
    const { instruction, instruction_attributes: attributes, instruction_options: options } = (entry ?? {}) as Fields;
    if (typeof instruction !== 'string') return [];
    return [{ text: instruction, attributes: strings(attributes), options: strings(options) }];
  });
}
