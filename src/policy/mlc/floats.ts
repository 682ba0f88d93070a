/** 16-bit floats as the weight format stores them: IEEE half precision and bfloat16, rounded to nearest even. */

/** A number's half from the bits of its single; in plain loops, since models have hundreds of millions of them. */
function halfBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Below 2^-14 halves are multiples of 2^-24: the significand is shifted down to them, ties to even.
  if (magnitude < 0x38800000) {
    if (magnitude < 0x33000000) return sign;
    const significand = (magnitude & 0x7fffff) | 0x800000;
    const shift = 126 - (magnitude >>> 23);
    const low = significand >>> shift;
    const rest = significand & ((1 << shift) - 1);
    const half = 1 << (shift - 1);
    return sign | (rest > half || (rest === half && (low & 1) === 1) ? low + 1 : low);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

const bitsOf = (values: Float32Array): Uint32Array => new Uint32Array(values.buffer, values.byteOffset, values.length);

export function toHalf(values: Float32Array): Uint16Array {
  const bits = bitsOf(values);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) out[i] = halfBits(bits[i] as number);
  return out;
}

/** All 65536 halves as singles. */
let singles: Float32Array | null = null;

function singleOf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

export function fromHalf(bits: Uint16Array): Float32Array {
  singles ??= Float32Array.from({ length: 65536 }, (_, half) => singleOf(half));
  const out = new Float32Array(bits.length);
  for (let i = 0; i < out.length; i++) out[i] = singles[bits[i] as number] as number;
  return out;
}

/** bfloat16 is the upper half of a float32, here rounded to nearest even; infinities stay, NaN stays NaN. */
export function toBfloat(values: Float32Array): Uint16Array {
  const source = bitsOf(values);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < out.length; i++) {
    const bits = source[i] as number;
    const isNaN = (bits & 0x7fffffff) > 0x7f800000;
    out[i] = isNaN ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
  return out;
}

export function fromBfloat(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < out.length; i++) out[i] = ((bits[i] as number) << 16) >>> 0;
  return new Float32Array(out.buffer);
}
