/** The search terms of a text, as Anserini's default English analyzer makes them. */
import { stem } from './porter.ts';
import { tokenize } from './tokenizer.ts';

const stopWords = new Set(
  (
    'a an and are as at be but by for if in into is it no not of on or such ' + 'that the their then there these they this to was will with'
  ).split(' '),
);

/** Stems of the tokens seen so far; shop texts repeat themselves. */
const known = new Map<string, string>();
const mostKnown = 200_000;

/** @returns the term, or '' for a stop word. */
function term(token: string): string {
  const bare = /['’＇][sS]$/.test(token) ? token.slice(0, -2) : token;
  // Letter by letter as in Java: no final sigma, and a dotted capital I loses its dot.
  const lower = bare.replaceAll('Σ', 'σ').replaceAll('İ', 'i').toLowerCase();
  return stopWords.has(lower) ? '' : stem(lower);
}

export function analyze(text: string): string[] {
  const terms: string[] = [];
  for (const token of tokenize(text)) {
    let made = known.get(token);
    if (made === undefined) {
      if (known.size >= mostKnown) known.clear();
      made = term(token);
      known.set(token, made);
    }
    if (made !== '') terms.push(made);
  }
  return terms;
}
