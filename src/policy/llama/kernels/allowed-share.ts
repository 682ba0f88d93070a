/**
 * How much of what would be said next is allowed, on WebGPU: logits x [N, V], words [W] that may be said at all, allowed ids
 * [N, A] (-1 where a row has fewer) -> y [N], y_n = sum over the allowed of exp x / sum over the words of exp x.
 * One number of a row is read back instead of its logits.
 */
import * as tf from '@tensorflow/tfjs';
import { register, runKernel } from './registry.ts';
import { drop, runShader } from './webgpu.ts';

export function allowedShare(logits_N_V: tf.Tensor2D, words_W: tf.Tensor1D, ids_N_A: tf.Tensor2D): tf.Tensor1D {
  return runKernel('AllowedShare', { x: logits_N_V, words: words_W, ids: ids_N_A });
}

/** Threads of a row; each takes every so-manieth word, and none waits for another. */
const PARTS = 64;
/** [N, PARTS, 2]: largest logit, and sum of exp(x - largest). */
const partsCode = `
  fn main(index : i32) {
    let row = index / ${PARTS};
    if (row >= uniforms.rows) { return; }
    var top = -1e30;
    var total = 0.0;
    for (var i = index % ${PARTS}; i < uniforms.count; i += ${PARTS}) {
      let s = x[row * uniforms.width + words[i]];
      if (s > top) {
        total *= exp(top - s);
        top = s;
      }
      total += exp(s - top);
    }
    result[2 * index] = top;
    result[2 * index + 1] = total;
  }`;
const shareCode = `
  fn main(index : i32) {
    if (index >= uniforms.rows) { return; }
    var top = -1e30;
    for (var i = 0; i < ${PARTS}; i++) { top = max(top, parts[2 * (index * ${PARTS} + i)]); }
    var total = 0.0;
    for (var i = 0; i < ${PARTS}; i++) {
      let at = 2 * (index * ${PARTS} + i);
      total += parts[at + 1] * exp(parts[at] - top);
    }
    var share = 0.0;
    for (var i = 0; i < uniforms.most; i++) {
      let id = ids[index * uniforms.most + i];
      if (id >= 0) { share += exp(x[index * uniforms.width + id] - top); }
    }
    result[index] = share / total;
  }`;

export function registerAllowedShareWebGpu(): void {
  register('webgpu', 'AllowedShare', ({ x, words, ids }: Record<'x' | 'words' | 'ids', tf.TensorInfo>, _, backend) => {
    const [rows, width] = x.shape as [number, number];
    const [count, most] = [words.shape[0] as number, ids.shape[1] as number];
    const parts = runShader(backend, {
      name: 'ShareParts',
      inputs: { x, words },
      ints: { rows, width, count },
      output: [rows, PARTS, 2],
      work: rows * PARTS,
      code: partsCode,
    });
    const share = { name: 'AllowedShare', inputs: { x, parts, ids }, ints: { rows, width, most }, output: [rows], work: rows };
    const shares = runShader(backend, { ...share, code: shareCode });
    drop(backend, parts);
    return shares;
  });
}
