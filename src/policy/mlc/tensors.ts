/** Tensors as a weight folder stores them: which ones a model has, and their bytes from and to numbers. */
import { UserError } from '../../lib/errors.ts';
import { sizeOf } from '../llama/config.ts';
import { allWeights } from './architecture.ts';
import type { DecoderConfig, WeightSpec } from './architecture.ts';
import { fromBfloat, fromHalf, toBfloat, toHalf } from './floats.ts';
import { codeBits } from './format.ts';
import type { Quantisation, TensorRecord } from './format.ts';
import { groupsOf, quantise, wordsOf } from './groups.ts';

/** One tensor with its numbers: words of codes are unsigned, everything else is a float. */
export interface NamedTensor {
  name: string;
  shape: number[];
  values: Float32Array | Uint32Array;
}

/** A matrix's name(s) in the file. */
export const wordsName = (matrix: string): string => `${matrix}.q_weight`;
export const scalesName = (matrix: string): string => `${matrix}.q_scale`;
export const denseName = (matrix: string): string => `${matrix}.weight`;

/** The tensors that hold one weight. */
export function storedShapes({ name, shape }: WeightSpec, quantisation: Quantisation): { name: string; shape: number[] }[] {
  const [rows, columns] = shape;
  if (columns === undefined) return [{ name, shape }];
  const bits = codeBits(quantisation);
  if (bits === null) return [{ name: denseName(name), shape }];
  return [
    { name: wordsName(name), shape: [rows, wordsOf(columns, bits)] },
    { name: scalesName(name), shape: [rows, groupsOf(columns)] },
  ];
}

/** All tensors of a model's files by name. */
export function allStored(config: DecoderConfig): Map<string, number[]> {
  return new Map(
    allWeights(config)
      .flatMap((spec) => storedShapes(spec, config.quantisation))
      .map(({ name, shape }) => [name, shape]),
  );
}

/** The tensors of one weight from its numbers; matrices of coded models are quantised here. */
export function storeWeight({ name, shape }: WeightSpec, values: Float32Array, quantisation: Quantisation): NamedTensor[] {
  const [rows, columns] = shape;
  const [first, second] = storedShapes({ name, shape }, quantisation) as [
    { name: string; shape: number[] },
    { name: string; shape: number[] }?,
  ];
  const bits = codeBits(quantisation);
  if (columns === undefined || bits === null || !second) return [{ ...first, values }];
  const { words, scales } = quantise(values, rows, columns, quantisation === 'q4f32_1' ? 'bfloat16' : 'float16', bits);
  return [
    { ...first, values: words },
    { ...second, values: scales },
  ];
}

const bytesOf = (array: Uint16Array | Uint32Array | Float32Array): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength);

/**
 * Bytes of a tensor and how they are told in the index. Floats of `f16` models are halves. Those of q4f32_1 are written
 * as MLC does, by their upper two bytes, unless `exact`; those of q0f32 are always exact.
 */
export function encode(
  { name, shape, values }: NamedTensor,
  quantisation: Quantisation,
  { exact = quantisation === 'q0f32' } = {},
): { record: Omit<TensorRecord, 'byteOffset'>; bytes: Uint8Array } {
  const half = quantisation.includes('f16');
  let bytes: Uint8Array;
  let kind: Pick<TensorRecord, 'dtype' | 'format'>;
  if (values instanceof Uint32Array) [bytes, kind] = [bytesOf(values), { dtype: 'uint32', format: 'f32-to-bf16' }];
  else if (half) [bytes, kind] = [bytesOf(toHalf(values)), { dtype: 'float16', format: 'f32-to-bf16' }];
  else if (exact) [bytes, kind] = [bytesOf(values), { dtype: 'float32', format: 'raw' }];
  else [bytes, kind] = [bytesOf(toBfloat(values)), { dtype: 'float32', format: 'f32-to-bf16' }];
  return { record: { name, shape, ...kind, nbytes: bytes.length }, bytes };
}

/** Numbers of a tensor in its shard. */
export function decode(shard: Uint8Array, record: TensorRecord): Float32Array | Uint32Array {
  const size = sizeOf(record.shape);
  const bytes = { float16: 2, uint32: 4, float32: record.format === 'f32-to-bf16' && record.nbytes === 2 * size ? 2 : 4 }[record.dtype] as
    number | undefined;
  if (bytes === undefined)
    throw new UserError(`The tensor ${record.name} is stored as ${String(record.dtype)}, which cannot be read here.`);
  if (record.nbytes !== bytes * size || record.byteOffset + record.nbytes > shard.length) {
    throw new UserError(`The tensor ${record.name} has ${record.nbytes} bytes at ${record.byteOffset}, but ${bytes * size} are needed.`);
  }
  // Copied, since a view needs an aligned offset.
  const { buffer } = shard.slice(record.byteOffset, record.byteOffset + record.nbytes);
  if (record.dtype === 'uint32') return new Uint32Array(buffer);
  if (record.dtype === 'float16') return fromHalf(new Uint16Array(buffer));
  return bytes === 2 ? fromBfloat(new Uint16Array(buffer)) : new Float32Array(buffer);
}
