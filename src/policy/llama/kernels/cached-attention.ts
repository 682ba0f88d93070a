/**
 * Attention of new tokens over a cache, on WebGPU: token m of qkv [M, (H + 2 KV) K] sees the cells first_m .. own_m - 1 of
 * the cache [C, 2 KV K], and itself -> [M, H K], or [U, H K] of the tokens that are wanted. Nothing is gathered, padded or masked. Its own key need not be in the cache
 * yet, so that a token can be tried without being kept.
 */
import * as tf from '@tensorflow/tfjs';
import type { AttentionShape } from './attention.ts';
import { each, shrunk, sum } from './attention-webgpu.ts';
import { hasKernel, register, runKernel } from './registry.ts';
import { runShader } from './webgpu.ts';

/** Where each of M tokens begins to see, and where its own place is, in cells of the cache. */
export interface Cells {
  first_M: tf.Tensor1D;
  own_M: tf.Tensor1D;
}

/** Whether the current backend can. */
export const hasCachedAttention = (): boolean => hasKernel('CachedAttention');

export function cachedAttention(
  qkv: tf.Tensor2D,
  cache: tf.Tensor2D,
  { first_M, own_M }: Cells,
  wanted_U: Int32Array | null,
  { heads, kvHeads, headWidth }: Omit<AttentionShape, 'segments'>,
): tf.Tensor2D {
  const inputs = { qkv, cache, first: first_M, own: own_M };
  const some = wanted_U && { wanted: tf.tensor1d(wanted_U, 'int32') };
  return runKernel('CachedAttention', { ...inputs, ...some }, { heads, kvHeads, headWidth });
}

const code = (width: number, token: string): string => `
  const V = ${width / 4};
  fn main(index : i32) {
    if (index >= uniforms.rows * uniforms.heads) { return; }
    let head = index / uniforms.rows;
    let row = index % uniforms.rows;
    let token = ${token};
    let kv = head * uniforms.kvHeads / uniforms.heads;
    let mine = token * (uniforms.heads + 2 * uniforms.kvHeads) * V;
    let ownKey = mine + (uniforms.heads + kv) * V;
    ${each(width, (i) => `let q${i} = qkv[mine + head * V + ${i}] * uniforms.scale;`)}
    var top = ${sum(width, (i) => `dot(q${i}, qkv[ownKey + ${i}])`)};
    var total = 1.0;
    ${each(width, (i) => `var out${i} = qkv[ownKey + uniforms.kvHeads * V + ${i}];`)}
    for (var t = first[token]; t < own[token]; t++) {
      let key = (2 * uniforms.kvHeads * t + kv) * V;
      let value = key + uniforms.kvHeads * V;
      let s = ${sum(width, (i) => `dot(q${i}, cache[key + ${i}])`)};
      ${shrunk(each(width, (i) => `out${i} *= shrink;`))}
      ${each(width, (i) => `out${i} += p * cache[value + ${i}];`)}
    }
    ${each(width, (i) => `result[(row * uniforms.heads + head) * V + ${i}] = out${i} / total;`)}
  }`;

export function registerCachedAttentionWebGpu(): void {
  register('webgpu', 'CachedAttention', (inputs: Record<string, tf.TensorInfo>, attributes, backend) => {
    const { heads, kvHeads, headWidth } = attributes as unknown as AttentionShape;
    const rows = (inputs.wanted ?? inputs.qkv)?.shape[0] as number;
    return runShader(backend, {
      name: `CachedAttention${inputs.wanted ? 'Some' : ''}${headWidth}`,
      inputs,
      vectors: ['qkv', 'cache', 'result'],
      ints: { rows, heads, kvHeads },
      floats: { scale: 1 / Math.sqrt(headWidth) },
      output: [rows, heads * headWidth],
      work: rows * heads,
      code: code(headWidth, inputs.wanted ? 'wanted[row]' : 'row'),
    });
  });
}
