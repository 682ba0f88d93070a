/** Reads a person's own shop: items_*.json as in the original, plain or gzipped, told apart by what is in them. */
import { UserError } from '../../lib/errors.ts';
import type { Catalogue, Notes } from './catalogue.ts';
import { CatalogueBuilder, readAttributeNote, readHumanNote, strings } from './catalogue.ts';
import { jsonEntries } from './json-stream.ts';
import { firstSign } from './text-stream.ts';

export interface ShopFile {
  path: string;
  blob: Blob;
}

/** By its name: product lists and the tables beside them, plain or gzipped. */
export const isShopFile = (name: string): boolean => /^(items_.*|nouns)\.json(\.gz)?$/.test(name);

/** Chosen one by one, any file of JSON may be a product list: what it is shows when it is read. */
export const maybeShopFile = (path: string): boolean =>
  isShopFile(path.slice(path.lastIndexOf('/') + 1)) || (!path.includes('/') && /\.json(\.gz)?$/i.test(path));

export interface ShopProgress {
  /** Bytes read so far and in all. */
  done: number;
  total: number;
  products: number;
}

export interface LoadOptions {
  /** Uses only so many entries of the product list; the original's num_products. */
  most?: number;
  onProgress?: (progress: ShopProgress) => void;
}

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Adds one entry of a table by asin: attributes (an object), instructions (a list of objects) or nouns (a list of words).
 * @returns what of it was left out, or null.
 */
function addNote(notes: Map<string, Notes>, asin: string, value: unknown): string | null {
  const known = notes.get(asin) ?? {};
  if (isFields(value)) {
    const read = readAttributeNote(value);
    if (Object.keys(read).length === 0) return 'has neither a list of attributes nor an instruction; it was left out.';
    notes.set(asin, { ...known, ...read });
  } else if (!Array.isArray(value)) return 'is neither attributes nor instructions nor nouns; it was left out.';
  else if (value.length === 0 || value.some((each) => typeof each !== 'string')) {
    const human = readHumanNote(value);
    notes.set(asin, { ...known, human });
    const blank = value.length - human.length;
    if (blank > 0) return `holds ${value.length} instructions; those without a text were left out, ${blank} in all.`;
  } else notes.set(asin, { ...known, nouns: strings(value) });
  return null;
}

/**
 * Reads product lists and the tables beside them, in any order.
 * @throws UserError when there are no products at all.
 */
export async function loadShop(
  files: readonly ShopFile[],
  name: string,
  { most = Infinity, onProgress }: LoadOptions = {},
): Promise<Catalogue> {
  const total = files.reduce((sum, { blob }) => sum + blob.size, 0);
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const notes = new Map<string, Notes>();
  const builder = new CatalogueBuilder(notes);
  const lists: ShopFile[] = [];
  const tables: ShopFile[] = [];
  for (const file of sorted) {
    const sign = await firstSign(file.blob);
    if (sign === '[') lists.push(file);
    else if (sign === '{') tables.push(file);
    else builder.drop(`${file.path} is neither a JSON list of products nor a table by asin; it was left out.`);
  }
  if (lists.length === 0) {
    const tried = tables.map(({ path }) => path).find((path) => path.includes('shuffle'));
    const why = tried === undefined ? (builder.firstDropped ?? '') : `${tried} begins with "{" and not, as a list does, with "[".`;
    throw new UserError(
      `${name} holds no list of products; choose items_shuffle.json, and items_ins_v2.json and items_human_ins.json beside it. ${why}`.trim(),
    );
  }

  let done = 0;
  const count = (bytes: number): void => {
    done += bytes;
    // The end is told once, when the last bytes have become products.
    if (done < total) onProgress?.({ done, total, products: builder.size });
  };
  for (const { path, blob } of tables) {
    for await (const entry of jsonEntries(blob, path, count)) {
      if ('remark' in entry) builder.remarks.push(entry.remark);
      else if ('fault' in entry) builder.drop(entry.fault);
      else {
        const why = addNote(notes, entry.key ?? '', entry.value);
        if (why !== null) builder.drop(`${path}: the entry of ${entry.key} ${why}`);
      }
    }
  }
  let read = 0;
  for (const { path, blob } of lists) {
    for await (const entry of jsonEntries(blob, path, count)) {
      if ('remark' in entry) builder.remarks.push(entry.remark);
      else if (read++ >= most) break;
      else if ('fault' in entry) builder.drop(entry.fault);
      else builder.add(entry.value);
    }
  }
  onProgress?.({ done: total, total, products: builder.size });
  const catalogue = builder.finish();
  if (catalogue.products.length === 0) {
    throw new UserError(`No product in ${name} could be used. ${catalogue.dropped[0] ?? 'Its lists are empty.'}`);
  }
  return catalogue;
}
