/**
 * Causal attention in WGSL (formula and shapes: attention.ts). A thread takes a row of one head and keeps all that it adds
 * up in registers; whose rows it may use says `reach` [M, 4]: prefix begin, prefix end, own segment's begin, and the end of
 * the rows that see this one (its own segment, and those that share it, which stand right behind).
 *
 * Nothing goes through workgroup memory: threads next to each other pass by the same rows in the same order, so that a row
 * comes from the nearest cache, which on a graphics card is as near as workgroup memory, and nobody waits at barriers.
 */
import * as tf from '@tensorflow/tfjs';
import type { AttentionShape } from './attention.ts';
import { register } from './registry.ts';
import { drop, runShader } from './webgpu.ts';

/** [M, 4] as above. */
function reachOf({ segments }: AttentionShape, rows: number): Int32Array {
  const reach = new Int32Array(4 * rows);
  const seenBy = new Map<number, number>();
  for (const { from, count, prefix } of segments) if (prefix) seenBy.set(prefix.from, Math.max(seenBy.get(prefix.from) ?? 0, from + count));
  for (const { from, count, prefix } of segments) {
    const end = seenBy.get(from) ?? from + count;
    for (let row = from; row < from + count; row++) {
      reach.set([prefix?.from ?? 0, prefix ? prefix.from + prefix.count : 0, from, end], 4 * row);
    }
  }
  return reach;
}

/** Lines of WGSL for each of the vectors of four that a head's row of that width consists of. */
export const each = (width: number, line: (i: number) => string): string =>
  Array.from({ length: width / 4 }, (_, i) => line(i)).join('\n      ');
/** A sum over them. */
export const sum = (width: number, term: (i: number) => string): string => Array.from({ length: width / 4 }, (_, i) => term(i)).join(' + ');
const zeros = (width: number, name: string): string => each(width, (i) => `var ${name}${i} = vec4<f32>(0.0);`);

/** Places in fours: of a row in qkv [M, (H + 2 KV) K], and of one head's part of it in out and dy [M, H K]. */
const common = (width: number): string => `
  const V = ${width / 4};
  fn rowAt(row : i32) -> i32 { return row * (uniforms.heads + 2 * uniforms.kvHeads) * V; }
  fn outAt(row : i32, head : i32) -> i32 { return (row * uniforms.heads + head) * V; }
  fn statsAt(row : i32, head : i32) -> i32 { return 2 * (head * uniforms.rows + row); }`;

/** A thread's row, its head, and its query. */
const query = (width: number): string => `
    if (index >= uniforms.rows * uniforms.heads) { return; }
    let head = index / uniforms.rows;
    let row = index % uniforms.rows;
    let kv = head * uniforms.kvHeads / uniforms.heads;
    let own = reach[row];
    let queryAt = rowAt(row) + head * V;
    ${each(width, (i) => `let q${i} = qkv[queryAt + ${i}] * uniforms.scale;`)}`;

/** `body` runs for every key that this thread's row sees: its prefix's, then its own segment's; `s` is their score. */
const overKeys = (width: number, body: string): string => `
    for (var part = 0; part < 2; part++) {
      let end = select(own.y, row + 1, part == 1);
      for (var t = select(own.x, own.z, part == 1); t < end; t++) {
        let key = rowAt(t) + (uniforms.heads + kv) * V;
        let value = key + uniforms.kvHeads * V;
        let s = ${sum(width, (i) => `dot(q${i}, qkv[key + ${i}])`)};${body}
      }
    }`;

/** Online softmax: when a larger score comes, what was added up shrinks. */
export const shrunk = (rest = ''): string => `
        if (s > top) {
          let shrink = exp(top - s);
          total *= shrink;
          ${rest}
          top = s;
        }
        let p = exp(s - top);
        total += p;`;

const forwardCode = (width: number): string => `${common(width)}
  fn main(index : i32) {${query(width)}
    var top = -1e30;
    var total = 0.0;
    ${zeros(width, 'out')}
    ${overKeys(
      width,
      `${shrunk(each(width, (i) => `out${i} *= shrink;`))}
        ${each(width, (i) => `out${i} += p * qkv[value + ${i}];`)}`,
    )}
    ${each(width, (i) => `result[outAt(row, head) + ${i}] = out${i} / total;`)}
  }`;

/** [H, M, 2]: log-sum-exp of each row's scores, and delta = dout . out. */
const statsCode = (width: number): string => `${common(width)}
  fn main(index : i32) {${query(width)}
    var top = -1e30;
    var total = 0.0;
    ${overKeys(width, shrunk())}
    let at = outAt(row, head);
    result[statsAt(row, head)] = top + log(total);
    result[statsAt(row, head) + 1] = ${sum(width, (i) => `dot(dy[at + ${i}], attended[at + ${i}])`)};
  }`;

/** Queries' gradients into their place of dqkv. */
const gradQueryCode = (width: number): string => `${common(width)}
  fn main(index : i32) {${query(width)}
    let at = outAt(row, head);
    ${each(width, (i) => `let d${i} = dy[at + ${i}];`)}
    let lse = stats[statsAt(row, head)];
    let delta = stats[statsAt(row, head) + 1];
    ${zeros(width, 'dq')}
    ${overKeys(
      width,
      `
        let dp = ${sum(width, (i) => `dot(d${i}, qkv[value + ${i}])`)};
        let ds = exp(s - lse) * (dp - delta) * uniforms.scale;
        ${each(width, (i) => `dq${i} += ds * qkv[key + ${i}];`)}`,
    )}
    ${each(width, (i) => `result[queryAt + ${i}] = dq${i};`)}
  }`;

/**
 * A thread takes one key row and passes by the queries that see it, of all heads that share the key head; from the last one
 * back, which neighbours have in common.
 */
const gradKeyCode = (width: number): string => `${common(width)}
  fn main(index : i32) {
    if (index >= uniforms.rows * uniforms.kvHeads) { return; }
    let kv = index / uniforms.rows;
    let row = index % uniforms.rows;
    let key = rowAt(row) + (uniforms.heads + kv) * V;
    let value = key + uniforms.kvHeads * V;
    ${each(width, (i) => `let k${i} = qkv[key + ${i}];`)}
    ${each(width, (i) => `let v${i} = qkv[value + ${i}];`)}
    ${zeros(width, 'dk')}
    ${zeros(width, 'dv')}
    let group = uniforms.heads / uniforms.kvHeads;
    for (var head = kv * group; head < (kv + 1) * group; head++) {
      for (var t = reach[row].w - 1; t >= row; t--) {
        let asks = rowAt(t) + head * V;
        let at = outAt(t, head);
        ${each(width, (i) => `let q${i} = qkv[asks + ${i}];`)}
        ${each(width, (i) => `let d${i} = dy[at + ${i}];`)}
        let s = ${sum(width, (i) => `dot(k${i}, q${i})`)};
        let dp = ${sum(width, (i) => `dot(v${i}, d${i})`)};
        let p = exp(s * uniforms.scale - stats[statsAt(t, head)]);
        let ds = p * (dp - stats[statsAt(t, head) + 1]) * uniforms.scale;
        ${each(width, (i) => `dk${i} += ds * q${i};`)}
        ${each(width, (i) => `dv${i} += p * d${i};`)}
      }
    }
    ${each(width, (i) => `result[key + ${i}] = dk${i};`)}
    ${each(width, (i) => `result[value + ${i}] = dv${i};`)}
  }`;

export function registerAttentionWebGpu(): void {
  const common = ({ shape: [rows] }: tf.TensorInfo, { heads, kvHeads, headWidth }: AttentionShape) => ({
    ints: { rows: rows as number, heads, kvHeads },
    floats: { scale: 1 / Math.sqrt(headWidth) },
  });

  // The second output is what the gradient needs besides the first: here, whose rows a row may use.
  register('webgpu', 'CausalAttention', ({ qkv }: Record<'qkv', tf.TensorInfo>, attributes, backend) => {
    const shape = attributes as unknown as AttentionShape;
    const { heads, headWidth } = shape;
    const rows = qkv.shape[0] as number;
    const reach = tf.tensor2d(reachOf(shape, rows), [rows, 4], 'int32');
    const name = `CausalAttention${headWidth}`;
    const output = [rows, heads * headWidth];
    const inputs = { qkv, reach };
    const vectors = ['qkv', 'reach', 'result'] as const;
    const work = rows * heads;
    return [runShader(backend, { ...common(qkv, shape), name, inputs, vectors, output, work, code: forwardCode(headWidth) }), reach];
  });
  register('webgpu', 'CausalAttentionGrad', (inputs: Record<'qkv' | 'out' | 'stats' | 'dy', tf.TensorInfo>, attributes, backend) => {
    const shape = attributes as unknown as AttentionShape;
    const { qkv, out, dy, stats: reach } = inputs;
    const { heads, kvHeads, headWidth } = shape;
    const shared = common(qkv, shape);
    const rows = qkv.shape[0] as number;
    const stats = runShader(backend, {
      ...shared,
      name: `AttentionStats${headWidth}`,
      inputs: { qkv, reach, attended: out, dy },
      vectors: ['qkv', 'reach', 'attended', 'dy'],
      output: [heads, rows, 2],
      work: rows * heads,
      code: statsCode(headWidth),
    });
    const gradient = {
      ...shared,
      inputs: { qkv, reach, dy, stats },
      vectors: ['qkv', 'reach', 'dy', 'result'] as const,
      output: qkv.shape,
    };
    const queries = { name: `AttentionGradQuery${headWidth}`, work: rows * heads, code: gradQueryCode(headWidth) };
    const keys = { name: `AttentionGradKey${headWidth}`, work: rows * kvHeads, code: gradKeyCode(headWidth) };
    const dqkv = runShader(backend, { ...gradient, ...queries });
    runShader(backend, { ...gradient, ...keys, into: dqkv });
    drop(backend, stats);
    return dqkv;
  });
}
