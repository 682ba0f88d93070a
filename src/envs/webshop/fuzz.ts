/** thefuzz 0.19's token_set_ratio on difflib (without the Levenshtein module, whose numbers differ at the threshold). */
import { ratio } from './difflib.ts';
import { byCodePoints, roundHalfEven, strip } from '../python.ts';

/** What the reward counts as a match is above this. */
export const matchAbove = 85;

/** Lower-case words and digits with spaces for everything else; Latin-1 letters vanish. */
function processed(text: string): string {
  const plain = text.replace(/[\x80-\xff]/g, '').replace(/[^\p{L}\p{N}_]/gu, ' ');
  return strip(plain.toLowerCase());
}

/** Whole-number similarity in percent. */
function similarity(a: string, b: string): number {
  if (a === b) return 100;
  return a === '' || b === '' ? 0 : roundHalfEven(100 * ratio(a, b));
}

const words = (text: string): Set<string> => new Set(text.split(' ').filter((word) => word !== ''));
const joined = (list: string[]): string => list.sort(byCodePoints).join(' ');

export function tokenSetRatio(a: string, b: string): number {
  const [left, right] = [words(processed(a)), words(processed(b))];
  if (left.size === 0 || right.size === 0) return 0;
  const common = [...left].filter((word) => right.has(word));
  const onlyLeft = [...left].filter((word) => !right.has(word));
  const onlyRight = [...right].filter((word) => !left.has(word));
  // One side holds the other: the common part equals that side.
  if (common.length > 0 && (onlyLeft.length === 0 || onlyRight.length === 0)) return 100;
  const both = joined(common);
  const wholeLeft = strip(`${both} ${joined(onlyLeft)}`);
  const wholeRight = strip(`${both} ${joined(onlyRight)}`);
  return Math.max(similarity(both, wholeLeft), similarity(both, wholeRight), similarity(wholeLeft, wholeRight));
}

/** Answers so far; the same attributes and options are compared again and again. */
const known = new Map<string, boolean>();
const mostKnown = 100_000;

/** Does the reward take a for b? */
export function alike(a: string, b: string): boolean {
  const key = `${a.length}:${a}${b}`;
  let answer = known.get(key);
  if (answer === undefined) {
    answer = tokenSetRatio(a, b) > matchAbove;
    if (known.size >= mostKnown) known.clear();
    known.set(key, answer);
  }
  return answer;
}
