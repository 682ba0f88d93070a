/** Every message between whoever uses a served language model and the worker in which WebLLM runs. */
import type { CacheBackend, LoadReport, ModelRecord } from './engine.ts';
import type { Feed, Prompt } from './sequences.ts';
import type { AnswerRequest, AnswerResult, ServingInfo, SyncReport, TensorBytes, Written } from './port.ts';

/** Each is answered once, under its `id`. */
export type Request = { id: number } & Call;

export type Call =
  /** The models that WebLLM knows, answered by `ModelRecord[]`. */
  | { type: 'models' }
  /** Brings what says what a model is, without its weights; answered by the address of its files. Refused where it cannot run. */
  | { type: 'describe'; record: ModelRecord | string; cache: CacheBackend }
  /** Brings the files that are missing into the cache; progress is told meanwhile. */
  | { type: 'download'; record: ModelRecord | string; cache: CacheBackend }
  /** Answered by `ServingInfo`; progress is told meanwhile. `longest`: most tokens of an episode. */
  | { type: 'load'; record: ModelRecord | string; cache: CacheBackend; longest: number; chatOptions: Record<string, unknown> }
  /** Answered by the number of the sequences, and how they advance. */
  | { type: 'open'; prompts: Prompt[] }
  | { type: 'feed'; sequences: number; feeds: Feed[] }
  | { type: 'finish'; sequences: number; rows: number[] }
  | { type: 'close'; sequences: number }
  | { type: 'sync'; tensors: TensorBytes[]; version: number | null }
  | { type: 'write'; prompt: string; schema: object; maxTokens: number }
  | { type: 'answer'; request: AnswerRequest }
  /** Loads the model again after the device was lost, with the base weights; progress is told meanwhile. */
  | { type: 'rebuild' }
  | { type: 'unload' };

/** What a call is answered with. */
export interface Answers {
  models: ModelRecord[];
  describe: string;
  download: null;
  load: ServingInfo;
  open: { number: number; info: ServingInfo };
  feed: { logits: Float32Array[]; tokensFed: number };
  finish: null;
  close: null;
  sync: { report: SyncReport; info: ServingInfo };
  write: Written;
  answer: AnswerResult;
  rebuild: ServingInfo;
  unload: null;
}

export type Reply =
  | { type: 'answer'; id: number; value: Answers[keyof Answers] }
  /** `mendable`: the sentence is meant for the person (a UserError). */
  | { type: 'refused'; id: number; message: string; mendable: boolean; /** An `EngineLost`. */ lost: boolean }
  | { type: 'progress'; report: LoadReport };
