/** The policy's side of the loop: what any policy that plays and learns must offer. */
import type * as tf from '@tensorflow/tfjs';
import type { Rng } from '../lib/rng.ts';
import type { DecoderShape } from './mlc/architecture.ts';
import type { Alternative, EpisodeTokens, UpdateStats } from '../types.ts';

/** What one row wants: some new text to read, then one of `choices` as its answer. */
export interface ActRequest {
  row: number;
  /** Text to append first: the last observation (empty on the first turn). */
  read: string;
  /** Complete answers; the decoder walks their token trie, so that nothing else can be said. */
  choices: string[];
  /** This row's own stream, so that its draw does not depend on who else is in the batch. */
  rng: Rng;
}

/** Most tokens of a line that is said freely; it is cut off there. */
export const LONGEST_LINE = 48;

export interface Decision {
  /** The chosen element of `choices`, or the line said freely; null when `read` and the answer would not have fitted the context. */
  choice: string | null;
  /** Sum of the log-probabilities of its chosen tokens at temperature 1, in nats. */
  logprob: number;
  /** The likeliest answers not taken (or the beginnings of several, with an ellipsis), best first. */
  others?: Alternative[];
  /** Spans [from, to) of `choice` whose tokens were chosen among several. */
  chosen?: [from: number, to: number][];
}

/** B conversations that advance together on one key-value cache. */
export interface PolicySession {
  act(requests: ActRequest[], options: { temperature: number }): Promise<Decision[]>;
  /** Like `act` without choices: each row says one line of its own, at most `LONGEST_LINE` tokens. Absent where a policy cannot. */
  say?(requests: Omit<ActRequest, 'choices'>[], options: { temperature: number }): Promise<Decision[]>;
  /** Of rows that could act now, in order of their turn, those whose keys and values fit the memory together; absent where all do. */
  fitting?(rows: readonly number[]): number[];
  /** Everything row `row` has read and said so far. */
  tokens(row: number): EpisodeTokens;
  /** Rows that have finished leave the batch. */
  finish(rows: number[]): void;
  /** Tokens fed through the model so far, prompts that several rows share counted once. */
  readonly tokensFed: number;
  dispose(): void;
}

/** One sequence to learn from. Arrays of length N belong to its N choices. */
export interface TrainSequence {
  tokens: EpisodeTokens;
  /** A_i, the same for all choices of the sequence. */
  advantage: number;
  /** How much each of its choices weighs in the mean over choices; 1 where it is not said. */
  weight?: number;
  /** log pi_ref of the N choices; absent when no KL term to a reference is used. */
  refLogprobs?: Float32Array;
}

/** The tensors over all N choices of a micro-batch that a loss may use. Each is rank 1, float32, length N. */
export interface LossInputs {
  logprobs_N: tf.Tensor1D;
  oldLogprobs_N: tf.Tensor1D;
  refLogprobs_N: tf.Tensor1D;
  advantages_N: tf.Tensor1D;
  /** Weight of each choice: that of its sequence over the number of choices of the optimiser step. */
  weights_N: tf.Tensor1D;
}

/** A differentiable loss over chosen tokens (`algo/`); returns a scalar. */
export interface PolicyLoss {
  (inputs: LossInputs): tf.Scalar;
  /** All that it depends on: from this a worker thread makes the same loss. */
  readonly settings: LossSettings;
}

export interface LossSettings {
  /** epsilon */
  clip: number;
  beta: number;
}

export interface UpdateOptions {
  loss: PolicyLoss;
  /** Clip range, only to report the share of clipped ratios. */
  clip: number;
  learningRate: number;
  weightDecay: number;
  maxGradNorm: number;
  /** Optimiser steps the batch is cut into, by whole sequences. */
  minibatches: number;
  epochs: number;
  rng: Rng;
  /** Called after each micro-batch; throwing from it cancels the update and leaves the weights as they were. */
  onProgress?: (done: number, total: number) => void;
}

/** Which weights are trained: an adapter on all linear layers, on those of attention or of the feed-forward alone; or every weight itself. */
export const targets = ['linear', 'attention', 'mlp', 'full'] as const;
export type Targets = (typeof targets)[number];

/** What is trained. Rank and alpha belong to adapters and mean nothing to `full`. */
export interface AdapterShape {
  rank: number;
  alpha: number;
  targets: Targets;
}

/** What is trained with its optimiser state: all that a checkpoint needs besides the base model. */
export interface AdapterState extends Omit<AdapterShape, 'targets'> {
  /** `linear` where it is not said. */
  targets?: Targets;
  /** AdamW step count. */
  step: number;
  weightVersion: number;
  /**
   * `<weight>.lora_a` [K, R], `<weight>.lora_b` [R, N] (or, trained in full, `<weight>` itself), and their first and second
   * moments `.m`, `.v`.
   */
  tensors: Record<string, { shape: number[]; data: Float32Array }>;
}

export interface PolicyInfo {
  /** For example `tiny`. */
  name: string;
  parameters: number;
  adapterParameters: number;
  context: number;
  /** SHA-256 of the stored weights. */
  hash: string;
  backend: string;
  /** Threads that its tensors are spread over, where there are several; they change the speed and no byte. */
  workers?: number;
  /** Nothing here can train it: it plays, and only methods that learn rules can be run. */
  frozen?: true;
  /** What an adapter's tensors are called and cut by elsewhere; absent where there is no adapter. */
  decoder?: DecoderShape;
}

export interface Policy {
  readonly info: PolicyInfo;
  /** Counts updates and imports; stands in every sample's provenance. */
  readonly weightVersion: number;
  /** Opens conversations: each prompt is read once and continued `copies` times; rows are numbered in that order. */
  start(prompts: { text: string; copies: number }[]): Promise<PolicySession>;
  /** log pi of the choices of each sequence, at temperature 1 under the same masks; `adapter: false` is the base model. */
  logprobs(sequences: EpisodeTokens[], options?: { adapter?: boolean }): Promise<Float32Array[]>;
  /** One policy step on the sequences; resolves after the weights have changed. */
  update(sequences: TrainSequence[], options: UpdateOptions): Promise<UpdateStats>;
  /** Plays and scores with the base weights while off. */
  useAdapter(on: boolean): void;
  /** Starts over: a fresh adapter (A gaussian by seed, B zero) and optimiser; a new run begins with it. @throws UserError where a policy cannot train that. */
  newAdapter(options: { rank: number; alpha: number; seed: number; targets?: Targets }): void;
  exportAdapter(): Promise<AdapterState>;
  /** Replaces adapter and optimiser state; throws a UserError naming the first mismatching tensor. */
  importAdapter(state: AdapterState): Promise<void>;
  dispose(): void;
}
