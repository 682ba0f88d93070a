/** How much device memory a training step takes, stated before it begins, and refused where a buffer cannot be had. */
import { UserError } from '../../lib/errors.ts';
import { embedding, headOf, parametersOf } from '../mlc/architecture.ts';
import type { DecoderConfig } from '../mlc/architecture.ts';
import { isQuantised } from '../mlc/format.ts';
import type { StoredShape } from '../mlc/known-shapes.ts';
import { adapterParameters, defaultRank } from './adapter-shapes.ts';

/** Rows of the head that are computed at a time. */
export const headChunk = 4096;
/** Most padded tokens of one training micro-batch; a longer episode is one by itself. */
export const microTokens = 1024;

/** Of a WebGPU device. */
export interface MemoryLimits {
  maxBufferSize: number;
  maxStorageBufferBindingSize: number;
}

export interface StepShape {
  batch: number;
  time: number;
  choices: number;
  adapterParameters: number;
  /** Bytes of the frozen weights on the device. */
  weights: number;
  /** WebGPU's attention passes by tiles; the other backends keep all scores of a layer. */
  tiled?: boolean;
}

/** Bytes by purpose; `peak` is their sum. */
export interface StepMemory {
  weights: number;
  adapter: number;
  /** The residual stream between layers, kept for the way back. */
  residual: number;
  /** One layer's activations and their gradients. */
  layer: number;
  /** One chunk of the head. */
  head: number;
  peak: number;
  largest: { bytes: number; what: string };
}

/** Bytes of the frozen weights as they lie on the device. */
export function weightBytes(config: Pick<DecoderConfig, 'quantisation'>, parameters: number): number {
  const { quantisation } = config;
  // A 4-bit weight has its share of a 32-bit scale.
  return parameters * (isQuantised(quantisation) ? 0.5 + 4 / 32 : quantisation === 'q0f16' ? 2 : 4);
}

/** An estimate from above: the factors count the tensors that tfjs keeps for a layer's gradient (checked by a test). */
export function stepMemory(
  config: StoredShape,
  { batch, time, choices, adapterParameters, weights, tiled = false }: StepShape,
): StepMemory {
  const { width: D, heads, kvHeads, headWidth, ffn: F, layers, vocabulary } = config;
  const tokens = batch * time;
  const qkv = (heads + 2 * kvHeads) * headWidth;
  const scores = tiled ? 0 : batch * heads * time * time;
  const chunk = Math.min(headChunk, vocabulary);
  const residual = 4 * (layers + 1) * tokens * D;
  // Norms over heads keep queries and keys a few times more.
  const perHead = config.family === 'qwen3' ? 48 : 32;
  const layer = 4 * (tokens * (28 * D + perHead * qkv + 38 * F) + 18 * scores);
  const head = 4 * (choices * (8 * D + 5 * chunk) + chunk * D);
  const adapter = 3 * 4 * adapterParameters;
  const buffers = [
    { bytes: 4 * scores, what: 'attention scores' },
    { bytes: 4 * tokens * 2 * F, what: 'activations' },
    { bytes: weightBytes(config, vocabulary * D), what: config.tied ? `the matrix ${embedding}` : `the matrix ${headOf(config)}` },
  ];
  const largest = buffers.reduce((most, each) => (each.bytes > most.bytes ? each : most));
  return { weights, adapter, residual, layer, head, peak: weights + adapter + residual + Math.max(layer, head), largest };
}

export const gigabytes = (bytes: number): string =>
  bytes >= 1e8 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;

const largestBuffer = (limits: MemoryLimits): number => Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);

/** Most tokens of one sequence whose activations fit a buffer of the device, up to `most`. */
export function longestSequence({ ffn }: Pick<DecoderConfig, 'ffn'>, most: number, limits: MemoryLimits | null): number {
  // What gate and up give together is the widest activation.
  return limits ? Math.min(most, Math.floor(largestBuffer(limits) / (4 * 2 * ffn))) : most;
}

/** The largest step there is: on the longest episode, or on as many short ones as are taken together. */
export function longestStep(
  context: number,
  { adapterParameters, weights, micro = microTokens }: Pick<StepShape, 'adapterParameters' | 'weights'> & { micro?: number },
): StepShape {
  const time = Math.max(context, micro);
  // About every fourth token of an episode is a choice.
  return { batch: 1, time, choices: Math.ceil(time / 4), adapterParameters, weights };
}

/** Bytes that training takes at most, by a model's shape alone. @param window most tokens of an episode that the model is loaded with */
export function trainingBytes(config: StoredShape, window: number, limits: MemoryLimits | null): number {
  const context = longestSequence(config, window, limits);
  const weights = weightBytes(config, parametersOf(config));
  const step = longestStep(context, { adapterParameters: adapterParameters(config, defaultRank), weights });
  return stepMemory(config, { ...step, tiled: limits !== null }).peak;
}

/** What training takes at most, for a person, before a run begins. */
export function memorySentence(config: StoredShape, shape: StepShape): string {
  const { weights, adapter, peak } = stepMemory(config, shape);
  return `A training step takes at most ${gigabytes(peak)} of memory beside WebLLM's own: weights ${gigabytes(weights)}, adapter ${gigabytes(adapter)}, activations of up to ${(shape.batch * shape.time).toLocaleString('en')} tokens ${gigabytes(peak - weights - adapter)}.`;
}

/** The memory of a step. @throws UserError when the device cannot hold one of its buffers */
export function stateMemory(config: StoredShape, shape: StepShape, limits: MemoryLimits | null): StepMemory {
  const memory = stepMemory(config, { ...shape, tiled: limits !== null });
  if (!limits) return memory;
  const most = largestBuffer(limits);
  const { bytes, what } = memory.largest;
  if (bytes > most) {
    const out = what.startsWith('the matrix')
      ? 'Choose a smaller model, or one stored in 4 bits.'
      : 'Use shorter episodes (fewer actions or rules), or a smaller model.';
    throw new UserError(
      `A training step on ${shape.batch} × ${shape.time} tokens needs one buffer of ${gigabytes(bytes)} (${what}), but this graphics device allows ${gigabytes(most)}. ${out}`,
    );
  }
  return memory;
}
