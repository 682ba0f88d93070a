/** SIMD kernels of attention: causal softmax over blocks of scores, its gradient, and what fills a key-value cache. */
import { count, f32, i32, v128 } from './assembler.ts';
import type { Assembler, Code, Local } from './assembler.ts';
import { at, bytes, exp4, lanesMax, lanesSum, splat } from './simd.ts';

const roundUp4 = (n: Code): Code => i32.and(i32.add(n, i32.const(3)), i32.const(-4));

/** Fills floats [from, to) of a row with a constant; offsets in bytes. */
const fill = (row: Local, i: Local, from: Code, to: Code, value: number): Code =>
  count(i, from, to, 4, f32.store(at(row, i), f32.const(value)));

/**
 * causalSoftmax(s, stride, rows, limit, columns, scale, stats): row r sees the first limit + r columns; the others become 0.
 * stats [rows, 2] keeps each row's maximum of scale * s and 1 / sum for the gradient.
 */
function addCausalSoftmax(assembler: Assembler): void {
  assembler.kernel('causalSoftmax', ['i32', 'i32', 'i32', 'i32', 'i32', 'f32', 'i32'], null, (p, local) => {
    const [s, stride, rows, limit, columns, scale, stats] = p as [Local, Local, Local, Local, Local, Local, Local];
    const [row, i, seen, seen4] = [local('i32'), local('i32'), local('i32'), local('i32')];
    const [x, top, sum, k] = [local('v128'), local('v128'), local('v128'), local('v128')];
    const exp = exp4(local);
    return [
      ...k.set(v128.splat(scale.get)),
      ...count(row, i32.const(0), rows.get, 1, [
        ...seen.set(bytes(i32.add(limit.get, row.get))),
        ...seen4.set(bytes(roundUp4(i32.add(limit.get, row.get)))),
        ...fill(s, i, seen.get, seen4.get, -1e30),
        ...top.set(splat(-1e30)),
        ...count(i, i32.const(0), seen4.get, 16, top.set(v128.max(top.get, v128.load(at(s, i))))),
        ...top.set(v128.splat(f32.mul(lanesMax(top), scale.get))),
        ...sum.set(splat(0)),
        ...count(i, i32.const(0), seen4.get, 16, [
          ...x.set(exp(v128.sub(v128.mul(v128.load(at(s, i)), k.get), top.get))),
          ...sum.set(v128.add(sum.get, x.get)),
          ...v128.store(at(s, i), x.get),
        ]),
        ...sum.set(v128.splat(f32.div(f32.const(1), lanesSum(sum)))),
        ...count(i, i32.const(0), seen4.get, 16, v128.store(at(s, i), v128.mul(v128.load(at(s, i)), sum.get))),
        ...fill(s, i, seen.get, bytes(columns.get), 0),
        ...f32.store(stats.get, v128.lane(top.get, 0)),
        ...f32.store(stats.get, v128.lane(sum.get, 0), 4),
        ...stats.set(i32.add(stats.get, i32.const(8))),
        ...s.set(at(s, stride)),
      ]),
    ];
  });

  // From scores s and dP in dp: p back into s, dS = p (dP - delta) scale into dp; delta [rows] = sum(dO * O).
  assembler.kernel('causalSoftmaxGrad', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'f32', 'i32', 'i32'], null, (p, local) => {
    const [s, dp, stride, rows, limit, columns, scale, stats, delta] = p as [Local, Local, Local, Local, Local, Local, Local, Local, Local];
    const [row, i, seen, seen4] = [local('i32'), local('i32'), local('i32'), local('i32')];
    const [x, top, inverse, k, d] = [local('v128'), local('v128'), local('v128'), local('v128'), local('v128')];
    const exp = exp4(local);
    return [
      ...k.set(v128.splat(scale.get)),
      ...count(row, i32.const(0), rows.get, 1, [
        ...seen.set(bytes(i32.add(limit.get, row.get))),
        ...seen4.set(bytes(roundUp4(i32.add(limit.get, row.get)))),
        ...top.set(v128.splatLoad(stats.get)),
        ...inverse.set(v128.splatLoad(stats.get, 4)),
        ...d.set(v128.splatLoad(delta.get)),
        ...count(i, i32.const(0), seen4.get, 16, [
          ...x.set(v128.mul(exp(v128.sub(v128.mul(v128.load(at(s, i)), k.get), top.get)), inverse.get)),
          ...v128.store(at(s, i), x.get),
          ...v128.store(at(dp, i), v128.mul(v128.mul(x.get, v128.sub(v128.load(at(dp, i)), d.get)), k.get)),
        ]),
        ...fill(s, i, seen.get, bytes(columns.get), 0),
        ...fill(dp, i, seen.get, bytes(columns.get), 0),
        ...stats.set(i32.add(stats.get, i32.const(8))),
        ...delta.set(i32.add(delta.get, i32.const(4))),
        ...s.set(at(s, stride)),
        ...dp.set(at(dp, stride)),
      ]),
    ];
  });

  // dots(a, b, stride, rows, width, out): out[r] = a[r] . b[r]
  assembler.kernel('dots', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], null, (p, local) => {
    const [a, b, stride, rows, width, out] = p as [Local, Local, Local, Local, Local, Local];
    const [row, i] = [local('i32'), local('i32')];
    const sum = local('v128');
    return count(row, i32.const(0), rows.get, 1, [
      ...sum.set(splat(0)),
      ...count(i, i32.const(0), bytes(width.get), 16, sum.set(v128.add(sum.get, v128.mul(v128.load(at(a, i)), v128.load(at(b, i)))))),
      ...f32.store(out.get, lanesSum(sum)),
      ...out.set(i32.add(out.get, i32.const(4))),
      ...a.set(at(a, stride)),
      ...b.set(at(b, stride)),
    ]);
  });
}

/** What a packed key-value cache is filled with. Addresses and strides in bytes. */
function addCache(assembler: Assembler): void {
  // copyRows(from, fromStride, to, toStride, rows, width): rows of `width` floats, a multiple of 4.
  assembler.kernel('copyRows', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], null, (p, local) => {
    const [from, fromStride, to, toStride, rows, width] = p as [Local, Local, Local, Local, Local, Local];
    const [row, i] = [local('i32'), local('i32')];
    return count(row, i32.const(0), rows.get, 1, [
      ...count(i, i32.const(0), bytes(width.get), 16, v128.store(at(to, i), v128.load(at(from, i)))),
      ...from.set(at(from, fromStride)),
      ...to.set(at(to, toStride)),
    ]);
  });

  // keepKeys(from, fromStride, keys, start, rows, width): row r becomes position start + r of the panels [T / 8, width, 8].
  assembler.kernel('keepKeys', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32'], null, (p, local) => {
    const [from, fromStride, keys, start, rows, width] = p as [Local, Local, Local, Local, Local, Local];
    const [position, end, i, to] = [local('i32'), local('i32'), local('i32'), local('i32')];
    const panel = i32.mul(i32.and(position.get, i32.const(-8)), bytes(width.get));
    const column = bytes(i32.and(position.get, i32.const(7)));
    return [
      ...end.set(i32.add(start.get, rows.get)),
      ...count(position, start.get, end.get, 1, [
        ...to.set(i32.add(keys.get, i32.add(panel, column))),
        ...count(i, i32.const(0), bytes(width.get), 4, [
          ...f32.store(to.get, f32.load(at(from, i))),
          ...to.set(i32.add(to.get, i32.const(32))),
        ]),
        ...from.set(at(from, fromStride)),
      ]),
    ];
  });
}

export function addAttention(assembler: Assembler): void {
  addCausalSoftmax(assembler);
  addCache(assembler);
}
