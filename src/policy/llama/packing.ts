/** Sequences packed one after another without padding; a beginning that several share stands there, and is computed, once. */

/** Rows from .. from + count - 1 of a packed batch: a sequence, or the rest of one whose beginning is `prefix`. */
export interface Segment {
  from: number;
  count: number;
  /** Rows that come before this segment's own; its owner has no prefix itself, and stands right before those who share it. */
  prefix: { from: number; count: number } | null;
}

/** M rows in all: what the forward pass needs, and worker threads are sent. */
export interface PackedRows {
  ids_M: Int32Array;
  /** Position of each row's token in its sequence. */
  positions_M: Int32Array;
  segments: Segment[];
}

export interface Packed extends PackedRows {
  /** Row of token t of sequence i. */
  rowOf(sequence: number, t: number): number;
}

/** A beginning shorter than this is not worth its own segment. */
const leastShared = 32;

/** Segments of B sequences of T tokens each. */
export function evenSegments(batch: number, time: number): Segment[] {
  return Array.from({ length: batch }, (_, b) => ({ from: b * time, count: time, prefix: null }));
}

function commonLength(a: ArrayLike<number>, b: ArrayLike<number>, limit: number): number {
  const end = Math.min(a.length, b.length, limit);
  for (let t = 0; t < end; t++) if (a[t] !== b[t]) return t;
  return end;
}

/** Order by tokens: sequences with a common beginning become neighbours. */
export function byTokens(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const common = commonLength(a, b, Infinity);
  return (a[common] ?? -1) - (b[common] ?? -1);
}

/** Tokens that a sequence need not bring along after `before`. */
export function sharedLength(before: ArrayLike<number>, sequence: ArrayLike<number>): number {
  const common = commonLength(before, sequence, Infinity);
  return common < leastShared ? 0 : common;
}

/** How many of the sequences from `first` on share a beginning worth sharing, and its length; [1, 0] when the next one does not. */
function family(sequences: readonly ArrayLike<number>[], first: number): [members: number, shared: number] {
  const start = sequences[first] as ArrayLike<number>;
  let shared = Infinity;
  let next = first + 1;
  for (; next < sequences.length; next++) {
    const common = commonLength(start, sequences[next] as ArrayLike<number>, shared);
    // A relative that would halve what the others share stays outside.
    if (common < leastShared || (Number.isFinite(shared) && common < shared / 2)) break;
    shared = common;
  }
  return next === first + 1 ? [1, 0] : [next - first, shared];
}

/** @param sequences none empty; neighbours with a common beginning share it (sort with `byTokens` first). */
export function packSequences(sequences: readonly ArrayLike<number>[]): Packed {
  const ids: number[] = [];
  const positions: number[] = [];
  const segments: Segment[] = [];
  const places: { prefix: Segment['prefix']; from: number }[] = [];
  const add = (sequence: ArrayLike<number>, start: number, end: number, prefix: Segment['prefix']): Segment => {
    const segment = { from: ids.length, count: end - start, prefix };
    for (let t = start; t < end; t++) {
      ids.push(sequence[t] as number);
      positions.push(t);
    }
    if (segment.count > 0) segments.push(segment);
    return segment;
  };
  for (let first = 0; first < sequences.length;) {
    const [members, shared] = family(sequences, first);
    const start = sequences[first] as ArrayLike<number>;
    const prefix = shared > 0 ? add(start, 0, shared, null) : null;
    for (const sequence of sequences.slice(first, first + members)) {
      const rows = prefix && { from: prefix.from, count: prefix.count };
      places.push({ prefix: rows, from: add(sequence, shared, sequence.length, rows).from });
    }
    first += members;
  }
  return {
    ids_M: Int32Array.from(ids),
    positions_M: Int32Array.from(positions),
    segments,
    rowOf: (sequence, t) => {
      const { prefix, from } = places[sequence] as (typeof places)[number];
      return prefix ? (t < prefix.count ? prefix.from + t : from + t - prefix.count) : from + t;
    },
  };
}
