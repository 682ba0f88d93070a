/** The kernels' formulas in plain loops and double precision, written from their definitions: tests compare with them. */
import type { AttentionShape } from './attention.ts';

/** A matrix row by row, in double precision. */
export type Numbers = readonly number[];

const get = (x: Numbers, i: number): number => x[i] as number;
const rowOf = (x: Numbers, row: number, width: number): Numbers => x.slice(row * width, (row + 1) * width);
const sum = (x: Numbers): number => x.reduce((a, b) => a + b, 0);
const dot = (a: Numbers, b: Numbers): number => a.reduce((s, v, i) => s + v * get(b, i), 0);

/** [M, N] of f(m, n) */
function matrix(rows: number, columns: number, f: (row: number, column: number) => number): number[] {
  return Array.from({ length: rows * columns }, (_, i) => f(Math.floor(i / columns), i % columns));
}

/** x [M, K] y [K, N], either given transposed. */
export function product(x: Numbers, y: Numbers, m: number, k: number, n: number, transposed = false): number[] {
  return matrix(m, n, (i, j) => {
    let s = 0;
    for (let q = 0; q < k; q++) s += transposed ? get(x, q * m + i) * get(y, j * k + q) : get(x, i * k + q) * get(y, q * n + j);
    return s;
  });
}

export function rmsNormed(x: Numbers, w: Numbers, eps: number): number[] {
  const width = w.length;
  return matrix(x.length / width, width, (row, i) => {
    const own = rowOf(x, row, width);
    return (get(own, i) / Math.sqrt(dot(own, own) / width + eps)) * get(w, i);
  });
}

/** x [M, 2 F] -> [M, F] */
export function swish(x: Numbers, width: number): number[] {
  return matrix(x.length / width / 2, width, (row, i) => {
    const gate = get(x, 2 * width * row + i);
    return (gate / (1 + Math.exp(-gate))) * get(x, 2 * width * row + width + i);
  });
}

/** Turns the pairs (i, i + K/2) of the first heads of each row, as complex numbers, by position times frequency. */
export function rotated(x: Numbers, positions: Numbers, heads: number, headWidth: number, theta: number): number[] {
  const width = x.length / positions.length;
  const half = headWidth / 2;
  return matrix(positions.length, width, (row, column) => {
    const value = get(x, row * width + column);
    if (column >= heads * headWidth) return value;
    const i = column % headWidth;
    const angle = get(positions, row) / theta ** ((2 * (i % half)) / headWidth);
    const other = get(x, row * width + column + (i < half ? half : -half));
    return value * Math.cos(angle) + (i < half ? -other : other) * Math.sin(angle);
  });
}

/** One query's mean of values under softmax(q . k / sqrt K). */
function attend(query: Numbers, keys: readonly Numbers[], values: readonly Numbers[]): number[] {
  const scores = keys.map((key) => dot(query, key) / Math.sqrt(query.length));
  const top = Math.max(...scores);
  const weights = scores.map((score) => Math.exp(score - top));
  const total = sum(weights);
  return query.map((_, i) => weights.reduce((s, weight, t) => s + (weight / total) * get(values[t] as Numbers, i), 0));
}

/** qkv [M, (H + 2 KV) K] -> [M, H K] */
export function attended(qkv: Numbers, { segments, heads, kvHeads, headWidth }: AttentionShape): number[] {
  const width = (heads + 2 * kvHeads) * headWidth;
  const head = (row: number, at: number): Numbers => qkv.slice(row * width + at * headWidth, row * width + (at + 1) * headWidth);
  return segments.flatMap(({ from, count, prefix }) =>
    Array.from({ length: count }, (_, t) => {
      const before = prefix ? Array.from({ length: prefix.count }, (_, p) => prefix.from + p) : [];
      const seen = [...before, ...Array.from({ length: t + 1 }, (_, own) => from + own)];
      return Array.from({ length: heads }, (_, h) => {
        const shared = Math.floor((h * kvHeads) / heads);
        return attend(
          head(from + t, h),
          seen.map((row) => head(row, heads + shared)),
          seen.map((row) => head(row, heads + kvHeads + shared)),
        );
      }).flat();
    }).flat(),
  );
}

function logSoftmax(x: Numbers): number[] {
  const top = Math.max(...x);
  const lse = top + Math.log(sum(x.map((v) => Math.exp(v - top))));
  return x.map((v) => v - lse);
}

export function chosenLogs(x: Numbers, chosen: Numbers): number[] {
  const width = x.length / chosen.length;
  return chosen.map((at, n) => get(logSoftmax(rowOf(x, n, width)), at));
}

/** h [N, D], e [V, D], ids and prior [N, A] -> [N, 2]: log-probability of what was picked, and entropy. */
export function choiceLogs(h: Numbers, e: Numbers, ids: Numbers, prior: Numbers, picked: Numbers): number[] {
  const [width, most] = [h.length / picked.length, ids.length / picked.length];
  return picked.flatMap((at, n) => {
    const allowed = rowOf(ids, n, most).filter((id) => id >= 0);
    const logs = logSoftmax(allowed.map((id, a) => dot(rowOf(h, n, width), rowOf(e, id, width)) + get(prior, n * most + a)));
    return [get(logs, at), -sum(logs.map((log) => Math.exp(log) * log))];
  });
}

/** logits [N, V], allowed ids [N, A]: share of the allowed in what the words have. */
export function shareOf(logits: Numbers, words: Numbers, ids: Numbers, rows: number): number[] {
  const [width, most] = [logits.length / rows, ids.length / rows];
  return Array.from({ length: rows }, (_, n) => {
    const weight = (id: number) => Math.exp(get(logits, n * width + id));
    const allowed = rowOf(ids, n, most).filter((id) => id >= 0);
    return sum(allowed.map(weight)) / sum(words.map(weight));
  });
}
