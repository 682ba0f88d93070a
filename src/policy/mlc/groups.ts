/** MLC's coded weights ("q4*_1", "q8*_1"): groups of 32 along the input axis share a scale; 32-bit words hold eight or four codes. */
import { fromBfloat, fromHalf, toBfloat, toHalf } from './floats.ts';

export const GROUP = 32;
/** Of a code. */
export type Bits = 4 | 8;
/** Words of a group. */
const wordsPerGroup = (bits: Bits): number => (GROUP * bits) / 32;
/** The code that means zero; they run from 0 to twice as much, and the highest of the bits is not used: 7 of 15, 127 of 255. */
const zeroOf = (bits: Bits): number => 2 ** (bits - 1) - 1;

/** G: groups of a row of `columns` weights. */
export const groupsOf = (columns: number): number => Math.ceil(columns / GROUP);
/** 32-bit words of a row of `columns` weights. */
export const wordsOf = (columns: number, bits: Bits = 4): number => groupsOf(columns) * wordsPerGroup(bits);

/** A matrix [N, K] as stored. */
export interface Groups {
  /** [N, 4 G] of 4 bits or [N, 8 G] of 8; the first weight of a word stands lowest. */
  words: Uint32Array;
  /** [N, G] */
  scales: Float32Array;
}

/** How a scale is rounded when it is stored: half precision (q4f16_1, q8f16_1) or the upper half of a float (q4f32_1). */
export type ScaleType = 'float16' | 'bfloat16';

const rounders: Record<ScaleType, (values: Float32Array) => Float32Array> = {
  float16: (values) => fromHalf(toHalf(values)),
  bfloat16: (values) => fromBfloat(toBfloat(values)),
};

/**
 * With z = 7 (4 bits) or 127 (8 bits): scale = max|w| / z and code = clip(round(w / scale + z), 0, 2 z), ties to even.
 * What was dequantised quantises to the same words and scales: a stored scale has few digits, so that z scale is exact.
 */
export function quantise(w_N_K: Float32Array, rows: number, columns: number, scale: ScaleType, bits: Bits = 4): Groups {
  const [zero, width, perWord] = [zeroOf(bits), wordsPerGroup(bits), 32 / bits];
  const groups = groupsOf(columns);
  const scales = new Float32Array(rows * groups);
  for (let n = 0; n < rows; n++) {
    for (let k = 0; k < columns; k++) {
      const at = n * groups + Math.floor(k / GROUP);
      const size = Math.abs(w_N_K[n * columns + k] as number);
      if (size > (scales[at] as number)) scales[at] = size;
    }
  }
  for (let i = 0; i < scales.length; i++) scales[i] = (scales[i] as number) / zero;
  const stored = rounders[scale](scales);
  // Half-precision models quantise with the scale that they store; the others round it only on the way to the file.
  const used = scale === 'float16' ? stored : scales;
  const words = new Uint32Array(rows * wordsOf(columns, bits));
  for (let n = 0; n < rows; n++) {
    for (let k = 0; k < groups * GROUP; k++) {
      const s = used[n * groups + Math.floor(k / GROUP)] as number;
      const w = k < columns ? (w_N_K[n * columns + k] as number) : 0;
      const code = s > 0 ? Math.min(2 * zero, Math.max(0, roundToEven(w / s + zero))) : zero;
      const word = n * groups * width + Math.floor(k / perWord);
      words[word] = ((words[word] as number) | (code << (bits * (k % perWord)))) >>> 0;
    }
  }
  return { words, scales: stored };
}

function roundToEven(x: number): number {
  const low = Math.floor(x);
  const rest = x - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

/** w = (code - z) scale, [N, K]. There are twice as many words to a scale where codes have 8 bits. */
export function dequantise({ words, scales }: Groups, rows: number, columns: number): Float32Array {
  const bits: Bits = words.length === scales.length * wordsPerGroup(8) ? 8 : 4;
  const [zero, width, perWord, mask] = [zeroOf(bits), wordsPerGroup(bits), 32 / bits, 2 ** bits - 1];
  const groups = groupsOf(columns);
  const w_N_K = new Float32Array(rows * columns);
  for (let n = 0; n < rows; n++) {
    for (let g = 0; g < groups; g++) {
      const s = scales[n * groups + g] as number;
      const end = Math.min(GROUP, columns - g * GROUP);
      for (let i = 0; i < end; i++) {
        const word = words[(n * groups + g) * width + Math.floor(i / perWord)] as number;
        w_N_K[n * columns + g * GROUP + i] = (((word >>> (bits * (i % perWord))) & mask) - zero) * s;
      }
    }
  }
  return w_N_K;
}
