/** A made-up shop through the same loader as real files, and the files it would be saved as. */
import type { Catalogue, Notes } from './catalogue.ts';
import { CatalogueBuilder, readAttributeNote, readHumanNote } from './catalogue.ts';
import type { GeneratorOptions, MadeProduct } from './generator.ts';
import { makeProduct, settingsOf } from './generator.ts';

export function makeProducts(options: GeneratorOptions): MadeProduct[] {
  const settings = settingsOf(options);
  return Array.from({ length: settings.products }, (_, i) => makeProduct(i, settings));
}

export function makeCatalogue(made: readonly MadeProduct[]): Catalogue {
  const notes = new Map<string, Notes>();
  for (const { product, attributes, human, nouns } of made) {
    notes.set(product.asin, { ...readAttributeNote(attributes), human: readHumanNote(human), nouns });
  }
  const builder = new CatalogueBuilder(notes);
  for (const { product } of made) builder.add(product);
  return builder.finish();
}

/** File names and contents that the original loads as well; `nouns.json` is this project's own. */
export function shopFiles(made: readonly MadeProduct[]): Record<string, unknown> {
  const byAsin = <T>(take: (each: MadeProduct) => T): Record<string, T> =>
    Object.fromEntries(made.map((each) => [each.product.asin, take(each)]));
  return {
    'items_shuffle.json': made.map(({ product }) => product),
    'items_ins_v2.json': byAsin(({ attributes }) => attributes),
    'items_human_ins.json': byAsin(({ product, human }) => human.map((each) => ({ asin: product.asin, options: [], ...each }))),
    'nouns.json': byAsin(({ nouns }) => nouns),
  };
}
