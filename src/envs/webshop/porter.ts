/** Porter's stemmer (1980) with the two later rules of its author, letter for letter as Lucene runs it. */

/** One c or v per letter; y is a vowel after a consonant. */
function shape(word: string): string {
  let out = '';
  for (const letter of word.split('')) {
    const vowel = 'aeiou'.includes(letter) || (letter === 'y' && out.endsWith('c'));
    out += vowel ? 'v' : 'c';
  }
  return out;
}

/** m of the paper: how often a vowel is followed by a consonant. */
function measure(stem: string): number {
  return shape(stem).split('vc').length - 1;
}

const hasVowel = (stem: string): boolean => shape(stem).includes('v');

const endsDouble = (word: string): boolean => word.length > 1 && word.at(-1) === word.at(-2) && shape(word).endsWith('c');

/** *o of the paper: consonant, vowel, consonant, the last not w, x or y. */
const endsShort = (word: string): boolean => shape(word).endsWith('cvc') && !/[wxy]$/.test(word);

type Rule = readonly [suffix: string, replacement: string];
const rules = (text: string): Rule[] => text.split(' ').map((rule) => rule.split('>') as [string, string]);

const step2 = rules(
  'ational>ate tional>tion enci>ence anci>ance izer>ize bli>ble alli>al entli>ent eli>e ousli>ous ization>ize ation>ate ator>ate ' +
    'alism>al iveness>ive fulness>ful ousness>ous aliti>al iviti>ive biliti>ble logi>log',
);
const step3 = rules('icate>ic ative> alize>al iciti>ic ical>ic ful> ness>');
const step4 = rules('al> ance> ence> er> ic> able> ible> ant> ement> ment> ent> ion> ou> ism> ate> iti> ous> ive> ize>');

/** Replaces the first suffix that fits, if what is left of it has a measure above `above`. */
function replace(word: string, list: readonly Rule[], above: number): string {
  // "ion" goes only after s or t.
  const rule = list.find(([suffix]) => word.endsWith(suffix) && (suffix !== 'ion' || /[st]ion$/.test(word)));
  if (!rule) return word;
  const stem = word.slice(0, word.length - rule[0].length);
  return measure(stem) > above ? stem + rule[1] : word;
}

function step1(word: string): string {
  if (word.endsWith('sses') || word.endsWith('ies')) word = word.slice(0, -2);
  else if (word.endsWith('s') && word.at(-2) !== 's') word = word.slice(0, -1);
  if (word.endsWith('eed')) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const stem = word.endsWith('ed') ? word.slice(0, -2) : word.endsWith('ing') ? word.slice(0, -3) : null;
  if (stem === null || !hasVowel(stem)) return word;
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (endsDouble(stem)) return /[lsz]$/.test(stem) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

function step5(word: string): string {
  if (word.endsWith('e')) {
    const stem = word.slice(0, -1);
    const m = measure(stem);
    if (m > 1 || (m === 1 && !endsShort(stem))) word = stem;
  }
  return word.endsWith('l') && endsDouble(word) && measure(word) > 1 ? word.slice(0, -1) : word;
}

export function stem(word: string): string {
  if (word.length < 3) return word;
  word = step1(word);
  if (word.endsWith('y') && hasVowel(word.slice(0, -1))) word = `${word.slice(0, -1)}i`;
  return step5(replace(replace(replace(word, step2, 0), step3, 0), step4, 1));
}
