/** Text of a file of any size, a part at a time: unpacked if it is gzipped, from UTF-8 or UTF-16. */

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

/** Decodes UTF-8, or UTF-16 where the first two bytes tell it, and counts what is neither. */
export class Decoder {
  private decoder: TextDecoder | null = null;
  /** Throws where the other puts "\ufffd", which a file may also hold by right. */
  private readonly strict = new TextDecoder('utf-8', { fatal: true });
  private sound = true;
  /** Signs that could not be read. */
  unreadable = 0;

  decode(bytes?: Uint8Array<ArrayBuffer>): string {
    if (!this.decoder) {
      const [first = 1, second = 1] = bytes ?? [];
      const little = (first === 0xff && second === 0xfe) || (first !== 0 && second === 0);
      const big = (first === 0xfe && second === 0xff) || (first === 0 && second !== 0);
      this.decoder = new TextDecoder(little ? 'utf-16le' : big ? 'utf-16be' : 'utf-8');
    }
    const text = this.decoder.decode(bytes, { stream: bytes !== undefined });
    if (this.decoder.encoding !== 'utf-8') return text;
    try {
      if (this.sound) this.strict.decode(bytes, { stream: bytes !== undefined });
    } catch {
      this.sound = false;
    }
    if (!this.sound) this.unreadable += text.split('\ufffd').length - 1;
    return text;
  }
}

/** Text of a file, unpacked if it is gzipped; `onBytes` hears how much of the file has been read. */
export async function* textOf(blob: Blob, decoder: Decoder, onBytes: (count: number) => void): AsyncGenerator<string> {
  const head = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  const packed = head[0] === 0x1f && head[1] === 0x8b;
  const bytes = slices(blob, onBytes);
  const reader = (packed ? bytes.pipeThrough(new DecompressionStream('gzip')) : bytes).getReader();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      yield decoder.decode(value);
    }
    yield decoder.decode();
  } finally {
    // A reader that stops early leaves the rest unread.
    await reader.cancel().catch(() => undefined);
  }
}

/** The first sign of a file that says something: "[" of a list, "{" of a table. Costs only its beginning. */
export async function firstSign(blob: Blob): Promise<string> {
  try {
    for await (const text of textOf(blob, new Decoder(), () => undefined)) {
      const sign = /[^\s\ufeff]/.exec(text);
      if (sign) return sign[0];
    }
  } catch {
    // A file that cannot be unpacked says nothing.
  }
  return '';
}
