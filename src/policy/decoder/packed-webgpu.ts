/**
 * WebGPU kernels that compute with packed weights: the words stay packed in GPU memory and are unpacked tile by tile
 * into workgroup memory. One kernel each for y = x W^T, dx = dy W, the gradient of 4-bit scales, and rows of W.
 */
import * as tf from '@tensorflow/tfjs';
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { Format } from './packed.ts';

/** Tiles are TILE x TILE; 64 threads of a workgroup compute 4 x 4 results each. TILE is a group of 4-bit weights. */
const TILE = 32;

/** WGSL: puts W[row0 .. row0 + 31, column0 .. column0 + 31] into tileW[row][column]; outside is zero. */
const loadWeights: Record<Format, string> = {
  group4: `
    fn loadW(row0 : i32, column0 : i32) {
      for (var i = i32(localIndex); i < 128; i += 64) {
        let row = row0 + i / 4;
        let word0 = column0 / 8 + i % 4;
        var word = 0x77777777u;
        var scale = 0.0;
        if (row < uniforms.N && column0 < uniforms.K) {
          word = bitcast<u32>(words[row * ((uniforms.K + 31) / 32) * 4 + word0]);
          scale = scales[row * ((uniforms.K + 31) / 32) + column0 / 32];
        }
        for (var j = 0u; j < 8u; j++) {
          tileW[i / 4][8 * (i % 4) + i32(j)] = (f32((word >> (4u * j)) & 15u) - 7.0) * scale;
        }
      }
    }`,
  half: `
    fn loadW(row0 : i32, column0 : i32) {
      for (var i = i32(localIndex); i < 512; i += 64) {
        let row = row0 + i / 16;
        let column = column0 + 2 * (i % 16);
        var pair = vec2<f32>(0.0);
        if (row < uniforms.N && column < uniforms.K) {
          pair = unpack2x16float(bitcast<u32>(words[(row * uniforms.K + column) / 2]));
        }
        tileW[i / 16][2 * (i % 16)] = pair.x;
        tileW[i / 16][2 * (i % 16) + 1] = pair.y;
      }
    }`,
};

/** WGSL: puts a[row0 .. , column0 .. ] of a matrix [rows, columns] into tileA[row][column]. */
const loadA = (name: string): string => `
    fn loadA(row0 : i32, column0 : i32, rows : i32, columns : i32) {
      for (var i = i32(localIndex); i < ${TILE * TILE}; i += 64) {
        let row = row0 + i / ${TILE};
        let column = column0 + i % ${TILE};
        var value = 0.0;
        if (row < rows && column < columns) { value = ${name}[row * columns + column]; }
        tileA[i / ${TILE}][i % ${TILE}] = value;
      }
    }`;

const tiles = `
    var<workgroup> tileA : array<array<f32, ${TILE + 1}>, ${TILE}>;
    var<workgroup> tileW : array<array<f32, ${TILE + 1}>, ${TILE}>;`;

/** WGSL: adds up a block of 4 x 4 results; `a` and `w` are the factors of step k for local row i and column j. */
const accumulate = (a: string, w: string): string => `
        for (var k = 0; k < ${TILE}; k++) {
          var left : vec4<f32>;
          var right : vec4<f32>;
          for (var i = 0; i < 4; i++) {
            left[i] = ${a};
            right[i] = ${w};
          }
          for (var i = 0; i < 4; i++) { sum[i] += left[i] * right; }
        }`;

const storeBlock = (columns: string): string => `
      for (var i = 0; i < 4; i++) {
        for (var j = 0; j < 4; j++) {
          let row = row0 + r0 + i;
          let column = column0 + c0 + j;
          if (row < uniforms.M && column < ${columns}) { result[row * ${columns} + column] = sum[i][j]; }
        }
      }`;

const start = `
      let r0 = 4 * (i32(localIndex) / 8);
      let c0 = 4 * (i32(localIndex) % 8);
      let row0 = i32(workgroupId.y) * ${TILE};
      let column0 = i32(workgroupId.x) * ${TILE};
      var sum : array<vec4<f32>, 4>;`;

/** y[M, N] = x[M, K] W[N, K]^T */
const forwardCode = (format: Format): string => `${tiles}${loadA('x')}${loadWeights[format]}
    fn main() {${start}
      for (var k0 = 0; k0 < uniforms.K; k0 += ${TILE}) {
        loadA(row0, k0, uniforms.M, uniforms.K);
        loadW(column0, k0);
        workgroupBarrier();
        ${accumulate('tileA[r0 + i][k]', 'tileW[c0 + i][k]')}
        workgroupBarrier();
      }${storeBlock('uniforms.N')}
    }`;

/** dx[M, K] = dy[M, N] W[N, K] */
const backwardCode = (format: Format): string => `${tiles}${loadA('dy')}${loadWeights[format]}
    fn main() {${start}
      for (var n0 = 0; n0 < uniforms.N; n0 += ${TILE}) {
        loadA(row0, n0, uniforms.M, uniforms.N);
        loadW(n0, column0);
        workgroupBarrier();
        ${accumulate('tileA[r0 + i][k]', 'tileW[k][c0 + i]')}
        workgroupBarrier();
      }${storeBlock('uniforms.K')}
    }`;

/**
 * dscale[N, G] = sum over the group's columns k of (code - 7)[n, k] (dy^T x)[n, k].
 * A workgroup takes 32 rows n of one group; tileA holds dy, tileX x, and at the end tileW the unscaled codes.
 */
const scaleCode = `${tiles}${loadA('dy')}
    var<workgroup> tileX : array<array<f32, ${TILE + 1}>, ${TILE}>;
    fn main() {
      let r0 = 4 * (i32(localIndex) / 8);
      let c0 = 4 * (i32(localIndex) % 8);
      let n0 = i32(workgroupId.y) * ${TILE};
      let group = i32(workgroupId.x);
      let groups = (uniforms.K + 31) / 32;
      var sum : array<vec4<f32>, 4>;
      for (var m0 = 0; m0 < uniforms.M; m0 += ${TILE}) {
        loadA(m0, n0, uniforms.M, uniforms.N);
        for (var i = i32(localIndex); i < ${TILE * TILE}; i += 64) {
          let row = m0 + i / ${TILE};
          let column = group * ${TILE} + i % ${TILE};
          var value = 0.0;
          if (row < uniforms.M && column < uniforms.K) { value = x[row * uniforms.K + column]; }
          tileX[i / ${TILE}][i % ${TILE}] = value;
        }
        workgroupBarrier();
        ${accumulate('tileA[k][r0 + i]', 'tileX[k][c0 + i]')}
        workgroupBarrier();
      }
      for (var i = 0; i < 4; i++) {
        for (var j = 0; j < 4; j++) {
          let row = n0 + r0 + i;
          let column = c0 + j;
          var code = 7u;
          if (row < uniforms.N) {
            let word = bitcast<u32>(words[(row * groups + group) * 4 + column / 8]);
            code = (word >> (4u * u32(column % 8))) & 15u;
          }
          tileW[r0 + i][column] = sum[i][j] * (f32(code) - 7.0);
        }
      }
      workgroupBarrier();
      let row = i32(localIndex);
      if (row < ${TILE} && n0 + row < uniforms.N) {
        var total = 0.0;
        for (var k = 0; k < ${TILE}; k++) { total += tileW[row][k]; }
        result[(n0 + row) * groups + group] = total;
      }
    }`;

/** y[M, K]: row ids[m] of W; one thread unpacks one word. */
const rowsCode: Record<Format, string> = {
  group4: `
    fn main(index : i32) {
      let groups = (uniforms.K + 31) / 32;
      if (index >= uniforms.M * groups * 4) { return; }
      let m = index / (groups * 4);
      let at = index % (groups * 4);
      let word = bitcast<u32>(words[ids[m] * groups * 4 + at]);
      let scale = scales[ids[m] * groups + at / 4];
      for (var j = 0; j < 8; j++) {
        let column = 8 * at + j;
        if (column < uniforms.K) { result[m * uniforms.K + column] = (f32((word >> (4u * u32(j))) & 15u) - 7.0) * scale; }
      }
    }`,
  half: `
    fn main(index : i32) {
      let pairs = uniforms.K / 2;
      if (index >= uniforms.M * pairs) { return; }
      let m = index / pairs;
      let at = index % pairs;
      let pair = unpack2x16float(bitcast<u32>(words[ids[m] * pairs + at]));
      result[m * uniforms.K + 2 * at] = pair.x;
      result[m * uniforms.K + 2 * at + 1] = pair.y;
    }`,
};

interface Sizes {
  M: number;
  N: number;
  K: number;
}

/** `grid` gives the workgroups in x and y; without it, `threads` are dealt out one by one. */
function register(
  kernelName: string,
  variableNames: string[],
  code: string,
  outputShape: (sizes: Sizes, input: number[]) => number[],
  grid: ((sizes: Sizes) => [number, number]) | ((sizes: Sizes) => number),
  dtype: 'float32' | 'int32' = 'float32',
): void {
  if (tf.getKernel(kernelName, 'webgpu')) return;
  tf.registerKernel({
    kernelName,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const sizes = attrs as unknown as Sizes;
      const shape = outputShape(sizes, inputs[variableNames[0] as string]?.shape ?? []);
      const work = grid(sizes);
      const flat = typeof work === 'number';
      // A flat grid is folded, since one dimension holds at most 65535 workgroups.
      const groups = flat ? Math.ceil(work / 64) : 0;
      const dispatch: [number, number, number] = flat ? [Math.min(groups, 32768), Math.ceil(groups / 32768), 1] : [work[0], work[1], 1];
      const program: WebGPUProgram = {
        variableNames,
        variableComponents: variableNames.map(() => 1),
        outputShape: shape,
        dispatchLayout: flat ? { x: shape.map((_, axis) => axis) } : { x: [1], y: [0] },
        dispatch,
        workgroupSize: [64, 1, 1],
        shaderKey: kernelName,
        uniforms: 'M : i32, N : i32, K : i32,',
        getUserCode: () => code,
      };
      const uniforms = [sizes.M, sizes.N, sizes.K].map((value) => ({ type: 'int32', data: [value] }));
      const list = variableNames.map((name) => inputs[name] as tf.TensorInfo);
      return (backend as unknown as WebGPUBackend).runWebGPUProgram(program, list, dtype, uniforms);
    },
  });
}

/** Kernel that rounds to half precision, ties to even (WGSL's own conversion may truncate); M is the number of values. */
export function roundKernel(): string {
  register(
    'RoundToHalf',
    ['x'],
    `fn main(index : i32) {
      if (index >= uniforms.M) { return; }
      let value = x[index];
      let bits = bitcast<u32>(value);
      let normal = bitcast<f32>((bits + 0xfffu + ((bits >> 13u) & 1u)) & 0xffffe000u);
      // Below 2^-14 halves are multiples of 2^-24.
      result[index] = select(normal, round(value * 16777216.0) / 16777216.0, abs(value) < 0.00006103515625);
    }`,
    (_, shape) => shape,
    ({ M }: Sizes): number => M,
  );
  return 'RoundToHalf';
}

/** Kernel that picks rows `ids` [M] of words [.., K]: tfjs's own gather takes integers through floats, which loses digits. */
export function gatherKernel(): string {
  register(
    'GatherWords',
    ['ids', 'words'],
    `fn main(index : i32) {
      if (index < uniforms.M * uniforms.K) { result[index] = words[ids[index / uniforms.K] * uniforms.K + index % uniforms.K]; }
    }`,
    ({ M, K }) => [M, K],
    ({ M, K }: Sizes): number => M * K,
    'int32',
  );
  return 'GatherWords';
}

const tilesOf = (n: number): number => Math.ceil(n / TILE);

/** Kernel names of a format; registered on the first call. */
export function packedKernels(format: Format): { forward: string; backward: string; rows: string; scales: string } {
  const names = {
    forward: `PackedMatMul_${format}`,
    backward: `PackedMatMulGrad_${format}`,
    rows: `PackedRows_${format}`,
    scales: 'PackedScaleGrad',
  };
  const packed = format === 'group4' ? ['words', 'scales'] : ['words'];
  register(
    names.forward,
    ['x', ...packed],
    forwardCode(format),
    ({ M, N }) => [M, N],
    ({ M, N }: Sizes): [number, number] => [tilesOf(N), tilesOf(M)],
  );
  register(
    names.backward,
    ['dy', ...packed],
    backwardCode(format),
    ({ M, K }) => [M, K],
    ({ M, K }: Sizes): [number, number] => [tilesOf(K), tilesOf(M)],
  );
  register(
    names.rows,
    ['ids', ...packed],
    rowsCode[format],
    ({ M, K }) => [M, K],
    ({ M, K }: Sizes): number => M * (format === 'group4' ? tilesOf(K) * 4 : K / 2),
  );
  if (format === 'group4') {
    register(
      names.scales,
      ['x', 'dy', 'words'],
      scaleCode,
      ({ N, K }) => [N, tilesOf(K)],
      ({ N, K }: Sizes): [number, number] => [tilesOf(K), tilesOf(N)],
    );
  }
  return names;
}
