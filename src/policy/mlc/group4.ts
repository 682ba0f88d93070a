/** MLC's 4-bit weights ("q4*_1"): groups of 32 along the input axis share a scale; eight codes stand in a 32-bit word. */
import { fromBfloat, fromHalf, toBfloat, toHalf } from './floats.ts';

export const GROUP = 32;
const WORDS = GROUP / 8;
/** Codes run from 0 to 14 around this one, which means zero; 15 is not used. */
const ZERO = 7;

/** G: groups of a row of `columns` weights. */
export const groupsOf = (columns: number): number => Math.ceil(columns / GROUP);
/** 32-bit words of a row of `columns` weights. */
export const wordsOf = (columns: number): number => groupsOf(columns) * WORDS;

/** A matrix [N, K] as stored. */
export interface Group4 {
  /** [N, 4 G]; weight i of a word stands at bits 4 (i mod 8), the first one lowest. */
  words: Uint32Array;
  /** [N, G] */
  scales: Float32Array;
}

/** How a scale is rounded when it is stored: half precision (q4f16_1) or the upper half of a float (q4f32_1). */
export type ScaleType = 'float16' | 'bfloat16';

const rounders: Record<ScaleType, (values: Float32Array) => Float32Array> = {
  float16: (values) => fromHalf(toHalf(values)),
  bfloat16: (values) => fromBfloat(toBfloat(values)),
};

/**
 * scale = max|w| / 7 and code = clip(round(w / scale + 7), 0, 14), ties to even.
 * What was dequantised quantises to the same words and scales: a stored scale has few digits, so that 7 scale is exact.
 */
export function quantise(w_N_K: Float32Array, rows: number, columns: number, scale: ScaleType): Group4 {
  const groups = groupsOf(columns);
  const scales = new Float32Array(rows * groups);
  for (let n = 0; n < rows; n++) {
    for (let k = 0; k < columns; k++) {
      const at = n * groups + Math.floor(k / GROUP);
      const size = Math.abs(w_N_K[n * columns + k] as number);
      if (size > (scales[at] as number)) scales[at] = size;
    }
  }
  for (let i = 0; i < scales.length; i++) scales[i] = (scales[i] as number) / ZERO;
  const stored = rounders[scale](scales);
  // Half-precision models quantise with the scale that they store; the others round it only on the way to the file.
  const used = scale === 'float16' ? stored : scales;
  const words = new Uint32Array(rows * wordsOf(columns));
  for (let n = 0; n < rows; n++) {
    for (let k = 0; k < groups * GROUP; k++) {
      const s = used[n * groups + Math.floor(k / GROUP)] as number;
      const w = k < columns ? (w_N_K[n * columns + k] as number) : 0;
      const code = s > 0 ? Math.min(2 * ZERO, Math.max(0, roundToEven(w / s + ZERO))) : ZERO;
      const word = n * groups * WORDS + (k >> 3);
      words[word] = ((words[word] as number) | (code << (4 * (k & 7)))) >>> 0;
    }
  }
  return { words, scales: stored };
}

function roundToEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

/** w = (code - 7) scale, [N, K]. */
export function dequantise({ words, scales }: Group4, rows: number, columns: number): Float32Array {
  const groups = groupsOf(columns);
  const w_N_K = new Float32Array(rows * columns);
  for (let n = 0; n < rows; n++) {
    for (let g = 0; g < groups; g++) {
      const s = scales[n * groups + g] as number;
      const end = Math.min(GROUP, columns - g * GROUP);
      for (let i = 0; i < end; i++) {
        const word = words[(n * groups + g) * WORDS + (i >> 3)] as number;
        w_N_K[n * columns + g * GROUP + i] = (((word >>> (4 * (i & 7))) & 15) - ZERO) * s;
      }
    }
  }
  return w_N_K;
}
