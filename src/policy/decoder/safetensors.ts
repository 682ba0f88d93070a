/** The safetensors file format (single precision only): a JSON header with offsets, then the bytes. */
import { sentence, UserError } from '../../lib/errors.ts';
import { sizeOf } from '../llama/config.ts';
import { fromBfloat, fromHalf } from '../mlc/floats.ts';

export interface PlainTensor {
  shape: number[];
  data: Float32Array;
}

export function writeSafetensors(tensors: ReadonlyMap<string, PlainTensor>, metadata: Record<string, string>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  let json = JSON.stringify(header);
  // The data begin at a multiple of 8.
  json += ' '.repeat((8 - (new TextEncoder().encode(json).length % 8)) % 8);
  const head = new TextEncoder().encode(json);
  const out = new Uint8Array(8 + head.length + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(head.length), true);
  out.set(head, 8);
  let at = 8 + head.length;
  for (const { data } of tensors.values()) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return out;
}

const readers: Record<string, { bytes: number; read: (buffer: ArrayBuffer) => Float32Array }> = {
  F32: { bytes: 4, read: (buffer) => new Float32Array(buffer) },
  F16: { bytes: 2, read: (buffer) => fromHalf(new Uint16Array(buffer)) },
  BF16: { bytes: 2, read: (buffer) => fromBfloat(new Uint16Array(buffer)) },
};

/** @throws UserError naming what is wrong with the file. */
export function readSafetensors(bytes: Uint8Array): Map<string, PlainTensor> {
  const fail = (what: string): never => {
    throw new UserError(`This is no usable safetensors file: ${what}.`);
  };
  if (bytes.length < 8) fail(`it has only ${bytes.length} bytes`);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  if (8 + length > bytes.length) fail('its header is cut off');
  let header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] } | null> | null;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as typeof header;
  } catch (error) {
    return fail(`its header is not JSON (${sentence(error)})`);
  }
  if (typeof header !== 'object' || header === null) return fail('its header is no object');
  const whole = (values: unknown): values is number[] => Array.isArray(values) && values.every((n) => Number.isSafeInteger(n) && n >= 0);
  const data = bytes.subarray(8 + length);
  const tensors = new Map<string, PlainTensor>();
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue;
    if (typeof entry !== 'object' || entry === null) return fail(`the tensor ${name} is not described`);
    const { dtype, shape, data_offsets: offsets } = entry;
    const reader = readers[dtype] ?? fail(`the tensor ${name} is stored as ${String(dtype)}; known are ${Object.keys(readers).join(', ')}`);
    if (!whole(shape) || !whole(offsets)) return fail(`the tensor ${name} has no usable shape and place`);
    const [from, to] = offsets;
    if (to > data.length || to - from !== reader.bytes * sizeOf(shape)) fail(`the tensor ${name} does not fit its shape`);
    // A copy also of what Node reads, whose `slice` would be a view of the whole file.
    const values = reader.read(new Uint8Array(data.subarray(from, to)).buffer);
    if (!values.every(Number.isFinite)) fail(`the tensor ${name} holds numbers that are not finite`);
    tensors.set(name, { shape, data: values });
  }
  return tensors;
}
