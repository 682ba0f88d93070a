/** Small statistics: means and intervals. */

export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, v) => sum + v, 0) / values.length;
}

/** Population standard deviation, as in the paper's group statistics. */
export function populationStd(values: readonly number[]): number {
  const mu = mean(values);
  return Math.sqrt(mean(values.map((v) => (v - mu) ** 2)));
}

/**
 * Wilson score interval of a proportion at 95 %.
 * @returns [low, high]; [0, 1] when n is 0.
 */
export function wilson(won: number, n: number): [number, number] {
  if (n === 0) return [0, 1];
  const z = 1.959963984540054;
  const p = won / n;
  const centre = p + (z * z) / (2 * n);
  const spread = z * Math.sqrt((p * (1 - p)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  // At the ends the bound is exactly 0 or 1; rounding must not say otherwise.
  return [won === 0 ? 0 : (centre - spread) / scale, won === n ? 1 : (centre + spread) / scale];
}
