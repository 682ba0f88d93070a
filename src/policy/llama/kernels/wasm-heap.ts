/** Our SIMD module on the heap of the tfjs wasm backend: compiled kernels, tensor addresses, and scratch memory. */
import * as tf from '@tensorflow/tfjs';
import { Assembler } from './assembler.ts';
import { addAttention } from './attention-simd.ts';
import { addChoices } from './choices.ts';
import { addCrossEntropy } from './cross-entropy.ts';
import { addGemm } from './gemm.ts';
import { addRmsNorm } from './rms-norm.ts';
import { addRope } from './rope.ts';
import { addSwiglu } from './swiglu.ts';

type Call = (...args: number[]) => void;

/** Every kernel takes addresses and byte strides first; see the file that assembles it. */
export interface Simd {
  pack: Call;
  gemm: Call;
  rmsNorm: Call;
  rmsNormGrad: Call;
  rmsNormGradW: Call;
  swiglu: Call;
  swigluGrad: Call;
  rope: Call;
  causalSoftmax: Call;
  causalSoftmaxGrad: Call;
  dots: Call;
  copyRows: Call;
  keepKeys: Call;
  rowStats: Call;
  expRows: Call;
  allowedDots: Call;
  allowedSum: Call;
  allowedScatter: Call;
}

/** What we use of tfjs's BackendWasm; its typings hide the instance's memory. */
export interface WasmBackend {
  wasm: {
    asm: { memory: WebAssembly.Memory };
    _malloc(bytes: number): number;
    _free(address: number): void;
    HEAPF32: Float32Array;
    HEAP32: Int32Array;
    HEAPU8: Uint8Array;
  };
  incRef(id: object): void;
  dataIdMap: { get(id: object): { memoryOffset: number } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
}

export class WasmHeap {
  private arena = 0;
  private arenaBytes = 0;
  private arenaUsed = 0;

  private constructor(
    readonly backend: WasmBackend,
    readonly simd: Simd,
  ) {}

  static async open(backend: WasmBackend): Promise<WasmHeap> {
    const assembler = new Assembler();
    addGemm(assembler);
    addRmsNorm(assembler);
    addSwiglu(assembler);
    addRope(assembler);
    addAttention(assembler);
    addCrossEntropy(assembler);
    addChoices(assembler);
    const { instance } = await WebAssembly.instantiate(assembler.compile(), { env: { memory: backend.wasm.asm.memory } });
    return new WasmHeap(backend, instance.exports as unknown as Simd);
  }

  address(tensor: tf.TensorInfo): number {
    return this.backend.dataIdMap.get(tensor.dataId).memoryOffset >>> 0;
  }

  output(shape: number[]): tf.TensorInfo {
    return this.backend.makeOutput(shape, 'float32');
  }

  /** An output filled with zeros. */
  zeros(shape: number[]): tf.TensorInfo {
    const out = this.output(shape);
    this.floats(out).fill(0);
    return out;
  }

  /** The memory itself; a new object whenever the heap has grown. */
  get buffer(): ArrayBuffer {
    return this.backend.wasm.asm.memory.buffer;
  }

  floats(tensor: tf.TensorInfo): Float32Array {
    return new Float32Array(this.buffer, this.address(tensor), tf.util.sizeFromShape(tensor.shape));
  }

  ints(tensor: tf.TensorInfo): Int32Array {
    return new Int32Array(this.buffer, this.address(tensor), tf.util.sizeFromShape(tensor.shape));
  }

  /** Addresses of scratch regions of the given sizes (in floats), valid until the next call. */
  scratch(...floats: number[]): number[] {
    const sizes = floats.map((n) => (n * 4 + 63) & ~63);
    const total = sizes.reduce((sum, n) => sum + n, 64);
    if (total > this.arenaBytes) {
      if (this.arena !== 0) this.backend.wasm._free(this.arena);
      this.arenaBytes = Math.ceil(total * 1.25);
      this.arena = this.backend.wasm._malloc(this.arenaBytes) >>> 0;
      if (this.arena === 0) throw new Error(`The wasm heap has no room for ${this.arenaBytes} bytes of scratch memory.`);
    }
    this.arenaUsed = (this.arena + 63) & ~63;
    return sizes.map((n) => {
      const at = this.arenaUsed;
      this.arenaUsed += n;
      return at;
    });
  }
}

/** Floats that `pack` writes for a matrix of that depth and number of columns. */
export const packedSize = (depth: number, columns: number): number => depth * Math.ceil(columns / 8) * 8;
