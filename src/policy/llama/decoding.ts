/** Brings new tokens into a key-value cache: straight on the wasm heap, or in tfjs's own operations on other backends. */
import { wasmHeap } from '../backend.ts';
import { logSoftmax } from '../choose.ts';
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

/** A token that a row may say next, and what is allowed to follow it. */
export interface Candidate {
  row: number;
  /** How many tokens the row has in the cache, its prompt included. */
  start: number;
  id: number;
  follow: ReadonlySet<number>;
}

/** The cache of rows that each continue one of some prompts; a prompt is read and kept once. */
export interface Decoder {
  /**
   * Reads the next tokens of some rows, at least one each.
   * @returns for each row the logits of the tokens `allowed` after its last one.
   */
  read(fresh: readonly Fresh[], allowed: readonly number[][]): Promise<Float32Array[]>;
  /** For each candidate the share, among `words`, of what would be said after it that is allowed; none of them is kept. */
  foresee(candidates: readonly Candidate[], words: number[]): Promise<number[]>;
  dispose(): void;
}

/** Foresight by reading each candidate behind its row's tokens, where the row's next reading takes its place. */
export async function foreseeByReading(
  decoder: Pick<Decoder, 'read'>,
  candidates: readonly Candidate[],
  words: number[],
): Promise<number[]> {
  const shares = candidates.map(() => 0);
  for (let left = candidates.map((_, i) => i); left.length > 0;) {
    // Of each row one at a time: they share a place.
    const now = left.filter((i, at) => left.findIndex((j) => candidates[j]?.row === candidates[i]?.row) === at);
    const some = now.map((i) => candidates[i] as Candidate);
    const logits = await decoder.read(
      some.map(({ row, id, start }) => ({ row, ids: [id], start })),
      some.map(() => words),
    );
    some.forEach(({ follow }, k) => {
      const logprobs = logSoftmax(logits[k] as Float32Array);
      shares[now[k] as number] = words.reduce((sum, word, w) => (follow.has(word) ? sum + Math.exp(logprobs[w] as number) : sum), 0);
    });
    left = left.filter((i) => !now.includes(i));
  }
  return shares;
}

/**
 * @param prompts token ids; some may be empty.
 * @param sources the prompt of each row.
 */
export function openDecoder(model: SamplingModel, prompts: readonly number[][], sources: readonly number[]): Decoder {
  const heap = wasmHeap();
  return heap ? new WasmDecoder(heap, model, prompts, sources) : new FunctionalDecoder(model, prompts, sources);
}
