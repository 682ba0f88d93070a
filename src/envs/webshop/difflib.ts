/** Python's difflib.SequenceMatcher(None, a, b).ratio(): the similarity that the reward is defined by. */

/** From this length on, elements of b that stand in more than 1 % of its places are not looked up. */
const autojunkLength = 200;

/** Where each element stands in b, ascending. */
function positions(b: readonly string[]): Map<string, number[]> {
  const places = new Map<string, number[]>();
  b.forEach((element, j) => {
    const known = places.get(element);
    if (known) known.push(j);
    else places.set(element, [j]);
  });
  if (b.length >= autojunkLength) {
    const most = Math.floor(b.length / 100) + 1;
    for (const [element, list] of places) if (list.length > most) places.delete(element);
  }
  return places;
}

const nowhere: number[] = [];

/** How many elements of a and b the longest common block, and recursively what lies left and right of it, cover. */
function matches(a: readonly string[], b: readonly string[]): number {
  const places = positions(b);
  const waiting: [aLow: number, aHigh: number, bLow: number, bHigh: number][] = [[0, a.length, 0, b.length]];
  let covered = 0;
  // Lengths of the common run that ends at b[j], for the last and the present element of a.
  let last = new Int32Array(b.length + 1);
  let present = new Int32Array(b.length + 1);
  for (let job = waiting.pop(); job; job = waiting.pop()) {
    const [aLow, aHigh, bLow, bHigh] = job;
    let [bestA, bestB, best] = [aLow, bLow, 0];
    last.fill(0, bLow, bHigh + 1);
    for (let i = aLow; i < aHigh; i++) {
      present.fill(0, bLow, bHigh + 1);
      for (const j of places.get(a[i] as string) ?? nowhere) {
        if (j < bLow) continue;
        if (j >= bHigh) break;
        const run = (last[j] as number) + 1;
        present[j + 1] = run;
        if (run > best) [bestA, bestB, best] = [i - run + 1, j - run + 1, run];
      }
      [last, present] = [present, last];
    }
    // Elements that were not looked up still lengthen a block.
    while (bestA > aLow && bestB > bLow && a[bestA - 1] === b[bestB - 1]) [bestA, bestB, best] = [bestA - 1, bestB - 1, best + 1];
    while (bestA + best < aHigh && bestB + best < bHigh && a[bestA + best] === b[bestB + best]) best++;
    if (best === 0) continue;
    covered += best;
    if (aLow < bestA && bLow < bestB) waiting.push([aLow, bestA, bLow, bestB]);
    if (bestA + best < aHigh && bestB + best < bHigh) waiting.push([bestA + best, aHigh, bestB + best, bHigh]);
  }
  return covered;
}

/** 2 M / T over code points; not symmetric in its arguments. */
export function ratio(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  const total = left.length + right.length;
  return total === 0 ? 1 : (2 * matches(left, right)) / total;
}
