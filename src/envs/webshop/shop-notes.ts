/** What was found in a person's shop, in sentences for people. */
import type { Catalogue } from './catalogue.ts';
import { guessAgreement } from './nouns.ts';

/** Products that the original leaves out as well, in a sentence. */
function passedBy({ skipped }: Catalogue): string {
  if (skipped === 0) return '';
  const what = skipped === 1 ? 'One product was passed over' : `${skipped} products were passed over`;
  return `${what}, as in the original: an asin that was seen before, is longer than ten signs, or is "nan".`;
}

/** Instructions for products that are not in the list, in a sentence. */
function strangers({ products, notes }: Catalogue): string {
  const known = new Set(products.map(({ asin }) => asin));
  const unknown = [...notes].flatMap(([asin, { human, synthetic }]) => (!known.has(asin) && (human ?? synthetic) ? [asin] : []));
  if (unknown.length === 0) return '';
  if (unknown.length === 1) return `The instruction for ${unknown[0]} was left out: there is no such product in the list.`;
  return `The instructions for ${unknown.length} products, such as ${unknown[0]}, were left out: they are not in the list.`;
}

/** Instructions that make no goal, in a sentence. */
function aimless({ notes }: Catalogue): string {
  const all = [...notes.values()].flatMap(({ human, synthetic }) => [...(human ?? []), ...(synthetic ? [synthetic] : [])]);
  const count = all.filter(({ attributes }) => attributes.length === 0).length;
  if (count === 0) return '';
  return `${count === 1 ? 'One instruction names' : `${count} instructions name`} no attribute that can be read, and ${count === 1 ? 'is' : 'are'} not played, as in the original.`;
}

/** Where the nouns of titles come from: a product's kind is judged by them. */
function nounNote({ products, notes }: Catalogue): string {
  const guessed = products.filter(({ asin }) => notes.get(asin)?.nouns === undefined).length;
  if (guessed === 0) return 'The nouns of its titles are in nouns.json.';
  const whose =
    guessed === products.length
      ? 'The nouns of titles, by which the reward judges the kind of a product, are'
      : `For ${guessed} products the nouns of titles are`;
  const { agreed, compared } = guessAgreement;
  return `${whose} guessed: in ${agreed} of ${compared} recorded cases the guess led to the same judgement as the original's tagger. A nouns.json (asin to list of nouns) makes it exact.`;
}

/** Everything about the products that a person should know, sentence by sentence. */
export function catalogueNotes(catalogue: Catalogue): string[] {
  return [passedBy(catalogue), strangers(catalogue), aimless(catalogue), nounNote(catalogue), ...catalogue.remarks].filter((part) => part !== '');
}
