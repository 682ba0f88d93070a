/**
 * Causal attention in WGSL (formula and shapes: attention.ts). 64 threads of a workgroup take 64 rows of one head and pass
 * by tiles of 32 rows in workgroup memory; whose rows a thread may use says `reach` [M, 4]:
 * prefix begin, prefix end, own segment's begin, and the end of the rows that see this one (its own segment, and those that
 * share it, which stand right behind).
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

/**
 * WGSL shared by all: the head's width is part of the text, so that rows fit registers.
 * `visit` passes by rows lo .. hi - 1 of tiles; both must be the same for the whole workgroup.
 */
const common = (width: number): string => `
  const K = ${width};
  const TILE = 32;
  var<workgroup> tileA : array<f32, ${32 * width}>;
  var<workgroup> tileB : array<f32, ${32 * width}>;
  var<workgroup> bounds : array<i32, 128>;
  var<workgroup> low : i32;
  var<workgroup> high : i32;
  fn rowWidth() -> i32 { return (uniforms.heads + 2 * uniforms.kvHeads) * K; }
  /** Smallest of a and largest of b over the workgroup. */
  fn extent(a : i32, b : i32) -> vec2<i32> {
    bounds[localIndex] = a;
    bounds[64u + localIndex] = b;
    workgroupBarrier();
    if (localIndex == 0u) {
      var lo = bounds[0];
      var hi = bounds[64];
      for (var i = 1; i < 64; i++) { lo = min(lo, bounds[i]); hi = max(hi, bounds[64 + i]); }
      low = lo;
      high = hi;
    }
    return vec2<i32>(workgroupUniformLoad(&low), workgroupUniformLoad(&high));
  }`;

/** Tiles of keys and values; `body` runs for every key row that this thread's row sees, at `t` in the tile. */
const overKeys = (body: string): string => `
    for (var part = 0; part < 2; part++) {
      let begin = select(own.x, own.z, part == 1);
      let end = select(own.y, row + 1, part == 1);
      // A part that this row does not have must not widen the others' range.
      let range = extent(select(2147483647, begin, live && end > begin), select(0, end, live && end > begin));
      for (var base = range.x; base < range.y; base += TILE) {
        for (var i = i32(localIndex); i < TILE * K; i += 64) {
          let at = base + i / K;
          var key = 0.0;
          var value = 0.0;
          if (at < uniforms.rows) {
            key = qkv[at * rowWidth() + (uniforms.heads + kv) * K + i % K];
            value = qkv[at * rowWidth() + (uniforms.heads + uniforms.kvHeads + kv) * K + i % K];
          }
          tileA[i] = key;
          tileB[i] = value;
        }
        workgroupBarrier();
        if (live) {
          for (var t = max(begin - base, 0); t < min(end - base, TILE); t++) {${body}
          }
        }
        workgroupBarrier();
      }
    }`;

/** A thread's row, its query, and its reach. */
const query = `
    let head = i32(workgroupId.y);
    let kv = head * uniforms.kvHeads / uniforms.heads;
    let row = i32(workgroupId.x) * 64 + i32(localIndex);
    let live = row < uniforms.rows;
    var own = vec4<i32>(0);
    var q : array<f32, K>;
    if (live) {
      own = vec4<i32>(reach[4 * row], reach[4 * row + 1], reach[4 * row + 2], reach[4 * row + 3]);
      for (var i = 0; i < K; i++) { q[i] = qkv[row * rowWidth() + head * K + i] * uniforms.scale; }
    }`;
const score = `
            var s = 0.0;
            for (var i = 0; i < K; i++) { s += q[i] * tileA[t * K + i]; }`;

/** Online softmax: when a larger score comes, what was added up shrinks. */
const forwardCode = (width: number): string => `${common(width)}
  fn main(index : i32) {${query}
    var top = -1e30;
    var sum = 0.0;
    var out : array<f32, K>;
    ${overKeys(`${score}
            let larger = max(top, s);
            let shrink = exp(top - larger);
            let p = exp(s - larger);
            sum = sum * shrink + p;
            for (var i = 0; i < K; i++) { out[i] = out[i] * shrink + p * tileB[t * K + i]; }
            top = larger;`)}
    if (live) {
      for (var i = 0; i < K; i++) { result[(row * uniforms.heads + head) * K + i] = out[i] / sum; }
    }
  }`;

/** [H, M, 2]: log-sum-exp of each row's scores, and delta = dout . out. */
const statsCode = (width: number): string => `${common(width)}
  fn main(index : i32) {${query}
    var top = -1e30;
    var sum = 0.0;
    ${overKeys(`${score}
            let larger = max(top, s);
            sum = sum * exp(top - larger) + exp(s - larger);
            top = larger;`)}
    if (live) {
      var delta = 0.0;
      for (var i = 0; i < K; i++) {
        let at = (row * uniforms.heads + head) * K + i;
        delta += dy[at] * attended[at];
      }
      result[2 * (head * uniforms.rows + row)] = top + log(sum);
      result[2 * (head * uniforms.rows + row) + 1] = delta;
    }
  }`;

/** Queries' gradients into their place of dqkv. */
const gradQueryCode = (width: number): string => `${common(width)}
  fn main(index : i32) {${query}
    var dq : array<f32, K>;
    var d : array<f32, K>;
    var lse = 0.0;
    var delta = 0.0;
    if (live) {
      for (var i = 0; i < K; i++) { d[i] = dy[(row * uniforms.heads + head) * K + i]; }
      lse = stats[2 * (head * uniforms.rows + row)];
      delta = stats[2 * (head * uniforms.rows + row) + 1];
    }
    ${overKeys(`${score}
            var dp = 0.0;
            for (var i = 0; i < K; i++) { dp += d[i] * tileB[t * K + i]; }
            let ds = exp(s - lse) * (dp - delta) * uniforms.scale;
            for (var i = 0; i < K; i++) { dq[i] += ds * tileA[t * K + i]; }`)}
    if (live) {
      for (var i = 0; i < K; i++) { result[row * rowWidth() + head * K + i] = dq[i]; }
    }
  }`;

/** A thread takes one key row and passes by the queries that see it, of all heads that share the key head. */
const gradKeyCode = (width: number): string => `${common(width)}
  fn main(index : i32) {
    let kv = i32(workgroupId.y);
    let row = i32(workgroupId.x) * 64 + i32(localIndex);
    let live = row < uniforms.rows;
    var k : array<f32, K>;
    var v : array<f32, K>;
    var dk : array<f32, K>;
    var dv : array<f32, K>;
    var end = 0;
    if (live) {
      end = reach[4 * row + 3];
      for (var i = 0; i < K; i++) {
        k[i] = qkv[row * rowWidth() + (uniforms.heads + kv) * K + i];
        v[i] = qkv[row * rowWidth() + (uniforms.heads + uniforms.kvHeads + kv) * K + i];
      }
    }
    let range = extent(select(2147483647, row, live), end);
    let group = uniforms.heads / uniforms.kvHeads;
    for (var member = 0; member < group; member++) {
      let head = kv * group + member;
      for (var base = range.x; base < range.y; base += TILE) {
        for (var i = i32(localIndex); i < TILE * K; i += 64) {
          let at = base + i / K;
          var q = 0.0;
          var d = 0.0;
          if (at < uniforms.rows) {
            q = qkv[at * rowWidth() + head * K + i % K];
            d = dy[(at * uniforms.heads + head) * K + i % K];
          }
          tileA[i] = q;
          tileB[i] = d;
        }
        workgroupBarrier();
        if (live) {
          for (var t = max(row - base, 0); t < min(end - base, TILE); t++) {
            var s = 0.0;
            var dp = 0.0;
            for (var i = 0; i < K; i++) {
              s += k[i] * tileA[t * K + i];
              dp += v[i] * tileB[t * K + i];
            }
            let at = 2 * (head * uniforms.rows + base + t);
            let p = exp(s * uniforms.scale - stats[at]);
            let ds = p * (dp - stats[at + 1]) * uniforms.scale;
            for (var i = 0; i < K; i++) {
              dk[i] += ds * tileA[t * K + i];
              dv[i] += p * tileB[t * K + i];
            }
          }
        }
        workgroupBarrier();
      }
    }
    if (live) {
      for (var i = 0; i < K; i++) {
        result[row * rowWidth() + (uniforms.heads + kv) * K + i] = dk[i];
        result[row * rowWidth() + (uniforms.heads + uniforms.kvHeads + kv) * K + i] = dv[i];
      }
    }
  }`;

export function registerAttentionWebGpu(): void {
  const common = ({ shape: [rows] }: tf.TensorInfo, { heads, kvHeads, headWidth }: AttentionShape) => ({
    ints: { rows: rows as number, heads, kvHeads },
    floats: { scale: 1 / Math.sqrt(headWidth) },
  });
  /** Workgroups of 64 rows, for each of so many heads. */
  const work = ({ shape: [rows] }: tf.TensorInfo, heads: number): [number, number, number] => [Math.ceil((rows as number) / 64), heads, 1];

  // The second output is what the gradient needs besides the first: here, whose rows a row may use.
  register('webgpu', 'CausalAttention', ({ qkv }: Record<'qkv', tf.TensorInfo>, attributes, backend) => {
    const shape = attributes as unknown as AttentionShape;
    const { heads, headWidth } = shape;
    const rows = qkv.shape[0] as number;
    const reach = tf.tensor1d(reachOf(shape, rows), 'int32');
    const name = `CausalAttention${headWidth}`;
    const output = [rows, heads * headWidth];
    const inputs = { qkv, reach };
    return [
      runShader(backend, { ...common(qkv, shape), name, inputs, output, work: work(qkv, heads), code: forwardCode(headWidth) }),
      reach,
    ];
  });
  register('webgpu', 'CausalAttentionGrad', (inputs: Record<'qkv' | 'out' | 'stats' | 'dy', tf.TensorInfo>, attributes, backend) => {
    const shape = attributes as unknown as AttentionShape;
    const { qkv, out, dy, stats: reach } = inputs;
    const { heads, kvHeads, headWidth } = shape;
    const shared = common(qkv, shape);
    const stats = runShader(backend, {
      ...shared,
      name: `AttentionStats${headWidth}`,
      inputs: { qkv, reach, attended: out, dy },
      output: [heads, qkv.shape[0] as number, 2],
      work: work(qkv, heads),
      code: statsCode(headWidth),
    });
    const gradient = { ...shared, inputs: { qkv, reach, dy, stats }, output: qkv.shape };
    const queries = { name: `AttentionGradQuery${headWidth}`, work: work(qkv, heads), code: gradQueryCode(headWidth) };
    const keys = { name: `AttentionGradKey${headWidth}`, work: work(qkv, kvHeads), code: gradKeyCode(headWidth) };
    const dqkv = runShader(backend, { ...gradient, ...queries });
    runShader(backend, { ...gradient, ...keys, into: dqkv });
    drop(backend, stats);
    return dqkv;
  });
}
