/** Values as Python writes them: the original's pages and comparisons contain repr(), str() and json.dumps(). */

/** Orders by code points, as Python compares strings; `<` in JavaScript compares UTF-16 units. */
export function byCodePoints(a: string, b: string): number {
  const n = Math.min(a.length, b.length);
  for (let i = 0; i < n; i++) {
    const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (x === y) continue;
    // Surrogates stand for code points above all others.
    const [high, low] = [x >= 0xd800 && x < 0xe000, y >= 0xd800 && y < 0xe000];
    return high === low ? x - y : high ? 1 : -1;
  }
  return a.length - b.length;
}

const space = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+';
const outerSpace = new RegExp(`^${space}|${space}$`, 'g');

/** str.strip(): differs from trim() in U+001C-001F and U+0085 (stripped) and U+FEFF (kept). */
export function strip(text: string): string {
  // Almost every text begins and ends with plain letters.
  const [first, last] = [text.charCodeAt(0), text.charCodeAt(text.length - 1)];
  return first > 0x20 && first < 0x80 && last > 0x20 && last < 0x80 ? text : text.replace(outerSpace, '');
}

/** repr() of a float: always with a point or an exponent. */
export function floatRepr(x: number): string {
  if (!Number.isFinite(x)) return Number.isNaN(x) ? 'nan' : x > 0 ? 'inf' : '-inf';
  if (x === 0) return Object.is(x, -0) ? '-0.0' : '0.0';
  const [digits, power] = x.toExponential().split('e') as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 16) {
    const plain = exponent < 0 ? x.toFixed(-exponent + digits.replace(/[-.]/g, '').length - 1) : String(x);
    return plain.includes('.') ? plain : `${plain}.0`;
  }
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** What repr() does not print as it is: controls, formats, unassigned, private, and every space but " ". */
const unprintable = /[^\P{C}]|[\p{Zl}\p{Zp}]|(?! )\p{Zs}/u;
const named: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** repr() of a string. */
export function stringRepr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let out = '';
  for (const char of text) {
    if (char === quote) out += `\\${char}`;
    else if (named[char] !== undefined) out += named[char];
    else if (unprintable.test(char)) {
      const code = char.codePointAt(0) as number;
      const [mark, width] = code < 0x100 ? ['x', 2] : code < 0x10000 ? ['u', 4] : ['U', 8];
      out += `\\${mark}${code.toString(16).padStart(width as number, '0')}`;
    } else out += char;
  }
  return quote + out + quote;
}

/** str() of a dict of strings. */
export function dictRepr(entries: Iterable<readonly [string, string]>): string {
  return `{${Array.from(entries, ([key, value]) => `${stringRepr(key)}: ${stringRepr(value)}`).join(', ')}}`;
}

/** json.dumps() of a string: ASCII only. */
export function stringJson(text: string): string {
  return JSON.stringify(text).replace(/[\x7f-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** json.dumps() of a dict of strings (or nulls), with Python's separators. */
export function dictJson(entries: Iterable<readonly [string, string | null]>): string {
  return `{${Array.from(entries, ([key, value]) => `${stringJson(key)}: ${value === null ? 'null' : stringJson(value)}`).join(', ')}}`;
}

/** The same inside a page: sorted by key, and with the signs of HTML as escapes. */
export function htmlJson(entries: Iterable<readonly [string, string | null]>): string {
  const sorted = [...entries].sort(([a], [b]) => byCodePoints(a, b));
  return dictJson(sorted).replace(/[<>&']/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
}

/** round(): halves go to the even neighbour. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}
