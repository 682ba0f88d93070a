/** 16-bit floats as the weight format stores them: IEEE half precision and bfloat16, rounded to nearest even. */

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

function halfBits(value: number): number {
  f32[0] = value;
  const bits = u32[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  // 65520 and above round to infinity.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  // Below 2^-14 halves are multiples of 2^-24; Math.round would not round ties to even.
  if (magnitude < 0x38800000) {
    const scaled = Math.abs(value) * 2 ** 24;
    const low = Math.floor(scaled);
    const rest = scaled - low;
    return sign | (rest > 0.5 || (rest === 0.5 && (low & 1) === 1) ? low + 1 : low);
  }
  return sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

export function toHalf(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, halfBits);
}

export function fromHalf(bits: Uint16Array): Float32Array {
  return Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >>> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) return sign * fraction * 2 ** -24;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  });
}

/** bfloat16 is the upper half of a float32, here rounded to nearest even; infinities stay, NaN stays NaN. */
export function toBfloat(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, (value) => {
    f32[0] = value;
    const bits = u32[0] as number;
    if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
    return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  });
}

export function fromBfloat(bits: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(bits, (half) => (half << 16) >>> 0).buffer);
}
