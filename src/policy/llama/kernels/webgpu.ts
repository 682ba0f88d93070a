/** Runs WGSL on the tfjs WebGPU backend: one plain object per program, compiled once per name and input ranks. */
import type * as tf from '@tensorflow/tfjs';
import type { WebGPUBackend, WebGPUProgram } from '@tensorflow/tfjs-backend-webgpu';

export interface Shader<I extends string> {
  /** Names the code: two shaders of one name must be the same text. */
  name: string;
  /** Storage buffers by the name that the code reads them under. */
  inputs: Record<I, tf.TensorInfo>;
  /** Read in the code as uniforms.<name>: whole numbers as i32, `floats` as f32. */
  ints?: Record<string, number>;
  floats?: Record<string, number>;
  /** Inputs, or 'result', that the code sees as vectors of four; their sizes must be multiples of that. */
  vectors?: readonly (NoInfer<I> | 'result')[];
  output: number[];
  dtype?: 'float32' | 'int32';
  /** A number of threads, dealt out in workgroups of 64; or of workgroups, of 64 threads each, in x, y and z. */
  work: number | [number, number, number];
  /** WGSL with `fn main(index : i32)`; writes to `result`, may use workgroupId and localIndex. */
  code: string;
  /** Written in place of a new tensor. */
  into?: tf.TensorInfo;
}

/** One dimension of a grid holds at most 65535 workgroups. */
const widest = 32768;

export function runShader<I extends string>(backend: unknown, shader: Shader<I>): tf.TensorInfo {
  const { name, inputs, ints = {}, floats = {}, vectors = [], output, dtype = 'float32', work, code, into } = shader;
  const groups = typeof work === 'number' ? Math.ceil(work / 64) : 0;
  const variableNames = Object.keys(inputs);
  const program: WebGPUProgram = {
    variableNames,
    variableComponents: variableNames.map((name) => (vectors.includes(name as I) ? 4 : 1)),
    outputComponent: vectors.includes('result') ? 4 : 1,
    outputShape: output,
    dispatchLayout: { x: output.map((_, axis) => axis) },
    dispatch: typeof work === 'number' ? [Math.min(groups, widest), Math.ceil(groups / widest), 1] : work,
    workgroupSize: [64, 1, 1],
    shaderKey: name,
    uniforms: [...Object.keys(ints).map((key) => `${key} : i32,`), ...Object.keys(floats).map((key) => `${key} : f32,`)].join(' '),
    getUserCode: () => code,
  };
  const uniforms = [
    ...Object.values(ints).map((value) => ({ type: 'int32', data: [value] })),
    ...Object.values(floats).map((value) => ({ type: 'float32', data: [value] })),
  ];
  return (backend as WebGPUBackend).runWebGPUProgram(program, Object.values(inputs), dtype, uniforms, into);
}

/**
 * Four numbers at a time, if all these widths consist of whole fours: WGSL that only adds and multiplies is the same text for
 * vectors (`Value` names what it then works on), and counts in `by` numbers.
 */
export function byFours<const I extends string>(widths: readonly number[], names: readonly I[]) {
  const whole = widths.every((width) => width % 4 === 0);
  return {
    by: whole ? 4 : 1,
    suffix: whole ? 'ByFours' : '',
    vectors: whole ? names : [],
    alias: `alias Value = ${whole ? 'vec4<f32>' : 'f32'};`,
  };
}

/** Gives back a tensor that only a kernel saw. */
export function drop(backend: unknown, tensor: tf.TensorInfo): void {
  (backend as WebGPUBackend).disposeData(tensor.dataId);
}

/** Workgroups, one per row of a tensor; the code finds its row with `rowIndex()` and must guard against rows past the end. */
export const perRow = (rows: number): [number, number, number] => [Math.min(rows, widest), Math.ceil(rows / widest), 1];

/** WGSL: the row of this workgroup, and the sum of a value over its 64 threads (every thread must call it). */
export const rowCode = `
  var<workgroup> partial : array<f32, 64>;
  fn rowIndex() -> i32 { return i32(workgroupId.x + workgroupId.y * ${widest}u); }
  fn sumOverThreads(value : f32) -> f32 {
    partial[localIndex] = value;
    workgroupBarrier();
    for (var half = 32u; half > 0u; half /= 2u) {
      if (localIndex < half) { partial[localIndex] += partial[localIndex + half]; }
      workgroupBarrier();
    }
    let total = partial[0];
    workgroupBarrier();
    return total;
  }`;

/** Up to this width a thread takes a whole row: meeting others at barriers would take longer than the row does. */
const SHORT = 256;

/** A team of threads for each of some rows: a workgroup, or for short rows a thread alone. */
export function teamPerRow(rows: number, width: number): { suffix: string; work: Shader<string>['work']; team: string } {
  if (width > SHORT) return { suffix: '', work: perRow(rows), team: workgroupTeam };
  return { suffix: 'Short', work: rows, team: threadTeam };
}

/** WGSL of a team: which row it has, its LANES threads, and sum and maximum over them (every thread must call these). */
const threadTeam = `
  const LANES = 1;
  fn lane() -> i32 { return 0; }
  fn rowOf(index : i32) -> i32 { return index; }
  fn sumOverThreads(value : f32) -> f32 { return value; }
  fn maxOverThreads(value : f32) -> f32 { return value; }`;
const workgroupTeam = `${rowCode}
  const LANES = 64;
  fn lane() -> i32 { return i32(localIndex); }
  fn rowOf(index : i32) -> i32 { return rowIndex(); }
  fn maxOverThreads(value : f32) -> f32 {
    partial[localIndex] = value;
    workgroupBarrier();
    var top = value;
    for (var i = 0; i < 64; i++) { top = max(top, partial[i]); }
    workgroupBarrier();
    return top;
  }`;
