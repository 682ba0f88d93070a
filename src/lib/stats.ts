/** Small statistics: means, intervals, a paired test. */
import type { Rng } from './rng.ts';

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

/** Value below which a share of the sorted values lies, linear between neighbours. */
export function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? NaN;
  const high = sorted[Math.ceil(at)] ?? NaN;
  return low + (at - Math.floor(at)) * (high - low);
}

const RESAMPLES = 2000;

/**
 * Percentile bootstrap interval (95 %) of the mean of a table of results: S runs (seeds) play the same N games.
 * Both are resampled, since both were drawn: other seeds and other games would have given other numbers.
 * @param values_S_N rows of equal length.
 */
export function bootstrap(values_S_N: readonly (readonly number[])[], rng: Rng): [number, number] {
  const runs = values_S_N.length;
  const games = values_S_N[0]?.length ?? 0;
  if (runs === 0 || games === 0) return [NaN, NaN];
  const means = Array.from({ length: RESAMPLES }, () => {
    const columns = Array.from({ length: games }, () => rng.below(games));
    let sum = 0;
    for (let s = 0; s < runs; s++) {
      const row = values_S_N[rng.below(runs)] as readonly number[];
      for (const n of columns) sum += row[n] as number;
    }
    return sum / (runs * games);
  }).sort((a, b) => a - b);
  return [quantile(means, 0.025), quantile(means, 0.975)];
}

/** Up to this many pairs every assignment of signs is tried; above it, this many random ones are. */
const EXACT = 14;
const SIGNS = 10_000;

/**
 * Two-sided paired permutation test (sign flips): how often would random signs give a mean difference at least as large?
 * Exact up to `exact` non-zero differences, else 10,000 random assignments (counting the observed one). 1 when nothing differs.
 * Of S differences the smallest possible value is 2/2^S: all of one sign.
 */
export function pairedTest(differences: readonly number[], rng: Rng, exact = EXACT): number {
  const some = differences.filter((d) => d !== 0);
  if (some.length === 0) return 1;
  // A hair below, so that equal sums in another order count as equal.
  const observed = Math.abs(some.reduce((sum, d) => sum + d, 0)) - 1e-9;
  let extreme = 0;
  if (some.length <= exact) {
    for (let signs = 0; signs < 1 << some.length; signs++) {
      const sum = some.reduce((total, d, i) => total + (signs & (1 << i) ? d : -d), 0);
      if (Math.abs(sum) >= observed) extreme++;
    }
    return extreme / (1 << some.length);
  }
  for (let i = 0; i < SIGNS; i++) {
    const sum = some.reduce((total, d) => total + (rng.uint32() & 1 ? d : -d), 0);
    if (Math.abs(sum) >= observed) extreme++;
  }
  return (extreme + 1) / (SIGNS + 1);
}
