/** A small WebAssembly assembler: SIMD kernels are written as TypeScript expressions and compiled when a backend opens. */

/** Machine code of one expression or statement. */
export type Code = number[];
type ValueType = 'i32' | 'f32' | 'v128';

const typeByte: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

function unsigned(value: number): Code {
  const out: Code = [];
  do {
    const more = value >>> 7 !== 0;
    out.push((value & 0x7f) | (more ? 0x80 : 0));
    value >>>= 7;
  } while (value !== 0);
  return out;
}

function signed(value: number): Code {
  const out: Code = [];
  for (;;) {
    const byte = value & 0x7f;
    value >>= 7;
    if ((value === 0 && (byte & 0x40) === 0) || (value === -1 && (byte & 0x40) !== 0)) return [...out, byte];
    out.push(byte | 0x80);
  }
}

/** A local variable: `v.get` reads it, `v.set(e)` writes it. */
export interface Local {
  index: number;
  get: Code;
  set(value: Code): Code;
}

const op =
  (byte: number) =>
  (...args: Code[]): Code => [...args.flat(), byte];
const simd =
  (code: number) =>
  (...args: Code[]): Code => [...args.flat(), 0xfd, ...unsigned(code)];
/** Four-byte alignment is promised everywhere; offsets are constants in bytes. */
const memory =
  (bytes: Code) =>
  (address: Code, offset = 0): Code => [...address, ...bytes, 2, ...unsigned(offset)];
const storeTo =
  (bytes: Code) =>
  (address: Code, value: Code, offset = 0): Code => [...address, ...value, ...bytes, 2, ...unsigned(offset)];

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value | 0)],
  load: memory([0x28]),
  add: op(0x6a),
  sub: op(0x6b),
  mul: op(0x6c),
  and: op(0x71),
  shl: op(0x74),
  lt: op(0x48),
  gt: op(0x4a),
  ge: op(0x4e),
  eq: op(0x46),
  divU: op(0x6e),
  /** a < b ? a : b */
  min: (a: Code, b: Code): Code => [...a, ...b, ...a, ...b, 0x48, 0x1b],
};

export const f32 = {
  const: (value: number): Code => [0x43, ...new Uint8Array(new Float32Array([value]).buffer)],
  load: memory([0x2a]),
  store: storeTo([0x38]),
  add: op(0x92),
  sub: op(0x93),
  mul: op(0x94),
  div: op(0x95),
  max: op(0x97),
  sqrt: op(0x91),
  neg: op(0x8c),
  ofInt: op(0xb2),
};

export const v128 = {
  load: memory([0xfd, 0]),
  splatLoad: memory([0xfd, 9]),
  store: storeTo([0xfd, 11]),
  splat: simd(19),
  /** Four different constants. */
  floats: (values: number[]): Code => [0xfd, 12, ...new Uint8Array(new Float32Array(values).buffer)],
  lane: (value: Code, lane: number): Code => [...value, 0xfd, 31, lane],
  add: simd(228),
  sub: simd(229),
  mul: simd(230),
  div: simd(231),
  min: simd(234),
  max: simd(235),
  neg: simd(225),
  nearest: simd(106),
  toInt: simd(248),
  intAdd: simd(174),
  intShl: (value: Code, bits: number): Code => [...value, ...i32.const(bits), 0xfd, ...unsigned(171)],
  intSplat: simd(17),
  /** Lanes chosen from the eight of a and b. */
  shuffle: (a: Code, b: Code, lanes: number[]): Code => [
    ...a,
    ...b,
    0xfd,
    13,
    ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
  ],
};

/** `if (condition) { then } else { otherwise }` */
export function branch(condition: Code, then: Code, otherwise: Code = []): Code {
  return [...condition, 0x04, 0x40, ...then, ...(otherwise.length > 0 ? [0x05, ...otherwise] : []), 0x0b];
}

/** `for (; condition; ) { body }` */
export function repeatWhile(condition: Code, body: Code): Code {
  return [0x02, 0x40, 0x03, 0x40, ...condition, 0x45, 0x0d, 1, ...body, 0x0c, 0, 0x0b, 0x0b];
}

/** `for (i = from; i < to; i += step) { body }` */
export function count(i: Local, from: Code, to: Code, step: number, body: Code): Code {
  return [...i.set(from), ...repeatWhile(i32.lt(i.get, to), [...body, ...i.set(i32.add(i.get, i32.const(step)))])];
}

interface Kernel {
  name: string;
  params: ValueType[];
  result: ValueType | null;
  locals: ValueType[];
  body: Code;
}

/** Collects kernels; `compile` gives the bytes of a module that imports `env.memory` and exports each kernel by name. */
export class Assembler {
  private readonly kernels: Kernel[] = [];

  /** Adds a kernel; `build` gets its parameters and a maker of further locals. Returns code that calls it. */
  kernel(
    name: string,
    params: ValueType[],
    result: ValueType | null,
    build: (params: Local[], local: (type: ValueType) => Local) => Code,
  ): (...args: Code[]) => Code {
    const locals: ValueType[] = [];
    const at = (index: number): Local => ({
      index,
      get: [0x20, ...unsigned(index)],
      set: (value) => [...value, 0x21, ...unsigned(index)],
    });
    const body = build(
      params.map((_, i) => at(i)),
      (type) => at(params.length + locals.push(type) - 1),
    );
    this.kernels.push({ name, params, result, locals, body });
    const index = this.kernels.length - 1;
    return (...args) => [...args.flat(), 0x10, ...unsigned(index)];
  }

  compile(): Uint8Array<ArrayBuffer> {
    const list = (items: Code[]): Code => [...unsigned(items.length), ...items.flat()];
    const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
    const name = (text: string): Code => [...unsigned(text.length), ...new TextEncoder().encode(text)];
    const types = this.kernels.map((k) => [
      0x60,
      ...list(k.params.map((t) => [typeByte[t]])),
      ...list(k.result === null ? [] : [[typeByte[k.result]]]),
    ]);
    const bodies = this.kernels.map((k) => {
      const code = [...list(k.locals.map((t) => [1, typeByte[t]])), ...k.body, 0x0b];
      return [...unsigned(code.length), ...code];
    });
    return new Uint8Array([
      0x00,
      0x61,
      0x73,
      0x6d,
      1,
      0,
      0,
      0,
      ...section(1, list(types)),
      ...section(2, list([[...name('env'), ...name('memory'), 0x02, 0x00, 0x00]])),
      ...section(3, list(this.kernels.map((_, i) => unsigned(i)))),
      ...section(7, list(this.kernels.map((k, i) => [...name(k.name), 0x00, ...unsigned(i)]))),
      ...section(10, list(bodies)),
    ]);
  }
}
