/**
 * What lies under WebLLM's engine, for tests: a runtime and compiled library of the real ones' shape that compute a small
 * model in plain loops from the bytes of its tensors. It is strict: sequences that were not added, sizes that do not fit
 * and calls on disposed handles throw, as the real runtime does.
 */
import { referenceLogits } from '../decoder/reference.ts';
import type { MadeDecoder } from '../decoder/testing.ts';
import type { DecoderConfig } from '../mlc/architecture.ts';
import { memorySource } from '../mlc/format.ts';
import { readTensors } from '../mlc/read.ts';
import { encode } from '../mlc/tensors.ts';
import { FakeTensor, numbersOf } from './testing-tensors.ts';

export interface RuntimeOptions {
  config: DecoderConfig;
  /** Leave out what a generation or a library may lack. */
  without?: readonly string[];
  /** What the library keeps of what it has read; keys and values alone unless said. */
  stateKind?: string;
  /** Tokens that a cache may hold; one that asks for more takes the device away, a moment later. */
  room?: number;
  prefillChunkSize?: number;
}

/** What a test may look at. */
export class RuntimeLog {
  /** Rows of each batched call, one number per call. */
  batches: number[] = [];
  /** Tokens that caches were made for. */
  caches: number[] = [];
  forks = 0;
  /** Weights that were written in place. */
  writes = 0;
}

type Compiled = (...args: unknown[]) => unknown;

/** Sequences by id; forks copy. */
class Cache {
  sequences = new Map<number, number[]>();
  begun: { ids: number[]; lengths: number[] } | null = null;
  constructor(readonly device: { lost: boolean }) {}
  sequence(id: number): number[] {
    const found = this.sequences.get(id);
    if (!found) throw new Error(`The sequence "${id}" cannot be found in KV cache.`);
    return found;
  }
  dispose(): void {}
}

const number = (handle: unknown): number => (handle as { value: number }).value;
const shapeOf = (handle: unknown): number[] => handle as number[];

export class FakeRuntime {
  /** Handles of a lost device compute nothing. */
  device = { lost: false };
  /** A cache has asked for more than there is. */
  crowded = false;
  tensors = new Map<string, FakeTensor>();
  /** The tensors' bytes as numbers; read anew when some have been written. */
  private numbers: Map<string, Float32Array> | null = null;

  constructor(
    private readonly options: RuntimeOptions,
    private readonly log: RuntimeLog,
  ) {}

  /** Takes a model's weights onto a new device. */
  async load(files: MadeDecoder['files']): Promise<void> {
    const { config } = this.options;
    const half = config.quantisation.includes('f16');
    const written = () => {
      this.log.writes++;
      this.numbers = null;
    };
    this.device = { lost: false };
    this.tensors = new Map();
    this.numbers = null;
    await readTensors(memorySource(files), config, (tensor) => {
      const dtype = tensor.values instanceof Uint32Array ? 'uint32' : half ? 'float16' : 'float32';
      const { bytes } = encode(tensor, config.quantisation, { exact: true });
      this.tensors.set(tensor.name, new FakeTensor(tensor.shape, dtype, bytes.slice(), written));
    });
  }

  /** Logits after the last of some tokens. */
  logits(ids: readonly number[]): Float32Array {
    const { config } = this.options;
    this.numbers ??= numbersOf(config, this.tensors);
    return Float32Array.from(referenceLogits(config, this.numbers, ids, true)[0] as number[]);
  }

  private forward(embedded: unknown, handle: unknown): { get: (i: number) => FakeTensor } {
    const { vocabulary } = this.options.config;
    const cache = handle as Cache;
    if (cache.device.lost) return { get: () => new FakeTensor([1, 1, vocabulary], 'float32', new Float32Array(vocabulary)) };
    if (!cache.begun) throw new Error('begin_forward was not called');
    const { ids, lengths } = cache.begun;
    const tokens = Array.from((embedded as FakeTensor).data);
    let at = 0;
    const seen = ids.map((id, i) => {
      const list = cache.sequence(id);
      list.push(...tokens.slice(at, (at += lengths[i] as number)));
      return [...list];
    });
    // Computed when asked for: what is only read is quick.
    const computed = () => {
      const data = new Float32Array(seen.length * vocabulary);
      seen.forEach((list, i) => data.set(this.logits(list), i * vocabulary));
      return new FakeTensor([seen.length, 1, vocabulary], 'float32', data);
    };
    return { get: computed };
  }

  readonly globals: Record<string, Compiled> = {
    'vm.builtin.kv_state_clear': (cache) => (cache as Cache).sequences.clear(),
    'vm.builtin.kv_state_add_sequence': (cache, id) => {
      if ((cache as Cache).sequences.has(number(id))) throw new Error(`The sequence "${number(id)}" is already in the KV cache.`);
      (cache as Cache).sequences.set(number(id), []);
    },
    'vm.builtin.kv_state_remove_sequence': (cache, id) => {
      (cache as Cache).sequence(number(id));
      (cache as Cache).sequences.delete(number(id));
    },
    'vm.builtin.kv_state_fork_sequence': (cache, parent, child, at) => {
      const whole = (cache as Cache).sequence(number(parent));
      if ((cache as Cache).sequences.has(number(child))) throw new Error('The child sequence is already in the KV cache.');
      this.log.forks++;
      (cache as Cache).sequences.set(number(child), number(at) === -1 ? [...whole] : whole.slice(0, number(at)));
    },
    'vm.builtin.kv_state_begin_forward': (cache, ids, lengths) => {
      (cache as Cache).begun = { ids: shapeOf(ids), lengths: shapeOf(lengths) };
    },
    'vm.builtin.kv_state_end_forward': (cache) => {
      (cache as Cache).begun = null;
    },
  };

  readonly compiled: Record<string, Compiled> = {
    _metadata: () => {
      const { config, stateKind = 'kv_cache', prefillChunkSize = 7 } = this.options;
      return JSON.stringify({
        quantization: config.quantisation,
        kv_state_kind: stateKind,
        prefill_chunk_size: prefillChunkSize,
        kv_cache: { num_hidden_layers: config.layers, num_key_value_heads: config.kvHeads, head_dim: config.headWidth },
        params: [...this.tensors.keys()].map((name) => ({ name })),
      });
    },
    create_tir_paged_kv_cache: (_slots, size) => {
      const [tokens] = shapeOf(size) as [number];
      this.log.caches.push(tokens);
      this.crowded = tokens > (this.options.room ?? Infinity);
      return new Cache(this.device);
    },
    embed: (ids) => new FakeTensor([(ids as FakeTensor).data.length, 1], 'float32', (ids as FakeTensor).data),
    prefill: (embedded, cache) => {
      if ((cache as Cache).begun?.ids.length !== 1) throw new Error('prefill takes one sequence');
      return this.forward(embedded, cache);
    },
    decode: (embedded, cache) => {
      if ((cache as Cache).begun?.lengths.join() !== '1') throw new Error('decode takes one token of one sequence');
      return this.forward(embedded, cache);
    },
    batch_decode: (embedded, cache) => {
      if ((cache as Cache).begun?.lengths.some((length) => length !== 1)) throw new Error('batch_decode takes one token of each sequence');
      this.log.batches.push((cache as Cache).begun?.ids.length as number);
      return this.forward(embedded, cache);
    },
  };

  getFunction(name: string): Compiled {
    const found = this.compiled[name];
    if (!found || this.options.without?.includes(name)) throw new Error(`Cannot find function ${name}`);
    return found;
  }

  get tvm() {
    return {
      beginScope: () => {},
      endScope: () => {},
      detachFromCurrentScope: <T>(value: T): T => {
        if (value === undefined) throw new Error('nothing to detach');
        return value;
      },
      makeShapeTuple: (shape: number[]) => shape,
      getGlobalFunc: (name: string) => {
        const found = this.globals[name];
        if (!found) throw new Error(`Cannot find global function ${name}`);
        return found;
      },
      scalar: (value: number, dtype: string) => ({ value, dtype }),
      empty: (shape: number[], dtype: string) =>
        new FakeTensor(shape, dtype, new Float32Array(shape.reduce((product, n) => product * n, 1))),
      cpu: () => 'cpu',
      ...(this.options.without?.includes('tensorCacheGet') ? {} : { tensorCacheGet: (name: string) => this.tensors.get(name) }),
    };
  }
}
