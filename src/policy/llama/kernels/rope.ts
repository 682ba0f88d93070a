/**
 * Rotary positions: in x [M, heads K] the first `rotated` heads turn by the angles of each row's position, halves of a
 * head paired as in Llama: (a, b) -> (a cos - b sin, b cos + a sin). The gradient turns back.
 */
import * as tf from '@tensorflow/tfjs';
import { branch, count, i32, v128 } from './assembler.ts';
import type { Assembler, Local } from './assembler.ts';
import { hasKernel, register, runKernel } from './registry.ts';
import { at, bytes } from './simd.ts';
import type { WasmHeap } from './wasm-heap.ts';
import { byFours, runShader } from './webgpu.ts';

/** Cosines and sines of all positions, [context, K / 2]. */
export interface RopeTable {
  cos: tf.Tensor2D;
  sin: tf.Tensor2D;
  minusSin: tf.Tensor2D;
}

export function ropeTable(context: number, headWidth: number, theta: number): RopeTable {
  const half = headWidth / 2;
  const angle = (i: number) => Math.floor(i / half) * theta ** (-(i % half) / half);
  const table = (f: (angle: number) => number) =>
    tf.tensor2d(
      Float32Array.from({ length: context * half }, (_, i) => f(angle(i))),
      [context, half],
    );
  return { cos: table(Math.cos), sin: table(Math.sin), minusSin: table((a) => -Math.sin(a)) };
}

/** Rotates the first `rotated` heads (queries and keys) of x [rows, heads K] by each row's position; values pass unchanged. */
export function rope(x: tf.Tensor2D, table: RopeTable, positions: tf.Tensor1D, rotated: number): tf.Tensor2D {
  if (!hasKernel('Rope')) {
    return tf.tidy(() => {
      const half = table.cos.shape[1];
      const rows = x.shape[0];
      const cos = table.cos.gather(positions).reshape([rows, 1, half]);
      const sin = table.sin.gather(positions).reshape([rows, 1, half]);
      const split = rotated * 2 * half;
      const turned = x.slice([0, 0], [rows, split]).reshape([rows, rotated, 2 * half]);
      const [a, b] = tf.split(turned, 2, 2) as [tf.Tensor, tf.Tensor];
      const y = tf.concat([a.mul(cos).sub(b.mul(sin)), b.mul(cos).add(a.mul(sin))], 2).reshape([rows, split]);
      return tf.concat([y, x.slice([0, split], [rows, x.shape[1] - split])], 1) as tf.Tensor2D;
    });
  }
  const op = tf.customGrad((...args) => {
    (args[1] as unknown as tf.GradSaveFunc)([table.cos, table.minusSin, positions]);
    return {
      value: runKernel<tf.Tensor2D>('Rope', { x: args[0] as tf.Tensor, cos: table.cos, sin: table.sin, positions }, { rotated }),
      // The rotation is orthogonal: its gradient turns back.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [cos, sin, positions] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return runKernel<tf.Tensor>('Rope', { x: dy, cos, sin, positions }, { rotated });
      },
    };
  });
  return op(x) as tf.Tensor2D;
}

/**
 * rope(x, y, rows, heads, rotated, half, cos, sin, positions): rotates the first `rotated` of `heads` heads (queries and
 * keys) by the row's position, halves of a head paired as in Llama; the rest (values) is copied. cos, sin: [position, half].
 * A negated sine table gives the gradient, since the rotation is orthogonal.
 */
export function addRope(assembler: Assembler): void {
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
          ...positions.set(i32.add(positions.get, i32.const(4))),
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

type Inputs = Record<'x' | 'cos' | 'sin' | 'positions', tf.TensorInfo>;
function sizes({ x, cos }: Inputs) {
  const half = cos.shape[1] as number;
  return { rows: x.shape[0] as number, heads: (x.shape[1] as number) / (2 * half), half };
}

export function registerRopeWasm(heap: WasmHeap): void {
  register('wasm', 'Rope', (inputs: Inputs, { rotated }) => {
    const { rows, heads, half } = sizes(inputs);
    const { x, cos, sin, positions } = inputs;
    const y = heap.output(x.shape);
    const tables = [cos, sin, positions].map((tensor) => heap.address(tensor));
    heap.simd.rope(heap.address(x), heap.address(y), rows, heads, rotated as number, half, ...tables);
    return y;
  });
}

/** One thread per pair, or per four of them. */
const code = `
  fn main(index : i32) {
    let head = index / uniforms.half;
    let row = head / uniforms.heads;
    if (row >= uniforms.rows) { return; }
    let i = head * 2 * uniforms.half + index % uniforms.half;
    let j = i + uniforms.half;
    if (head % uniforms.heads < uniforms.rotated) {
      let at = positions[row] * uniforms.half + index % uniforms.half;
      result[i] = x[i] * cosines[at] - x[j] * sines[at];
      result[j] = x[j] * cosines[at] + x[i] * sines[at];
    } else {
      result[i] = x[i];
      result[j] = x[j];
    }
  }`;

export function registerRopeWebGpu(): void {
  register('webgpu', 'Rope', (inputs: Inputs, { rotated }, backend) => {
    const { x, cos, sin, positions } = inputs;
    const { rows, heads, half } = sizes(inputs);
    const { by, suffix, vectors } = byFours([half], ['x', 'cosines', 'sines', 'result'] as const);
    return runShader(backend, {
      name: `Rope${suffix}`,
      inputs: { x, cosines: cos, sines: sin, positions },
      ints: { rows, heads, half: half / by, rotated: rotated as number },
      vectors,
      output: x.shape,
      work: (rows * heads * half) / by,
      code,
    });
  });
}
