/** Lucene 8's StandardTokenizer: words by UAX #29; ideographs, hiragana and emoji are tokens of their own. */
import { Break, breakClass } from './wordbreak.ts';

/** Longer tokens are cut here, in UTF-16 units. */
const longest = 255;

/**
 * Where a match stands. Words (rules WB5 to WB13) are a longest match over these states:
 * `hebrew` is a Hebrew letter that may still open one of its own forms (א׳ with a closing quote, א״ב with a double one in the
 * middle); `hebrewEnd` is the letter after that double quote, `hebrewQuote` the closing quote.
 */
const State = {
  start: 0,
  /** Only connectors (_) so far. */
  lead: 1,
  /** Regional indicators are tokens in pairs. */
  regional: 2,
  needLetter: 3,
  needNumber: 4,
  needHebrew: 5,
  /** From here on, what has been read is a token. */
  letter: 6,
  hebrew: 7,
  hebrewQuote: 8,
  hebrewEnd: 9,
  number: 10,
  katakana: 11,
  connector: 12,
  southEastAsian: 13,
  /** Complete: only marks may follow. */
  single: 14,
} as const;

const classes = 27;
const stop = 255;
const moves = new Uint8Array(15 * classes).fill(stop);

function on(states: readonly number[], read: readonly number[], to: number): void {
  for (const state of states) for (const kind of read) moves[state * classes + kind] = to;
}

{
  const { letter, hebrew, hebrewQuote, hebrewEnd, number, katakana, connector, needLetter, needNumber, needHebrew } = State;
  const plainLetters = [Break.letter, Break.emojiLetter];
  const digits = [Break.numeric, Break.digit];
  const word = [letter, hebrew, hebrewQuote, hebrewEnd, number];
  const fresh = [State.start, State.lead, connector];
  const midLetters = [Break.midLetter, Break.midBoth, Break.singleQuote];
  on([...fresh, ...word, needLetter], plainLetters, letter);
  on([...fresh, ...word], [Break.hebrew], hebrew);
  // After a connecting mark it can open no form of its own.
  on([needLetter], [Break.hebrew], letter);
  on([...fresh, ...word, needNumber], digits, number);
  on([...fresh, katakana], [Break.katakana], katakana);
  on([...word, katakana, connector], [Break.connector], connector);
  on([State.start, State.lead], [Break.connector], State.lead);
  on([letter, hebrew], midLetters, needLetter);
  on([number], [Break.midNumber, Break.midBoth, Break.singleQuote], needNumber);
  on([hebrew], [Break.singleQuote], hebrewQuote);
  on([hebrew], [Break.doubleQuote], needHebrew);
  on([needHebrew], [Break.hebrew], hebrewEnd);
  const southEastAsian = [Break.southEastAsian, Break.southEastAsianMark];
  on([State.start, State.southEastAsian], southEastAsian, State.southEastAsian);
  on([State.start], [Break.regional], State.regional);
  on([State.regional], [Break.regional], State.single);
  on([State.start], [Break.ideograph, Break.hiragana], State.single);
  // Marks belong to what they follow (WB4).
  const marks = [Break.southEastAsianMark, Break.extend, Break.joiner, Break.emojiSelector, Break.textSelector, Break.keycap];
  for (let state = 1; state <= State.single; state++) on([state], marks, state);
}

/** Emoji over class letters: Z joiner, V selector, m marks, F base, J skin tone, E any emoji, D keycap base, C keycap. */
const emojiLetters = new Map<number, string>([
  [Break.joiner, 'Z'],
  [Break.emojiSelector, 'V'],
  [Break.extend, 'm'],
  [Break.southEastAsianMark, 'm'],
  [Break.keycap, 'C'],
  [Break.emojiBase, 'F'],
  [Break.emojiModifier, 'J'],
  [Break.emoji, 'E'],
  [Break.emojiLetter, 'E'],
  [Break.digit, 'D'],
  [Break.keycapBase, 'D'],
]);
const oneEmoji = '(?:(?:Z*F[ZmC]*)?J[ZmC]*|Z*[EF][ZmC]*V?)';
// A joiner that was read as a mark of the emoji before it still joins.
const emoji = new RegExp(`^(?:${oneEmoji}(?:(?:(?<=Z)|Z)${oneEmoji})*|D[ZmC]*V?C[ZmC]*)`);

function emojiEnd(text: string, start: number, limit: number): number {
  let letters = '';
  const ends: number[] = [];
  for (let at = start; at < limit;) {
    const code = text.codePointAt(at) as number;
    const letter = emojiLetters.get(breakClass(code));
    at += code > 0xffff ? 2 : 1;
    if (letter === undefined || at > limit) break;
    letters += letter;
    ends.push(at);
  }
  const found = emoji.exec(letters)?.[0].length ?? 0;
  return found === 0 ? start : (ends[found - 1] as number);
}

/** Classes that can open an emoji. */
const opensEmoji = new Uint8Array(classes);
for (const kind of [Break.joiner, Break.emoji, Break.emojiBase, Break.emojiModifier, Break.emojiLetter, Break.digit, Break.keycapBase]) {
  opensEmoji[kind] = 1;
}

/** End of the longest token that begins at `start`; `start` when none does. */
function tokenEnd(text: string, start: number): number {
  const limit = Math.min(text.length, start + longest);
  let state: number = State.start;
  let end = start;
  const first = breakClass(text.codePointAt(start) as number);
  for (let at = start; at < limit;) {
    let code = text.charCodeAt(at);
    let width = 1;
    if (code >= 0xd800 && code < 0xdc00) {
      code = text.codePointAt(at) as number;
      if (code > 0xffff) width = 2;
      if (at + width > limit) break;
    }
    const kind = breakClass(code);
    state = moves[state * classes + kind] as number;
    if (state === stop) break;
    at += width;
    if (state >= State.letter) end = at;
  }
  if (opensEmoji[first] === 0) return end;
  if (first === Break.digit || first === Break.keycapBase) {
    // They are one only with marks behind them.
    const next = start + 1 < limit ? breakClass(text.codePointAt(start + 1) as number) : Break.other;
    if (next < Break.southEastAsianMark || next > Break.keycap) return end;
  }
  return Math.max(end, emojiEnd(text, start, limit));
}

export function tokenize(text: string): string[] {
  const tokens: string[] = [];
  for (let at = 0; at < text.length;) {
    const end = tokenEnd(text, at);
    if (end > at) tokens.push(text.slice(at, end));
    at = end > at ? end : at + ((text.codePointAt(at) as number) > 0xffff ? 2 : 1);
  }
  return tokens;
}
