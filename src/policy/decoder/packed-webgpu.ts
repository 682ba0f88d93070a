/**
 * WebGPU kernels that compute with packed weights: the words stay packed in GPU memory and are unpacked tile by tile
 * into workgroup memory. One kernel each for y = x W^T, dx = dy W, the gradient of 4-bit scales, and rows of W.
 */
import * as tf from '@tensorflow/tfjs';
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';
import type { Format } from './packed.ts';
import { backwardCode, forwardCode, rowsOf, scaleCode, TILE } from './packed-tiles.ts';

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
  /** By sizes where more than one way of tiling is known; the name tells the ways apart. */
  code: string | ((sizes: Sizes) => { way: string; text: string }),
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
      const { way, text } = typeof code === 'string' ? { way: '', text: code } : code(sizes);
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
        shaderKey: kernelName + way,
        uniforms: 'M : i32, N : i32, K : i32,',
        getUserCode: () => text,
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

const tilesOf = (n: number, tile = TILE): number => Math.ceil(n / tile);

/** Few rows would leave half of a tall tile empty. */
const quadsFor = ({ M }: Sizes): number => (M > TILE ? 2 : 1);
const tiled = (code: (format: Format, quads: number) => string, format: Format) => (sizes: Sizes) => {
  const quads = quadsFor(sizes);
  return { way: `_${quads}`, text: code(format, quads) };
};

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
    tiled(forwardCode, format),
    ({ M, N }) => [M, N],
    (sizes: Sizes): [number, number] => [tilesOf(sizes.N), tilesOf(sizes.M, rowsOf(quadsFor(sizes)))],
  );
  register(
    names.backward,
    ['dy', ...packed],
    tiled(backwardCode, format),
    ({ M, K }) => [M, K],
    (sizes: Sizes): [number, number] => [tilesOf(sizes.K), tilesOf(sizes.M, rowsOf(quadsFor(sizes)))],
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
