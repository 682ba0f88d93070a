/** The element-wise and row-wise SIMD kernels of the transformer: RMSNorm, SwiGLU, RoPE, causal softmax, cached attention. */
import { branch, count, f32, i32, v128 } from './assembler.ts';
import type { Assembler, Code, Local } from './assembler.ts';

type Maker = (type: 'i32' | 'f32' | 'v128') => Local;
const four = i32.const(4);
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

/** rmsNorm(x, w, y, rows, width, eps): y = x / rms(x) * w. */
function addRmsNorm(assembler: Assembler): void {
  const meanInverse = (sum: Local, width: Local, eps: Local): Code =>
    f32.div(f32.const(1), f32.sqrt(f32.add(f32.div(lanesSum(sum), f32.ofInt(width.get)), eps.get)));
  const sumSquares = (x: Local, i: Local, end: Local, sum: Local): Code => [
    ...sum.set(splat(0)),
    ...count(i, i32.const(0), end.get, 16, sum.set(v128.add(sum.get, v128.mul(v128.load(at(x, i)), v128.load(at(x, i)))))),
  ];

  assembler.kernel('rmsNorm', ['i32', 'i32', 'i32', 'i32', 'i32', 'f32'], null, (p, local) => {
    const [x, w, y, rows, width, eps] = p as [Local, Local, Local, Local, Local, Local];
    const [row, i, end] = [local('i32'), local('i32'), local('i32')];
    const [sum, inverse] = [local('v128'), local('v128')];
    return [
      ...end.set(bytes(width.get)),
      ...count(row, i32.const(0), rows.get, 1, [
        ...sumSquares(x, i, end, sum),
        ...inverse.set(v128.splat(meanInverse(sum, width, eps))),
        ...count(
          i,
          i32.const(0),
          end.get,
          16,
          v128.store(at(y, i), v128.mul(v128.mul(v128.load(at(x, i)), inverse.get), v128.load(at(w, i)))),
        ),
        ...x.set(at(x, end)),
        ...y.set(at(y, end)),
      ]),
    ];
  });

  // dx = r (dy w - x_hat mean(dy w x_hat)), dw += dy x_hat, with r = 1 / rms and x_hat = x r.
  assembler.kernel('rmsNormGrad', ['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'f32'], null, (p, local) => {
    const [x, w, dy, dx, dw, rows, width, eps] = p as [Local, Local, Local, Local, Local, Local, Local, Local];
    const [row, i, end] = [local('i32'), local('i32'), local('i32')];
    const [sum, inverse, hat, dot, g] = [local('v128'), local('v128'), local('v128'), local('v128'), local('v128')];
    const loadHat = hat.set(v128.mul(v128.load(at(x, i)), inverse.get));
    return [
      ...end.set(bytes(width.get)),
      ...count(row, i32.const(0), rows.get, 1, [
        ...sumSquares(x, i, end, sum),
        ...inverse.set(v128.splat(meanInverse(sum, width, eps))),
        ...dot.set(splat(0)),
        ...count(i, i32.const(0), end.get, 16, [
          ...loadHat,
          ...g.set(v128.mul(v128.load(at(dy, i)), hat.get)),
          ...dot.set(v128.add(dot.get, v128.mul(g.get, v128.load(at(w, i))))),
          ...v128.store(at(dw, i), v128.add(v128.load(at(dw, i)), g.get)),
        ]),
        ...dot.set(v128.splat(f32.div(lanesSum(dot), f32.ofInt(width.get)))),
        ...count(i, i32.const(0), end.get, 16, [
          ...loadHat,
          ...v128.store(
            at(dx, i),
            v128.mul(inverse.get, v128.sub(v128.mul(v128.load(at(dy, i)), v128.load(at(w, i))), v128.mul(hat.get, dot.get))),
          ),
        ]),
        ...x.set(at(x, end)),
        ...dy.set(at(dy, end)),
        ...dx.set(at(dx, end)),
      ]),
    ];
  });
}

/** swiglu(gateUp, y, rows, width): gateUp [rows, 2 width] -> y = silu(gate) * up; and its gradient. */
function addSwiglu(assembler: Assembler): void {
  const sigmoid = (exp: (x: Code) => Code, g: Local): Code => v128.div(splat(1), v128.add(splat(1), exp(v128.neg(g.get))));

  assembler.kernel('swiglu', ['i32', 'i32', 'i32', 'i32'], null, (p, local) => {
    const [gate, y, rows, width] = p as [Local, Local, Local, Local];
    const [row, i, end, up] = [local('i32'), local('i32'), local('i32'), local('i32')];
    const g = local('v128');
    const exp = exp4(local);
    return [
      ...end.set(bytes(width.get)),
      ...count(row, i32.const(0), rows.get, 1, [
        ...up.set(at(gate, end)),
        ...count(i, i32.const(0), end.get, 16, [
          ...g.set(v128.load(at(gate, i))),
          ...v128.store(at(y, i), v128.mul(v128.mul(g.get, sigmoid(exp, g)), v128.load(at(up, i)))),
        ]),
        ...gate.set(at(up, end)),
        ...y.set(at(y, end)),
      ]),
    ];
  });

  assembler.kernel('swigluGrad', ['i32', 'i32', 'i32', 'i32', 'i32'], null, (p, local) => {
    const [gate, dy, dGate, rows, width] = p as [Local, Local, Local, Local, Local];
    const [row, i, end, up, dUp] = [local('i32'), local('i32'), local('i32'), local('i32'), local('i32')];
    const [g, s, d] = [local('v128'), local('v128'), local('v128')];
    const exp = exp4(local);
    // silu'(g) = s (1 + g (1 - s))
    const slope = v128.mul(s.get, v128.add(splat(1), v128.mul(g.get, v128.sub(splat(1), s.get))));
    return [
      ...end.set(bytes(width.get)),
      ...count(row, i32.const(0), rows.get, 1, [
        ...up.set(at(gate, end)),
        ...dUp.set(at(dGate, end)),
        ...count(i, i32.const(0), end.get, 16, [
          ...g.set(v128.load(at(gate, i))),
          ...d.set(v128.load(at(dy, i))),
          ...s.set(sigmoid(exp, g)),
          ...v128.store(at(dUp, i), v128.mul(d.get, v128.mul(g.get, s.get))),
          ...v128.store(at(dGate, i), v128.mul(v128.mul(d.get, v128.load(at(up, i))), slope)),
        ]),
        ...gate.set(at(up, end)),
        ...dGate.set(at(dUp, end)),
        ...dy.set(at(dy, end)),
      ]),
    ];
  });
}

/**
 * rope(x, y, rows, heads, rotated, half, cos, sin, positions): rotates the first `rotated` of `heads` heads (queries and
 * keys) by the row's position, halves of a head paired as in Llama; the rest (values) is copied. cos, sin: [position, half].
 * A negated sine table gives the gradient, since the rotation is orthogonal.
 */
function addRope(assembler: Assembler): void {
  assembler.kernel(
    'rope',
    Array.from({ length: 9 }, () => 'i32' as const),
    null,
    (p, local) => {
      const [x, y, rows, heads, rotated, half, cos, sin, positions] = p as [Local, Local, Local, Local, Local, Local, Local, Local, Local];
      const [row, head, i, end, c, s, x2, y2] = [
        local('i32'),
        local('i32'),
        local('i32'),
        local('i32'),
        local('i32'),
        local('i32'),
        local('i32'),
        local('i32'),
      ];
      const [a, b, cv, sv] = [local('v128'), local('v128'), local('v128'), local('v128')];
      return [
        ...end.set(bytes(half.get)),
        ...count(row, i32.const(0), rows.get, 1, [
          ...c.set(i32.add(cos.get, i32.mul(i32.load(positions.get), end.get))),
          ...s.set(i32.add(sin.get, i32.mul(i32.load(positions.get), end.get))),
          ...positions.set(i32.add(positions.get, four)),
          ...count(head, i32.const(0), heads.get, 1, [
            ...x2.set(at(x, end)),
            ...y2.set(at(y, end)),
            ...count(i, i32.const(0), end.get, 16, [
              ...a.set(v128.load(at(x, i))),
              ...b.set(v128.load(at(x2, i))),
              ...branch(
                i32.lt(head.get, rotated.get),
                [
                  ...cv.set(v128.load(at(c, i))),
                  ...sv.set(v128.load(at(s, i))),
                  ...v128.store(at(y, i), v128.sub(v128.mul(a.get, cv.get), v128.mul(b.get, sv.get))),
                  ...v128.store(at(y2, i), v128.add(v128.mul(b.get, cv.get), v128.mul(a.get, sv.get))),
                ],
                [...v128.store(at(y, i), a.get), ...v128.store(at(y2, i), b.get)],
              ),
            ]),
            ...x.set(at(x2, end)),
            ...y.set(at(y2, end)),
          ]),
        ]),
      ];
    },
  );
}

/** Adds all kernels of this file. */
export function addElementwise(assembler: Assembler): void {
  addRmsNorm(assembler);
  addSwiglu(assembler);
  addRope(assembler);
}
