/** What SIMD kernels share: addressing, sums and maxima over lanes, the exponential. */
import { f32, i32, v128 } from './assembler.ts';
import type { Code, Local } from './assembler.ts';

type Maker = (type: 'i32' | 'f32' | 'v128') => Local;
export const at = (base: Local, offset: Local): Code => i32.add(base.get, offset.get);
export const splat = (x: number): Code => v128.splat(f32.const(x));
export const bytes = (n: Code): Code => i32.shl(n, i32.const(2));

/** Sum of the four lanes, always in the same order. */
export function lanesSum(x: Local): Code {
  return f32.add(f32.add(v128.lane(x.get, 0), v128.lane(x.get, 1)), f32.add(v128.lane(x.get, 2), v128.lane(x.get, 3)));
}

/** Maximum of the four lanes. */
export const lanesMax = (x: Local): Code =>
  f32.max(f32.max(v128.lane(x.get, 0), v128.lane(x.get, 1)), f32.max(v128.lane(x.get, 2), v128.lane(x.get, 3)));

/** exp of four floats: 2^n times a degree-6 polynomial on [-ln 2 / 2, ln 2 / 2]; relative error below 2e-7. */
export function exp4(local: Maker): (x: Code) => Code {
  const x = local('v128');
  const n = local('v128');
  const r = local('v128');
  const terms = [1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2, 1, 1];
  return (value) => {
    let polynomial = splat(terms[0] as number);
    for (const term of terms.slice(1)) polynomial = v128.add(v128.mul(polynomial, r.get), splat(term));
    return [
      ...x.set(v128.max(v128.min(value, splat(88)), splat(-87))),
      ...n.set(v128.nearest(v128.mul(x.get, splat(Math.LOG2E)))),
      // ln 2 in two parts, so that n ln 2 is exact enough.
      ...r.set(v128.sub(v128.sub(x.get, v128.mul(n.get, splat(0.693359375))), v128.mul(n.get, splat(-2.1219444e-4)))),
      ...v128.mul(polynomial, v128.intShl(v128.intAdd(v128.toInt(n.get), v128.intSplat(i32.const(127))), 23)),
    ];
  };
}
