/** Which rows of a long list are in sight. */

/** Where each of N rows begins, and where the last one ends: N + 1 numbers. */
export function offsetsOf(heights: readonly number[]): Float64Array {
  const offsets = new Float64Array(heights.length + 1);
  heights.forEach((height, i) => (offsets[i + 1] = (offsets[i] as number) + height));
  return offsets;
}

/** The rows [first, last) that touch the span between two positions. */
export function sliceAt(offsets: Float64Array, from: number, to: number): { first: number; last: number } {
  const rows = offsets.length - 1;
  // The last row that begins at or before a position.
  const at = (position: number): number => {
    let [low, high] = [0, rows];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((offsets[middle] as number) <= position) low = middle;
      else high = middle - 1;
    }
    return Math.min(low, Math.max(0, rows - 1));
  };
  if (rows === 0) return { first: 0, last: 0 };
  return { first: at(from), last: at(Math.max(from, to)) + 1 };
}
