/** Brings new tokens into a key-value cache: straight on the wasm heap, or in tfjs's own operations on other backends. */
import { wasmHeap } from '../backend.ts';
import type { Tokenizer } from '../tokenizer.ts';
import type { LlamaConfig } from './config.ts';
import { FunctionalDecoder } from './functional-decoder.ts';
import { WasmDecoder } from './kernels/wasm-decoder.ts';
import type { Linear, Weights } from './model.ts';
import type { RopeTable } from './kernels/rope.ts';

/** What a session samples with; fixed for its lifetime, so that all its tokens come from one policy. */
export interface SamplingModel {
  config: LlamaConfig;
  weights: Weights;
  linear: Linear;
  table: RopeTable;
  tokenizer: Tokenizer;
}

/** The next tokens of one row. */
export interface Fresh {
  row: number;
  ids: number[];
  /** How many tokens the row has in the cache, its prompt included. */
  start: number;
}

/** The cache of rows that each continue one of some prompts; a prompt is read and kept once. */
export interface Decoder {
  /**
   * Reads the next tokens of some rows, at least one each.
   * @returns for each row the logits of the tokens `allowed` after its last one.
   */
  read(fresh: readonly Fresh[], allowed: readonly number[][]): Promise<Float32Array[]>;
  dispose(): void;
}

/**
 * @param prompts token ids; some may be empty.
 * @param sources the prompt of each row.
 */
export function openDecoder(model: SamplingModel, prompts: readonly number[][], sources: readonly number[]): Decoder {
  const heap = wasmHeap();
  return heap ? new WasmDecoder(heap, model, prompts, sources) : new FunctionalDecoder(model, prompts, sources);
}
