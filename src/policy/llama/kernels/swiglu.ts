/**
 * SwiGLU: x = gate | up [M, 2 F] -> y = silu(gate) up [M, F] with silu(g) = g s, s = 1 / (1 + exp(-g)).
 * Gradient: dup = dy g s, dgate = dy up s (1 + g (1 - s)).
 */
import * as tf from '@tensorflow/tfjs';
import { count, i32, v128 } from './assembler.ts';
import type { Assembler, Code, Local } from './assembler.ts';
import { hasKernel, register, runKernel } from './registry.ts';
import { at, bytes, exp4, splat } from './simd.ts';
import type { WasmHeap } from './wasm-heap.ts';
import { byFours, runShader } from './webgpu.ts';

export function swiglu(x: tf.Tensor2D): tf.Tensor2D {
  if (!hasKernel('Swiglu')) {
    return tf.tidy(() => {
      const [gate, up] = tf.split(x, 2, 1) as [tf.Tensor2D, tf.Tensor2D];
      return gate.mul(tf.sigmoid(gate)).mul(up);
    });
  }
  const op = tf.customGrad((...args) => {
    const x = args[0] as tf.Tensor;
    (args[1] as unknown as tf.GradSaveFunc)([x]);
    return {
      value: runKernel<tf.Tensor2D>('Swiglu', { x }),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => runKernel<tf.Tensor>('SwigluGrad', { x: saved[0] as tf.Tensor, dy }),
    };
  });
  return op(x) as tf.Tensor2D;
}

/** swiglu(gateUp, y, rows, width): gateUp [rows, 2 width] -> y = silu(gate) * up; and its gradient. */
export function addSwiglu(assembler: Assembler): void {
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

type Forward = Record<'x', tf.TensorInfo>;
type Backward = Record<'x' | 'dy', tf.TensorInfo>;
/** M and F. */
const sizes = ({ x }: Forward) => [x.shape[0], (x.shape[1] as number) / 2] as [number, number];

export function registerSwigluWasm(heap: WasmHeap): void {
  register('wasm', 'Swiglu', (inputs: Forward) => {
    const y = heap.output(sizes(inputs));
    heap.simd.swiglu(heap.address(inputs.x), heap.address(y), ...sizes(inputs));
    return y;
  });
  register('wasm', 'SwigluGrad', (inputs: Backward) => {
    const dx = heap.output(inputs.x.shape);
    heap.simd.swigluGrad(heap.address(inputs.x), heap.address(inputs.dy), heap.address(dx), ...sizes(inputs));
    return dx;
  });
}

/** WGSL: one thread per element of y, or per four of them; the names of what a thread needs. */
const element = `
    if (index >= uniforms.rows * uniforms.width) { return; }
    let gate = (index / uniforms.width) * 2 * uniforms.width + index % uniforms.width;
    let up = gate + uniforms.width;
    let s = 1.0 / (1.0 + exp(-x[gate]));`;
const forwardCode = `
  fn main(index : i32) {${element}
    result[index] = x[gate] * s * x[up];
  }`;
const gradCode = `
  fn main(index : i32) {${element}
    result[up] = dy[index] * x[gate] * s;
    result[gate] = dy[index] * x[up] * s * (1.0 + x[gate] * (1.0 - s));
  }`;

export function registerSwigluWebGpu(): void {
  const shared = (inputs: Forward) => {
    const [rows, width] = sizes(inputs);
    const { by, suffix, vectors } = byFours([width], ['x', 'dy', 'result']);
    return { suffix, vectors, ints: { rows, width: width / by }, work: (rows * width) / by };
  };
  register('webgpu', 'Swiglu', (inputs: Forward, _, backend) => {
    const { suffix, ...rest } = shared(inputs);
    return runShader<string>(backend, { ...rest, name: `Swiglu${suffix}`, inputs, output: sizes(inputs), code: forwardCode });
  });
  register('webgpu', 'SwigluGrad', (inputs: Backward, _, backend) => {
    const { suffix, ...rest } = shared(inputs);
    return runShader<string>(backend, { ...rest, name: `SwigluGrad${suffix}`, inputs, output: inputs.x.shape, code: gradCode });
  });
}
