/** Tensors of the fake engine: bytes as the real runtime holds them, and what they mean as numbers. */
import { allWeights } from '../mlc/architecture.ts';
import type { DecoderConfig } from '../mlc/architecture.ts';
import { fromHalf } from '../mlc/floats.ts';
import { isQuantised } from '../mlc/format.ts';
import { dequantise } from '../mlc/groups.ts';
import { denseName, scalesName, wordsName } from '../mlc/tensors.ts';
import type { TvmTensor } from './engine.ts';

export class FakeTensor implements TvmTensor {
  constructor(
    readonly shape: number[],
    readonly dtype: string,
    public data: ArrayLike<number> | Uint8Array,
    private readonly written?: () => void,
  ) {}
  copyFrom(data: TvmTensor | ArrayLike<number>): TvmTensor {
    const source = data instanceof FakeTensor ? data.data : (data as ArrayLike<number>);
    const size = this.shape.reduce((product, n) => product * n, 1);
    if (source.length !== size) throw new Error(`data size ${source.length} does not fit ${this.shape}`);
    // Whole numbers do not fit a float's 24 bits.
    this.data = this.dtype === 'int32' ? Int32Array.from(source) : Float32Array.from(source);
    return this;
  }
  copyFromRawBytes(bytes: Uint8Array): TvmTensor {
    this.written?.();
    if (bytes.length !== this.data.length) throw new Error(`Expect the data's length equals nbytes=${this.data.length}`);
    this.data = bytes.slice();
    return this;
  }
  view(shape: number[]): TvmTensor {
    return new FakeTensor(shape, this.dtype, this.data);
  }
  toArray(): Float32Array {
    return Float32Array.from(this.data);
  }
  dispose(): void {}
}

/** A model's weights by name, matrices dequantised. */
export function numbersOf(config: DecoderConfig, tensors: ReadonlyMap<string, FakeTensor>): Map<string, Float32Array> {
  const floats = (name: string): Float32Array => {
    const { data, dtype } = tensors.get(name) as FakeTensor;
    const { buffer } = (data as Uint8Array).slice();
    return dtype === 'float16' ? fromHalf(new Uint16Array(buffer)) : new Float32Array(buffer);
  };
  return new Map(
    allWeights(config).map(({ name, shape }) => {
      if (shape.length === 1) return [name, floats(name)];
      if (!isQuantised(config.quantisation)) return [name, floats(denseName(name))];
      const words = new Uint32Array(((tensors.get(wordsName(name)) as FakeTensor).data as Uint8Array).slice().buffer);
      return [name, dequantise({ words, scales: floats(scalesName(name)) }, ...(shape as [number, number]))];
    }),
  );
}
