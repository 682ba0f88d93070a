/**
 * WGSL of the products with packed weights. A workgroup of 64 threads holds 32 steps of the inner axis in workgroup memory,
 * as vectors of four neighbours along the outer axes; a thread then reads a vector of each side and adds sixteen products,
 * once or twice (`quads`) to a step. Weights are unpacked four rows, or four columns, at a time.
 */
import type { Format } from './packed.ts';

/** Columns of a tile, and steps of the inner axis in workgroup memory: a group of 4-bit weights. */
export const TILE = 32;

/** Vectors to a step of tileW, one more than are used, so that steps do not fall onto the same memory banks. */
const wide = TILE / 4 + 1;

/** Rows of a tile. */
export const rowsOf = (quads: number): number => TILE * quads;

const code4 = (word: string, shift: string): string => `(vec4<f32>((${word} >> ${shift}) & vec4<u32>(15u)) - 7.0)`;

/** loadAcross(row0, k0): tileW[k * wide + q] = W[row0 + 4 q ..+3, k0 + k]; outside is zero. */
const loadAcross: Record<Format, string> = {
  // A thread takes four rows and half a word of each.
  group4: `
    fn loadAcross(row0 : i32, k0 : i32) {
      let q = i32(localIndex) / 8;
      let part = i32(localIndex) % 8;
      let groups = (uniforms.K + 31) / 32;
      let at = k0 / 8 + part / 2;
      var word = vec4<u32>(0x77777777u);
      var scale = vec4<f32>(0.0);
      let row = row0 + 4 * q;
      let last = uniforms.N - 1;
      if (row < uniforms.N) {
        let rows = min(vec4<i32>(row, row + 1, row + 2, row + 3), vec4<i32>(last));
        word = vec4<u32>(bitcast<u32>(words[rows.x * groups * 4 + at]), bitcast<u32>(words[rows.y * groups * 4 + at]),
          bitcast<u32>(words[rows.z * groups * 4 + at]), bitcast<u32>(words[rows.w * groups * 4 + at]));
        scale = vec4<f32>(scales[rows.x * groups + k0 / 32], scales[rows.y * groups + k0 / 32],
          scales[rows.z * groups + k0 / 32], scales[rows.w * groups + k0 / 32]);
      }
      let shift = 16u * u32(part % 2);
      let k = 4 * part;
      tileW[k * ${wide} + q] = ${code4('word', 'vec4<u32>(shift)')} * scale;
      tileW[(k + 1) * ${wide} + q] = ${code4('word', 'vec4<u32>(shift + 4u)')} * scale;
      tileW[(k + 2) * ${wide} + q] = ${code4('word', 'vec4<u32>(shift + 8u)')} * scale;
      tileW[(k + 3) * ${wide} + q] = ${code4('word', 'vec4<u32>(shift + 12u)')} * scale;
    }`,
  half: `
    fn pair(row : i32, k : i32) -> vec2<f32> {
      if (row < uniforms.N && k < uniforms.K) { return unpack2x16float(bitcast<u32>(words[(row * uniforms.K + k) / 2])); }
      return vec2<f32>(0.0);
    }
    fn loadAcross(row0 : i32, k0 : i32) {
      for (var i = i32(localIndex); i < 128; i += 64) {
        let q = i / 16;
        let k = 2 * (i % 16);
        let row = row0 + 4 * q;
        let a = pair(row, k0 + k);
        let b = pair(row + 1, k0 + k);
        let c = pair(row + 2, k0 + k);
        let d = pair(row + 3, k0 + k);
        tileW[k * ${wide} + q] = vec4<f32>(a.x, b.x, c.x, d.x);
        tileW[(k + 1) * ${wide} + q] = vec4<f32>(a.y, b.y, c.y, d.y);
      }
    }`,
};

/** loadAlong(row0, column0): tileW[k * wide + q] = W[row0 + k, column0 + 4 q ..+3]; outside is zero. */
const loadAlong: Record<Format, string> = {
  group4: `
    fn loadAlong(row0 : i32, column0 : i32) {
      let groups = (uniforms.K + 31) / 32;
      for (var i = i32(localIndex); i < 256; i += 64) {
        let k = i / 8;
        let q = i % 8;
        let row = row0 + k;
        var value = vec4<f32>(0.0);
        if (row < uniforms.N && column0 < uniforms.K) {
          let word = bitcast<u32>(words[row * groups * 4 + column0 / 8 + q / 2]);
          let shift = 16u * u32(q % 2);
          value = ${code4('vec4<u32>(word)', 'vec4<u32>(shift, shift + 4u, shift + 8u, shift + 12u)')} * scales[row * groups + column0 / 32];
        }
        tileW[k * ${wide} + q] = value;
      }
    }`,
  half: `
    fn loadAlong(row0 : i32, column0 : i32) {
      for (var i = i32(localIndex); i < 256; i += 64) {
        let k = i / 8;
        let q = i % 8;
        let row = row0 + k;
        let column = column0 + 4 * q;
        var left = vec2<f32>(0.0);
        var right = vec2<f32>(0.0);
        if (row < uniforms.N && column < uniforms.K) { left = unpack2x16float(bitcast<u32>(words[(row * uniforms.K + column) / 2])); }
        if (row < uniforms.N && column + 2 < uniforms.K) { right = unpack2x16float(bitcast<u32>(words[(row * uniforms.K + column) / 2 + 1])); }
        tileW[k * ${wide} + q] = vec4<f32>(left, right);
      }
    }`,
};

/** loadRows(row0, k0, columns): tileA[k * tall + q] = a[row0 + 4 q ..+3, k0 + k] of a matrix [M, columns]. */
const loadRows = (name: string, quads: number): string => `
    fn element(row : i32, column : i32, columns : i32) -> f32 {
      if (row < uniforms.M && column < columns) { return ${name}[row * columns + column]; }
      return 0.0;
    }
    fn loadRows(row0 : i32, k0 : i32, columns : i32) {
      for (var i = i32(localIndex); i < ${256 * quads}; i += 64) {
        let k = i % ${TILE};
        let q = i / ${TILE};
        let row = row0 + 4 * q;
        tileA[k * ${8 * quads + 1} + q] = vec4<f32>(element(row, k0 + k, columns), element(row + 1, k0 + k, columns),
          element(row + 2, k0 + k, columns), element(row + 3, k0 + k, columns));
      }
    }`;

const each = (n: number, text: (i: number) => string): string => Array.from({ length: n }, (_, i) => text(i)).join('\n');

/** A loop over the inner axis: `load` fills both tiles for the steps from k0 on; row r of the block is sum<r>. */
const loop = (inner: string, load: string, quads: number): string => `
      let ri = i32(localIndex) / 8;
      let ci = i32(localIndex) % 8;
      let row0 = i32(workgroupId.y) * ${rowsOf(quads)};
      let column0 = i32(workgroupId.x) * ${TILE};
      ${each(4 * quads, (r) => `var sum${r} = vec4<f32>(0.0);`)}
      for (var k0 = 0; k0 < ${inner}; k0 += ${TILE}) {
        ${load}
        workgroupBarrier();
        for (var k = 0; k < ${TILE}; k++) {
          let w = tileW[k * ${wide} + ci];
          ${each(
            quads,
            (q) => `let a${q} = tileA[k * ${8 * quads + 1} + ri + ${8 * q}];
          ${['x', 'y', 'z', 'w'].map((part, i) => `sum${4 * q + i} += a${q}.${part} * w;`).join(' ')}`,
          )}
        }
        workgroupBarrier();
      }`;

/** Writes the block: its rows are 4 ri + i (and 32 further on), its columns 4 ci ..+3. */
const store = (columns: string, quads: number): string => `
      let column = column0 + 4 * ci;
      ${each(
        4 * quads,
        (r) => `{
        let row = row0 + ${TILE * Math.floor(r / 4)} + 4 * ri + ${r % 4};
        if (row < uniforms.M) {
          let at = row * ${columns} + column;
          if (column < ${columns}) { result[at] = sum${r}.x; }
          if (column + 1 < ${columns}) { result[at + 1] = sum${r}.y; }
          if (column + 2 < ${columns}) { result[at + 2] = sum${r}.z; }
          if (column + 3 < ${columns}) { result[at + 3] = sum${r}.w; }
        }
      }`,
      )}`;

const tiles = (quads: number): string => `
    var<workgroup> tileA : array<vec4<f32>, ${TILE * (8 * quads + 1)}>;
    var<workgroup> tileW : array<vec4<f32>, ${TILE * wide}>;`;

/** y[M, N] = x[M, K] W[N, K]^T */
export const forwardCode = (format: Format, quads: number): string => `${tiles(quads)}${loadRows('x', quads)}${loadAcross[format]}
    fn main() {${loop('uniforms.K', 'loadRows(row0, k0, uniforms.K); loadAcross(column0, k0);', quads)}
      ${store('uniforms.N', quads)}
    }`;

/** dx[M, K] = dy[M, N] W[N, K] */
export const backwardCode = (format: Format, quads: number): string => `${tiles(quads)}${loadRows('dy', quads)}${loadAlong[format]}
    fn main() {${loop('uniforms.N', 'loadRows(row0, k0, uniforms.N); loadAlong(k0, column0);', quads)}
      ${store('uniforms.K', quads)}
    }`;

/** WGSL: a function that puts name[m0 + k, column0 + 4 q ..+3] of a matrix [M, columns] into tile[k * wide + q]. */
const loadAlongOf = (name: string, tile: string): string => `
    fn load_${name}(m0 : i32, column0 : i32, columns : i32) {
      for (var i = i32(localIndex); i < 256; i += 64) {
        let m = m0 + i / 8;
        let column = column0 + 4 * (i % 8);
        var value = vec4<f32>(0.0);
        if (m < uniforms.M) {
          let at = m * columns + column;
          if (column < columns) { value.x = ${name}[at]; }
          if (column + 1 < columns) { value.y = ${name}[at + 1]; }
          if (column + 2 < columns) { value.z = ${name}[at + 2]; }
          if (column + 3 < columns) { value.w = ${name}[at + 3]; }
        }
        ${tile}[(i / 8) * ${wide} + i % 8] = value;
      }
    }`;

/**
 * dscale[N, G] = sum over the group's columns k of (code - 7)[n, k] (dy^T x)[n, k].
 * A workgroup takes 32 rows n of one group; at the end tileA holds each thread's four rows, summed over its four columns.
 */
export const scaleCode = `${tiles(1)}${loadAlongOf('dy', 'tileA')}${loadAlongOf('x', 'tileW')}
    fn weighted(row : i32, column : i32, sum : vec4<f32>, groups : i32) -> f32 {
      if (row >= uniforms.N) { return 0.0; }
      let word = bitcast<u32>(words[(row * groups + i32(workgroupId.x)) * 4 + column / 8]);
      let shift = 4u * u32(column % 8);
      return dot(sum, ${code4('vec4<u32>(word)', 'vec4<u32>(shift, shift + 4u, shift + 8u, shift + 12u)')});
    }
    fn main() {
      let ri = i32(localIndex) / 8;
      let ci = i32(localIndex) % 8;
      let n0 = i32(workgroupId.y) * ${TILE};
      let groups = (uniforms.K + 31) / 32;
      ${each(4, (r) => `var sum${r} = vec4<f32>(0.0);`)}
      for (var m0 = 0; m0 < uniforms.M; m0 += ${TILE}) {
        load_dy(m0, n0, uniforms.N);
        load_x(m0, i32(workgroupId.x) * ${TILE}, uniforms.K);
        workgroupBarrier();
        for (var m = 0; m < ${TILE}; m++) {
          let a = tileA[m * ${wide} + ri];
          let w = tileW[m * ${wide} + ci];
          ${['x', 'y', 'z', 'w'].map((part, i) => `sum${i} += a.${part} * w;`).join(' ')}
        }
        workgroupBarrier();
      }
      let row = n0 + 4 * ri;
      tileA[ci * 8 + ri] = vec4<f32>(${Array.from({ length: 4 }, (_, i) => `weighted(row + ${i}, 4 * ci, sum${i}, groups)`).join(', ')});
      workgroupBarrier();
      if (ci == 0) {
        var total = vec4<f32>(0.0);
        for (var i = 0; i < 8; i++) { total += tileA[i * 8 + ri]; }
        if (row < uniforms.N) { result[row * groups + i32(workgroupId.x)] = total.x; }
        if (row + 1 < uniforms.N) { result[(row + 1) * groups + i32(workgroupId.x)] = total.y; }
        if (row + 2 < uniforms.N) { result[(row + 2) * groups + i32(workgroupId.x)] = total.z; }
        if (row + 3 < uniforms.N) { result[(row + 3) * groups + i32(workgroupId.x)] = total.w; }
      }
    }`;
