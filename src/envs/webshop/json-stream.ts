/** Reads a JSON array or object entry by entry while it streams by, so that files of any size fit and one bad entry spoils only itself. */
import { UserError } from '../../lib/errors.ts';

export interface Entry {
  /** Null in an array. */
  key: string | null;
  value: unknown;
}

/** An entry that is not JSON, or the end of a file that was cut off. */
export interface Fault {
  fault: string;
}

const code = { quote: 34, comma: 44, backslash: 92, open: 91, close: 93, openBrace: 123, closeBrace: 125 };

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

function parse(text: string, inObject: boolean): Entry | Fault {
  try {
    if (!inObject) return { key: null, value: parseLikePython(text) };
    const [entry] = Object.entries(parseLikePython(`{${text}}`) as Record<string, unknown>);
    if (entry) return { key: plainName(entry[0]), value: entry[1] };
  } catch {
    // Said below.
  }
  return { fault: `An entry that begins with ${excerpt(text)} is not JSON; it was left out.` };
}

/** Cuts the text into entries; knows strings and nesting, and leaves the rest to JSON.parse. */
class Splitter {
  private text = '';
  private at = 0;
  private start = 0;
  private depth = 0;
  private inString = false;
  private inObject = false;
  private opened = false;

  constructor(private readonly name: string) {}

  *push(chunk: string): Generator<Entry | Fault> {
    this.text = this.text.slice(this.start) + chunk;
    this.at -= this.start;
    this.start = 0;
    const { text } = this;
    for (; this.at < text.length; this.at++) {
      const char = text.charCodeAt(this.at);
      if (this.inString) {
        if (char === code.backslash) {
          // The escaped sign may be in the next chunk.
          if (this.at + 1 === text.length) break;
          this.at++;
        } else if (char === code.quote) this.inString = false;
      } else if (char === code.quote) {
        if (this.depth === 0) this.refuse();
        this.inString = true;
      } else if (char === code.open || char === code.openBrace) {
        if (this.depth++ > 0) continue;
        this.inObject = char === code.openBrace;
        this.opened = true;
        this.start = this.at + 1;
      } else if (char === code.close || char === code.closeBrace) {
        if (--this.depth > 0) continue;
        yield* this.take();
      } else if (char === code.comma && this.depth === 1) yield* this.take();
      else if (this.depth === 0 && char > 32 && char !== 0xfeff) this.refuse();
    }
  }

  *end(): Generator<Fault> {
    if (this.depth > 0 || this.inString)
      yield { fault: `${this.name} is cut off in the middle of an entry; what stands before it was used.` };
    else if (!this.opened) this.refuse();
  }

  private *take(): Generator<Entry | Fault> {
    const text = this.text.slice(this.start, this.at);
    this.start = this.at + 1;
    if (text.trim() !== '') yield parse(text, this.inObject);
  }

  private refuse(): never {
    const begins = excerpt(this.text.slice(this.start));
    throw new UserError(`${this.name} is neither a JSON list of products nor a table by asin (it begins with ${begins}).`);
  }
}

/** Read at a time; a blob's own stream may hand out everything at once. */
const sliceSize = 1 << 20;

function slices(blob: Blob, onBytes: (count: number) => void): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = 0;
  return new ReadableStream({
    async pull(controller) {
      if (at >= blob.size) return controller.close();
      const bytes = new Uint8Array(await blob.slice(at, at + sliceSize).arrayBuffer());
      at += bytes.length;
      onBytes(bytes.length);
      controller.enqueue(bytes);
    },
  });
}

/** Text of a file, unpacked if it is gzipped; `onBytes` hears how much of the file has been read. */
async function* textOf(blob: Blob, onBytes: (count: number) => void): AsyncGenerator<string> {
  const head = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const packed = head[0] === 0x1f && head[1] === 0x8b;
  const bytes = slices(blob, onBytes);
  const reader = (packed ? bytes.pipeThrough(new DecompressionStream('gzip')) : bytes).getReader();
  const decoder = new TextDecoder();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      yield decoder.decode(value, { stream: true });
    }
    yield decoder.decode();
  } finally {
    // A reader that stops early leaves the rest unread.
    await reader.cancel().catch(() => undefined);
  }
}

/** The entries of a file of JSON, in order. @throws UserError when the file is no JSON list or object at all. */
export async function* jsonEntries(
  blob: Blob,
  name: string,
  onBytes: (count: number) => void = () => undefined,
): AsyncGenerator<Entry | Fault> {
  const splitter = new Splitter(name);
  try {
    for await (const text of textOf(blob, onBytes)) yield* splitter.push(text);
  } catch (error) {
    if (error instanceof UserError) throw error;
    yield { fault: `${name} is damaged and cannot be unpacked to its end; what stands before the damage was used.` };
    return;
  }
  yield* splitter.end();
}

/** The first sign of a file that says something: "[" of a list, "{" of a table. Costs only its beginning. */
export async function firstSign(blob: Blob): Promise<string> {
  try {
    for await (const text of textOf(blob, () => undefined)) {
      const sign = /[^\s\ufeff]/.exec(text);
      if (sign) return sign[0];
    }
  } catch {
    // A file that cannot be unpacked says nothing.
  }
  return '';
}
