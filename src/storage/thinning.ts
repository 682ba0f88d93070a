/** Which weights of earlier iterations are given up when they take too much room. */

/**
 * Those with the nearest neighbours go, older ones first, so that what stays is spread over the run; the first and the newest stay.
 * @param iterations ascending. @returns the ones to delete, so that `most` stay.
 */
export function thinned(iterations: readonly number[], most: number): number[] {
  const kept = [...iterations];
  const gone: number[] = [];
  while (kept.length > Math.max(2, most)) {
    const gap = (i: number) => (kept[i + 1] as number) - (kept[i - 1] as number);
    let nearest = 1;
    for (let i = 2; i < kept.length - 1; i++) if (gap(i) < gap(nearest)) nearest = i;
    gone.push(...kept.splice(nearest, 1));
  }
  return gone;
}
