/** Full-text search that returns Lucene's lists and scores to the last bit: BM25 with k1 0.9, b 0.4, ties by id. */
import { analyze } from './analyzer.ts';
import { byCodePoints } from '../python.ts';

const k1 = Math.fround(0.9);
const b = Math.fround(0.4);
const f = Math.fround;

/** SmallFloat.intToByte4: a document's length is kept in one byte, exact below 40, then with four significant bits. */
export function lengthToByte(length: number): number {
  if (length < 24) return length;
  const rest = length - 24;
  const bits = 32 - Math.clz32(rest);
  return 24 + (bits < 4 ? rest : ((bits - 3) << 3) | ((rest >>> (bits - 4)) & 7));
}

export function byteToLength(byte: number): number {
  if (byte < 24) return byte;
  const shift = ((byte - 24) >>> 3) - 1;
  const bits = (byte - 24) & 7;
  return 24 + (shift < 0 ? bits : (bits | 8) << shift);
}

export interface Hits {
  /** Document numbers, best first. */
  docs: number[];
  scores: number[];
}

/** Collects documents; `finish` makes the index. */
export class IndexBuilder {
  private readonly termIds = new Map<string, number>();
  private readonly lengths: number[] = [];
  /** Per posting, in order of documents. */
  private terms = new Int32Array(1 << 16);
  private docs = new Int32Array(1 << 16);
  private counts = new Uint16Array(1 << 16);
  private size = 0;
  private totalLength = 0;

  add(text: string): void {
    const doc = this.lengths.length;
    const terms = analyze(text);
    const seen = new Map<string, number>();
    for (const term of terms) seen.set(term, (seen.get(term) ?? 0) + 1);
    for (const [term, count] of seen) {
      let id = this.termIds.get(term);
      if (id === undefined) {
        id = this.termIds.size;
        this.termIds.set(term, id);
      }
      if (this.size === this.terms.length) this.grow();
      this.terms[this.size] = id;
      this.docs[this.size] = doc;
      this.counts[this.size++] = Math.min(count, 65535);
    }
    this.lengths.push(terms.length);
    this.totalLength += terms.length;
  }

  private grow(): void {
    const size = this.size * 2;
    const [terms, docs, counts] = [new Int32Array(size), new Int32Array(size), new Uint16Array(size)];
    terms.set(this.terms);
    docs.set(this.docs);
    counts.set(this.counts);
    [this.terms, this.docs, this.counts] = [terms, docs, counts];
  }

  /** @param ids one per document; ties between equal scores go to the smaller id. */
  finish(ids: readonly string[]): SearchIndex {
    const starts = new Int32Array(this.termIds.size + 1);
    for (let i = 0; i < this.size; i++) starts[(this.terms[i] as number) + 1]!++;
    for (let t = 0; t < this.termIds.size; t++) starts[t + 1]! += starts[t] as number;
    const next = starts.slice();
    const docs = new Int32Array(this.size);
    const counts = new Uint16Array(this.size);
    for (let i = 0; i < this.size; i++) {
      const to = next[this.terms[i] as number]!++;
      docs[to] = this.docs[i] as number;
      counts[to] = this.counts[i] as number;
    }
    return new SearchIndex(this.termIds, starts, docs, counts, Uint8Array.from(this.lengths, lengthToByte), this.totalLength, ids);
  }
}

export class SearchIndex {
  /** Documents with at least one term. */
  private readonly docCount: number;
  /** Per length byte: 1 / (k1 (1 - b + b length / average)). */
  private readonly normOf = new Float32Array(256);
  /** Per document: its place in the order of ids. */
  private readonly rank: Int32Array;
  private readonly score: Float64Array;

  constructor(
    private readonly termIds: ReadonlyMap<string, number>,
    private readonly starts: Int32Array,
    private readonly docs: Int32Array,
    private readonly counts: Uint16Array,
    private readonly lengthBytes: Uint8Array,
    totalLength: number,
    ids: readonly string[],
  ) {
    this.docCount = lengthBytes.reduce((n, byte) => n + (byte > 0 ? 1 : 0), 0);
    const average = f(totalLength / this.docCount);
    for (let byte = 0; byte < 256; byte++) {
      const share = f(f(1 - b) + f(f(b * byteToLength(byte)) / average));
      this.normOf[byte] = 1 / f(k1 * share);
    }
    this.score = new Float64Array(ids.length);
    this.rank = new Int32Array(ids.length);
    const order = ids.map((_, i) => i).sort((x, y) => byCodePoints(ids[x] as string, ids[y] as string));
    order.forEach((doc, place) => (this.rank[doc] = place));
  }

  /** The `most` best documents for a bag of words; a repeated word counts as often as it stands there. */
  search(query: string, most: number): Hits {
    const { score, docs, counts } = this;
    const boosts = new Map<string, number>();
    for (const term of analyze(query)) boosts.set(term, (boosts.get(term) ?? 0) + 1);
    const touched: number[] = [];
    for (const [term, boost] of boosts) {
      const id = this.termIds.get(term);
      if (id === undefined) continue;
      const [start, end] = [this.starts[id] as number, this.starts[id + 1] as number];
      const idf = f(Math.log(1 + (this.docCount - (end - start) + 0.5) / (end - start + 0.5)));
      const weight = f(boost * idf);
      for (let i = start; i < end; i++) {
        const doc = docs[i] as number;
        const norm = this.normOf[this.lengthBytes[doc] as number] as number;
        const before = score[doc] as number;
        if (before === 0) touched.push(doc);
        // Each term in single precision, their sum in double, as Lucene does.
        score[doc] = before + f(weight - f(weight / f(1 + f((counts[i] as number) * norm))));
      }
    }
    return this.best(touched, most);
  }

  /** Picks the best of `touched` and clears their scores. */
  private best(touched: readonly number[], most: number): Hits {
    const { score, rank } = this;
    const found: { doc: number; score: number }[] = [];
    const better = (x: { doc: number; score: number }, doc: number, value: number): boolean =>
      x.score > value || (x.score === value && (rank[x.doc] as number) < (rank[doc] as number));
    for (const doc of touched) {
      const value = f(score[doc] as number);
      score[doc] = 0;
      const last = found[most - 1];
      if (last && (value < last.score || better(last, doc, value))) continue;
      let low = 0;
      for (let high = found.length; low < high;) {
        const middle = (low + high) >> 1;
        if (better(found[middle] as (typeof found)[number], doc, value)) low = middle + 1;
        else high = middle;
      }
      if (found.length === most) found.pop();
      found.splice(low, 0, { doc, score: value });
    }
    return { docs: found.map((hit) => hit.doc), scores: found.map((hit) => hit.score) };
  }
}
