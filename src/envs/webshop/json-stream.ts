/** Reads a JSON array or object entry by entry while it streams by, so that files of any size fit and one bad entry spoils only itself. */
import { UserError } from '../../lib/errors.ts';
import { Decoder, textOf } from './text-stream.ts';

export interface Entry {
  /** Null in an array. */
  key: string | null;
  value: unknown;
}

/** An entry that is not JSON, or the end of a file that was cut off. */
export interface Fault {
  fault: string;
}

/** Something about a whole file that a person should know, though nothing was left out for it. */
export interface Remark {
  remark: string;
}

const code = { quote: 34, comma: 44, colon: 58, backslash: 92, open: 91, close: 93, openBrace: 123, closeBrace: 125 };

const isClosing = (sign: number): boolean => sign === code.close || sign === code.closeBrace;

const excerpt = (text: string): string => JSON.stringify(text.trim().slice(0, 40));

/** Stands before names that are whole numbers, which an object of JavaScript would move to its front. */
const numberMark = '\0';
const numberNames = /"(?=\d+"\s*:)/g;

/** A name as it stands in the file. */
export const plainName = (name: string): string => (name.startsWith(numberMark) ? name.slice(1) : name);

/** Strings, and the three words outside of strings that Python writes and reads as numbers although JSON has none of them. */
const notFinite = /"(?:[^"\\]+|\\.)*"|-?Infinity|NaN/g;

/** JSON as Python reads it: objects keep the order of their names, and NaN and infinities come as infinite numbers. */
function parseLikePython(text: string): unknown {
  const ordered = text.replace(numberNames, '"\\u0000');
  try {
    return JSON.parse(ordered) as unknown;
  } catch (error) {
    if (!/NaN|Infinity/.test(ordered)) throw error;
    return JSON.parse(ordered.replace(notFinite, (found) => (found.startsWith('"') ? found : '1e999'))) as unknown;
  }
}

function parse(text: string, inObject: boolean): Entry | null {
  try {
    if (!inObject) return { key: null, value: parseLikePython(text) };
    const [entry] = Object.entries(parseLikePython(`{${text}}`) as Record<string, unknown>);
    if (entry) return { key: plainName(entry[0]), value: entry[1] };
  } catch {
    // Said by the caller.
  }
  return null;
}

const notJson = (text: string): string => `An entry that begins with ${excerpt(text)} is not JSON`;

/** What begins an entry of a table: an asin, and an object or a list. */
const tableEntry = /,\s*"[0-9A-Z]{10}"\s*:\s*[{[]/g;

/** The same before its value, within another one's. */
const nestedEntry = /[,{[\]}]\s*"[0-9A-Z]{10}"\s*:\s*$/;

/** Kept of what is skipped, so that the beginning of an entry is found that two chunks share. */
const overlap = 1000;

/**
 * Cuts the text into entries; knows strings and nesting, and leaves the rest to JSON.parse.
 * Damage shows at the next sign that cannot stand where it does; from there it goes on with what looks like the beginning of an entry.
 */
class Splitter {
  private text = '';
  private at = 0;
  private start = 0;
  /** The brackets that are open, as the signs that close them; the first is the file's own. */
  private readonly open: number[] = [];
  private inString = false;
  private inObject = false;
  private opened = false;
  /** The last sign outside of strings and blanks; a quote stands for a whole string. */
  private before = 0;
  /** What to say if the next entry is found, and if none is; null while all is well. */
  private lost: { found: string; ended: string } | null = null;
  /** What begins an entry of a list; the first name of the first good one is among these. */
  private listEntry = /\{\s*"(?:asin|name)"\s*:/g;
  private learned = false;
  /** Signs looked at again after damage: never more than were read, so that work stays in proportion to the file. */
  private again = 0;
  private read = 0;

  constructor(private readonly name: string) {}

  *push(chunk: string): Generator<Entry | Fault> {
    this.text = this.text.slice(this.start) + chunk;
    this.at -= this.start;
    this.start = 0;
    this.read += chunk.length;
    for (;;) {
      if (this.lost) yield* this.seek();
      if (this.lost) return;
      yield* this.scan();
      if (!this.lost) return;
    }
  }

  *end(): Generator<Entry | Fault> {
    if (this.lost) yield { fault: this.lost.ended };
    else if (!this.opened) this.refuse();
    else if (this.open.length === 1 && !this.inString) {
      yield* this.take();
      yield { fault: `${this.name} is cut off: its last bracket is missing; what stands before its end was used.` };
    } else if (this.open.length > 0) yield { fault: `${this.name} is cut off in the middle of an entry; what stands before it was used.` };
  }

  /** Reads on until the text ends or damage is met. */
  private *scan(): Generator<Entry | Fault> {
    const { text, open } = this;
    for (; this.at < text.length; this.at++) {
      const sign = text.charCodeAt(this.at);
      if (this.inString) {
        if (sign === code.backslash) {
          // The escaped sign may be in the next chunk.
          if (this.at + 1 === text.length) return;
          this.at++;
        } else if (sign === code.quote) this.inString = false;
        continue;
      }
      if (sign <= 32 || sign === 0xfeff) continue;
      if (open.length === 0 && this.opened) {
        // Closed too early, or one of several lists: what looks like an entry is one.
        if (sign === code.comma || isClosing(sign)) continue;
        if (sign !== (this.inObject ? code.quote : code.openBrace) && (this.inObject || sign !== code.open)) return this.lose();
        open.push(this.inObject ? code.closeBrace : code.close);
        this.start = this.at;
        this.before = code.comma;
      }
      // A list within the list comes from joining files, or from a bracket too many: its entries are the list's.
      if (sign === code.openBrace && open.length === 2 && !this.inObject && /^[[,\s]*$/.test(text.slice(this.start, this.at))) {
        open.pop();
        this.start = this.at;
      }
      if (!this.fits(sign)) {
        if (open.length === 1 && parse(text.slice(this.start, this.at), this.inObject)) {
          // A comma is missing between two whole entries, or a bracket stands there that closes nothing.
          yield* this.take();
          this.before = code.comma;
          if (isClosing(sign)) continue;
          this.start = this.at;
        } else if (open.length === 1 && isClosing(sign) && text.slice(this.start, this.at).trim() === '') {
          this.start = this.at + 1;
          continue;
        } else return this.lose();
      }
      this.before = sign;
      if (sign === code.quote) this.inString = true;
      else if (sign === code.open || sign === code.openBrace) {
        open.push(sign === code.open ? code.close : code.closeBrace);
        if (open.length > 1) continue;
        this.inObject = sign === code.openBrace;
        this.opened = true;
        this.start = this.at + 1;
      } else if (isClosing(sign)) {
        if (open.length === 1) yield* this.take();
        open.pop();
      } else if (sign === code.comma && open.length === 1) yield* this.take();
    }
  }

  /** May this sign come next? Whatever is not about brackets, strings and commas is left to JSON.parse. */
  private fits(sign: number): boolean {
    const { before, open } = this;
    const opens = sign === code.open || sign === code.openBrace;
    if (open.length === 0) return opens || this.refuse();
    if (isClosing(sign)) return sign === open[open.length - 1];
    if (before === code.quote) return sign === code.comma || sign === code.colon;
    if (isClosing(before)) return sign === code.comma;
    // An asin's value within another's: that one was not closed.
    if (
      opens &&
      before === code.colon &&
      this.inObject &&
      open.length > 1 &&
      nestedEntry.test(this.text.slice(this.start, this.at).slice(-200))
    )
      return false;
    // Within an object a value has a name before it.
    return !(opens && (before === code.comma || before === code.openBrace) && open[open.length - 1] === code.closeBrace);
  }

  private lose(): void {
    const rest = this.text.slice(this.start);
    if (this.open.length === 0) {
      const what = `${this.name} goes on after its end with ${excerpt(this.text.slice(this.at))}; that was left out.`;
      this.lost = { found: what, ended: what };
    } else {
      const what = notJson(rest);
      this.lost = { found: `${what}; it was left out.`, ended: `${what}; it and all that follows it in ${this.name} was left out.` };
    }
    // The entry after the damaged one may have begun before the damage showed.
    if (this.open.length === 0 || this.again > this.read) this.start = this.at;
    else this.start += rest.search(/\S/) + 1;
    this.again += this.at - this.start;
    this.at = this.start;
  }

  /** Looks for the beginning of an entry. */
  private *seek(): Generator<Fault> {
    const pattern = this.inObject ? tableEntry : this.listEntry;
    pattern.lastIndex = this.at;
    const next = pattern.exec(this.text);
    if (!next) {
      this.at = this.start = Math.max(this.at, this.text.length - overlap);
      return;
    }
    if (this.lost) yield { fault: this.lost.found };
    this.lost = null;
    this.inString = false;
    this.open.splice(0, Infinity, this.inObject ? code.closeBrace : code.close);
    this.before = code.comma;
    this.at = this.start = next.index + (this.inObject ? 1 : 0);
  }

  private *take(): Generator<Entry | Fault> {
    const text = this.text.slice(this.start, this.at);
    this.start = this.at + 1;
    if (text.trim() === '') return;
    const entry = parse(text, this.inObject);
    if (entry && !this.learned) this.learn(text);
    yield entry ?? { fault: `${notJson(text)}; it was left out.` };
  }

  private learn(text: string): void {
    this.learned = true;
    const first = /^\s*\{\s*"(\w+)"/.exec(text)?.[1];
    if (first !== undefined) this.listEntry = new RegExp(`\\{\\s*"(?:asin|name|${first})"\\s*:`, 'g');
  }

  private refuse(): never {
    const begins = excerpt(this.text.slice(this.start));
    throw new UserError(`${this.name} is neither a JSON list of products nor a table by asin (it begins with ${begins}).`);
  }
}

/**
 * The entries of a file of JSON, in order; damage costs the damaged entry.
 * @throws UserError when the file is no JSON list or object at all.
 */
export async function* jsonEntries(
  blob: Blob,
  name: string,
  onBytes: (count: number) => void = () => undefined,
): AsyncGenerator<Entry | Fault | Remark> {
  const splitter = new Splitter(name);
  const decoder = new Decoder();
  try {
    for await (const text of textOf(blob, decoder, onBytes)) yield* splitter.push(text);
    yield* splitter.end();
  } catch (error) {
    if (error instanceof UserError) throw error;
    yield { fault: `${name} is damaged and cannot be unpacked to its end; what stands before the damage was used.` };
  }
  const { unreadable } = decoder;
  if (unreadable > 0)
    yield {
      remark: `${name} is not in UTF-8: signs that could not be read stand as "\ufffd" in its texts, ${unreadable} in all; save the file as UTF-8 and load it again.`,
    };
}
