/** Which words of a title are nouns: the original asks a language model; here a table says it exactly, or rules about. */

/** Lower-case nouns of a title, in order and with repeats. */
export type NounFinder = (asin: string, title: string) => readonly string[];

/** Words that are nouns in no title. */
const others = new Set(
  (
    'a an the this that these those each every all any both some no not only more most such same other another own ' +
    'i you he she it we they me him her us them my your his its our their who which what ' +
    'and or but nor so as if than then of for with without in into on onto from to by at up off out over under between through ' +
    'about after before during per via against around near inside outside while when where how why is are was were be been being ' +
    'am do does did has have had can could will would may might must should very too also just even ever never again please ' +
    'one two three four five six seven eight nine ten first second third ' +
    'get gets make makes made use used using keep keeps'
  ).split(' '),
);

/** Small words that are describing words where the title does not write them as names. */
const describing =
  /^(?:.+(?:able|ible|ful|less|ous|ive|ly|proof|free)|big|small|large|mini|new|old|hot|cold|soft|hard|thick|thin|long|short|high|low|wide|deep|dark|light|great|good|best|easy|cute|warm|cool|dry|wet|full|multi|non|ultra|super|fresh|natural|modern|classic|casual|sexy|slim|plus|unisex|organic|white|black|red|blue|green|grey|gray|pink|brown|yellow|purple|orange)$/;

/** Units that the original's tokenizer cuts off the number before them. */
const unit = /^(\d[\d.,]*)(km|mm|cm|kg|mg|lb|oz|ft|in|yd|gb|mb|kb|tb|m|g|t)$/i;

/** Of the recorded title scores of the original's tagger, those that the guess puts into the same band; `npm run parity` recounts them. */
export const guessAgreement = { agreed: 5, compared: 5 };

/** An approximation: names and words that are not function words; `npm run parity` reports how often it agrees with the model. */
export function guessNouns(_asin: string, title: string): readonly string[] {
  const nouns: string[] = [];
  for (const word of title.match(/[\p{L}\p{N}][\p{L}\p{N}.]*/gu) ?? []) {
    const bare = word.replace(/\.+$/, '');
    const lower = bare.toLowerCase();
    const measured = unit.exec(bare);
    if (measured) nouns.push((measured[2] as string).toLowerCase());
    else if (!/\p{L}/u.test(bare) || others.has(lower) || lower === 's') continue;
    else if (bare === lower && describing.test(bare)) continue;
    else nouns.push(lower);
  }
  return nouns;
}

/** Exact where the table knows the asin, else the fallback. */
export function nounTable(table: { get(asin: string): readonly string[] | undefined }, fallback: NounFinder = guessNouns): NounFinder {
  return (asin, title) => table.get(asin) ?? fallback(asin, title);
}
