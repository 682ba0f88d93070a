/** Smoothing of a noisy curve: an exponential average that is not pulled towards zero at its beginning. */

/** @param keep how much of the past stays at each step, 0 (raw) to below 1. Gaps stay gaps. */
export function smoothed(values: readonly (number | null)[], keep: number): (number | null)[] {
  let sum = 0;
  let weight = 0;
  return values.map((value) => {
    if (value === null) return null;
    sum = keep * sum + (1 - keep) * value;
    weight = keep * weight + (1 - keep);
    return sum / weight;
  });
}
