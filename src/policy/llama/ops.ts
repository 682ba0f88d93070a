/** The transformer's building blocks as differentiable ops: fused where the backend has a kernel, else composed from tfjs ops. */
import * as tf from '@tensorflow/tfjs';
import { hasKernel, runKernel } from './kernels/registry.ts';
import type { AttentionShape } from './kernels/wasm-ops.ts';

/** x / sqrt(mean(x^2) + eps) * w over the last axis of x [rows, D]. */
export function rmsNorm(x: tf.Tensor2D, w: tf.Tensor1D, eps: number): tf.Tensor2D {
  if (!hasKernel('RmsNorm')) {
    return tf.tidy(() => x.mul(tf.rsqrt(x.square().mean(1, true).add(eps))).mul(w));
  }
  const op = tf.customGrad((...args) => {
    const [x, w] = args as unknown as [tf.Tensor2D, tf.Tensor1D];
    const save = args[2] as unknown as tf.GradSaveFunc;
    save([x, w]);
    return {
      value: runKernel<tf.Tensor2D>('RmsNorm', { x, w }, { eps }),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        runKernel<tf.Tensor[]>('RmsNormGrad', { x: saved[0] as tf.Tensor, w: saved[1] as tf.Tensor, dy }, { eps }),
    };
  });
  return op(x, w) as tf.Tensor2D;
}

/** silu(gate) * up for x = gate | up [rows, 2 F]. */
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
    (args[1] as unknown as tf.GradSaveFunc)([positions]);
    return {
      value: runKernel<tf.Tensor2D>('Rope', { x: args[0] as tf.Tensor, cos: table.cos, sin: table.sin, positions }, { rotated }),
      // The rotation is orthogonal: its gradient turns back.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        runKernel<tf.Tensor>('Rope', { x: dy, cos: table.cos, sin: table.minusSin, positions: saved[0] as tf.Tensor }, { rotated }),
    };
  });
  return op(x) as tf.Tensor2D;
}

/** Causal self-attention of qkv [B T, (H + 2 KV) K], already rotated -> [B T, H K]. */
export function causalAttention(qkv: tf.Tensor2D, shape: AttentionShape): tf.Tensor2D {
  if (!hasKernel('CausalAttention')) return composedAttention(qkv, shape);
  const op = tf.customGrad((...args) => {
    const qkv = args[0] as tf.Tensor;
    const [out, stats] = runKernel<tf.Tensor[]>('CausalAttention', { qkv }, shape) as [tf.Tensor, tf.Tensor];
    (args[1] as unknown as tf.GradSaveFunc)([qkv, out, stats]);
    return {
      value: out,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [qkv, out, stats] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        return runKernel<tf.Tensor>('CausalAttentionGrad', { qkv, out, stats, dy }, shape);
      },
    };
  });
  return op(qkv) as tf.Tensor2D;
}

function composedAttention(qkv: tf.Tensor2D, { batch, time, heads, kvHeads, headWidth }: AttentionShape): tf.Tensor2D {
  return tf.tidy(() => {
    const group = heads / kvHeads;
    const part = (from: number, count: number) =>
      qkv
        .slice([0, from * headWidth], [batch * time, count * headWidth])
        .reshape([batch, time, count, headWidth])
        .transpose([0, 2, 1, 3]);
    // [B, KV, group * T, K]: the query heads of a group share one product with their keys.
    const q = part(0, heads).reshape([batch * kvHeads, group * time, headWidth]) as tf.Tensor3D;
    const k = part(heads, kvHeads).reshape([batch * kvHeads, time, headWidth]) as tf.Tensor3D;
    const v = part(heads + kvHeads, kvHeads).reshape([batch * kvHeads, time, headWidth]) as tf.Tensor3D;
    const t = tf.range(0, time);
    const unseen = tf
      .greater(t.reshape([1, time]), t.reshape([time, 1]))
      .cast('float32')
      .mul(-1e9);
    const scores = tf
      .matMul(q, k, false, true)
      .mul(1 / Math.sqrt(headWidth))
      .reshape([batch * kvHeads, group, time, time])
      .add(unseen);
    const p = tf.softmax(scores).reshape([batch * kvHeads, group * time, time]) as tf.Tensor3D;
    return tf
      .matMul(p, v)
      .reshape([batch, heads, time, headWidth])
      .transpose([0, 2, 1, 3])
      .reshape([batch * time, heads * headWidth]) as tf.Tensor2D;
  });
}
