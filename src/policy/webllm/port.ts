/** What a served language model offers, wherever its engine runs: sequences, new weights, and answers under a grammar or schema. */
import type { CachePlan } from './cache-plan.ts';
import type { ChatMessage, ModelRecord } from './engine.ts';
import type { AnswerStep } from './grammar.ts';
import type { Prompt, Sequences } from './sequences.ts';

export interface ServingInfo {
  modelId: string;
  /** Address below which the model's files lie in WebLLM's cache, ending in a slash. */
  filesUrl: string;
  /** How sequences advance, and why not together when they do not. */
  decoding: { kind: 'batched' } | { kind: 'single'; why: string };
  /** How new weights get in, and why not in place when they do not. */
  syncing: { kind: 'in place' } | { kind: 'reload'; why: string };
  /** Keys and values of the rollouts, where they advance together; null where the library does not say how large they are. */
  cache: CachePlan | null;
  /** Seconds that loading took. */
  loadSeconds: number;
}

export interface SyncReport {
  kind: 'in place' | 'reload';
  version: number | null;
  tensors: number;
  bytes: number;
  seconds: number;
}

/** One stored tensor as bytes of the served model's own type. */
export interface TensorBytes {
  name: string;
  bytes: Uint8Array;
}

/** One answer of a conversation, held to a list. */
export interface AnswerRequest {
  messages: ChatMessage[];
  /** The answers as strings, for the grammar. */
  texts: string[];
  /** Their token ids, each with the token that ends it. */
  answers: number[][];
  temperature: number;
  /** Numbers in [0, 1), one for each choice at most. */
  uniforms: number[];
}

export interface AnswerResult {
  /** Index of what was said. */
  answer: number;
  ids: number[];
  steps: AnswerStep[];
  /** Tokens that the engine read for it. */
  promptTokens: number;
}

/** Whatever is asked may fail with `EngineLost`; then `rebuild`, which serves the base weights. */
export interface Serving {
  readonly info: ServingInfo;
  open(prompts: Prompt[]): Promise<Sequences>;
  /**
   * New values for some tensors; keys and values of old weights are dropped.
   * @param version of the weights, null while more tensors of it are to come (in place only)
   * @throws UserError when the model has no such tensor or its size differs; none of these has been changed then.
   */
  sync(tensors: TensorBytes[], version: number | null): Promise<SyncReport>;
  /** Version of the weights that are served now. */
  readonly version: number;
  /** An answer at temperature 0 that is valid JSON under the schema. */
  write(prompt: string, schema: object, maxTokens: number): Promise<Written>;
  /** Says one of several answers, through the public chat call under a grammar. */
  answer(request: AnswerRequest): Promise<AnswerResult>;
  /** Loads the model again after the device was lost; all sequences have ended. */
  rebuild(): Promise<void>;
  dispose(): Promise<void>;
}

export interface Written {
  text: string;
  /** Tokens read and written. */
  tokens: number;
}

/** Replaces tensors in the cached files under an address of the adapter's own, and loads the engine from there. */
export type ReloadSync = (tensors: TensorBytes[], version: number) => Promise<ModelRecord>;
