/** The decoders that WebLLM and this project share: llama, qwen2 and qwen3, their shapes and the names of their weights. */
import { UserError } from '../../lib/errors.ts';
import { checkConfig, sizeOf } from '../llama/config.ts';
import type { LlamaConfig } from '../llama/config.ts';
import { configFile } from './format.ts';
import type { Quantisation } from './format.ts';

export const families = ['llama', 'qwen2', 'qwen3'] as const;
export type Family = (typeof families)[number];

/** Llama 3.1's stretching of low rotary frequencies. */
export interface RopeScaling {
  factor: number;
  lowFrequency: number;
  highFrequency: number;
  originalContext: number;
}

export interface DecoderConfig extends LlamaConfig {
  family: Family;
  quantisation: Quantisation;
  /** The head is the embedding. */
  tied: boolean;
  ropeScaling: RopeScaling | null;
}

/** What the names and shapes of linear layers follow from. */
export type DecoderShape = Pick<DecoderConfig, 'family' | 'layers' | 'width' | 'heads' | 'kvHeads' | 'headWidth' | 'ffn'>;

export function shapeOf({ family, layers, width, heads, kvHeads, headWidth, ffn }: DecoderShape): DecoderShape {
  return { family, layers, width, heads, kvHeads, headWidth, ffn };
}

/** What the names and shapes of all weights follow from. */
export type WeightShape = DecoderShape & Pick<DecoderConfig, 'vocabulary' | 'tied'>;

/** A matrix `[out, in]` (stored as `<name>.weight`, or `<name>.q_weight` and `<name>.q_scale`) or a vector (stored under its name). */
export interface WeightSpec {
  name: string;
  shape: [number] | [number, number];
}

export const embedding = 'model.embed_tokens';
export const finalNorm = 'model.norm.weight';
export const headOf = (config: Pick<DecoderConfig, 'tied'>): string => (config.tied ? embedding : 'lm_head');

/** Names of one layer; `qkv` has the rows of q, k and v on top of each other, `gateUp` those of gate and up. */
export function layerNames({ family }: Pick<DecoderShape, 'family'>, layer: number) {
  const at = `model.layers.${layer}`;
  const qkv = `${at}.self_attn.${family === 'llama' ? 'qkv_proj' : 'c_attn'}`;
  return {
    qkv,
    /** Qwen 2 only. */
    qkvBias: family === 'qwen2' ? `${qkv}.bias` : null,
    /** Qwen 3 only: norms over each query and key head. */
    queryNorm: family === 'qwen3' ? `${at}.self_attn.q_norm.weight` : null,
    keyNorm: family === 'qwen3' ? `${at}.self_attn.k_norm.weight` : null,
    out: `${at}.self_attn.o_proj`,
    gateUp: `${at}.mlp.gate_up_proj`,
    down: `${at}.mlp.down_proj`,
    attentionNorm: `${at}.input_layernorm.weight`,
    mlpNorm: `${at}.post_attention_layernorm.weight`,
  };
}

/** The four linear layers of a block by name. */
export function linearNames(config: DecoderShape, layer: number): string[] {
  const { qkv, out, gateUp, down } = layerNames(config, layer);
  return [qkv, out, gateUp, down];
}

export function layerWeights(config: DecoderShape, layer: number): WeightSpec[] {
  const { width, heads, kvHeads, headWidth, ffn } = config;
  const name = layerNames(config, layer);
  const rows = (heads + 2 * kvHeads) * headWidth;
  const vector = (key: string | null, length: number): WeightSpec[] => (key === null ? [] : [{ name: key, shape: [length] }]);
  return [
    { name: name.qkv, shape: [rows, width] },
    ...vector(name.qkvBias, rows),
    ...vector(name.queryNorm, headWidth),
    ...vector(name.keyNorm, headWidth),
    { name: name.out, shape: [width, heads * headWidth] },
    { name: name.gateUp, shape: [2 * ffn, width] },
    { name: name.down, shape: [width, ffn] },
    ...vector(name.attentionNorm, width),
    ...vector(name.mlpNorm, width),
  ];
}

export function allWeights(config: WeightShape): WeightSpec[] {
  const matrix: [number, number] = [config.vocabulary, config.width];
  return [
    { name: embedding, shape: matrix },
    ...Array.from({ length: config.layers }, (_, layer) => layerWeights(config, layer)).flat(),
    { name: finalNorm, shape: [config.width] },
    ...(config.tied ? [] : [{ name: 'lm_head', shape: matrix }]),
  ];
}

export function parametersOf(config: WeightShape): number {
  return allWeights(config).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** Reads mlc-chat-config.json; what cannot be run here is refused by name. */
export function readDecoderConfig(json: unknown): DecoderConfig {
  const chat = json as { model_type?: string; model_config?: Record<string, unknown>; quantization?: string } | null;
  const fields = chat?.model_config;
  const fail = (what: string): never => {
    throw new UserError(`${configFile}${what}`);
  };
  if (typeof fields !== 'object' || fields === null) return fail(' has no model_config; is this an MLC model folder?');
  const family = families.find((known) => known === chat?.model_type);
  if (!family) return fail(` describes a "${String(chat?.model_type)}" model; only ${families.join(', ')} can be run here.`);
  const quantisation = quantisations.find((known) => known === chat?.quantization);
  if (!quantisation) {
    return fail(` says that the weights are stored as "${String(chat?.quantization)}"; only ${quantisations.join(', ')} can be read.`);
  }
  const number = (names: string[], fallback?: number): number => {
    // Zero means "not given" in several of MLC's configurations.
    const value = names.map((name) => fields[name]).find((found) => found !== undefined && found !== null && found !== 0) ?? fallback;
    if (typeof value !== 'number' || !(value > 0 && value < Infinity)) {
      return fail(`: model_config.${names[0]} must be a positive number, not ${JSON.stringify(value)}.`);
    }
    return value;
  };
  /** No model that fits a browser has more of anything than `most`. */
  const count = (names: string[], most = 2 ** 24, fallback?: number): number => {
    const value = number(names, fallback);
    if (!Number.isInteger(value) || value > most)
      return fail(`: model_config.${names[0]} must be a whole number up to ${most}, not ${value}.`);
    return value;
  };
  const heads = count(['num_attention_heads'], 1024);
  const width = count(['hidden_size'], 2 ** 16);
  const config: DecoderConfig = {
    family,
    quantisation,
    tied: fields.tie_word_embeddings === true,
    vocabulary: count(['vocab_size']),
    width,
    layers: count(['num_hidden_layers'], 1024),
    heads,
    kvHeads: count(['num_key_value_heads'], 1024, heads),
    headWidth: count(['head_dim'], 2 ** 16, width / heads),
    ffn: count(['intermediate_size'], 2 ** 20),
    context: count(['context_window_size']),
    ropeTheta: number(['position_embedding_base', 'rope_theta'], family === 'llama' ? 10000 : undefined),
    rmsEps: number(['rms_norm_eps']),
    ropeScaling: readRopeScaling(fields.rope_scaling),
  };
  checkConfig(config);
  return config;
}

/** The same; null for kinds of models that only WebLLM knows how to compute. */
export function trainableConfig(json: unknown): DecoderConfig | null {
  const chat = json as { model_type?: Family; quantization?: Quantisation } | null;
  const known = families.includes(chat?.model_type as Family) && quantisations.includes(chat?.quantization as Quantisation);
  return known ? readDecoderConfig(json) : null;
}

/** Most tokens that a model of any kind reads, as its configuration says; null where it does not. */
export function statedContext(json: unknown): number | null {
  const chat = json as { context_window_size?: number; model_config?: { context_window_size?: number } } | null;
  return [chat?.context_window_size, chat?.model_config?.context_window_size].find((size) => size !== undefined && size > 0) ?? null;
}

export const quantisations: readonly Quantisation[] = ['q4f16_1', 'q4f32_1', 'q8f16_1', 'q0f16', 'q0f32'];

function readRopeScaling(value: unknown): RopeScaling | null {
  if (value === undefined || value === null) return null;
  const fields = value as Record<string, unknown>;
  const type = fields.rope_type ?? fields.type;
  if (type === 'default') return null;
  const number = (name: string): number => {
    const found = fields[name];
    if (typeof found === 'number' && found > 0) return found;
    throw new UserError(`${configFile}: rope_scaling.${name} must be a positive number, not ${JSON.stringify(found)}.`);
  };
  if (type !== 'llama3')
    throw new UserError(`${configFile}: rotary scaling of the kind "${String(type)}" cannot be run here, only "llama3".`);
  return {
    factor: number('factor'),
    lowFrequency: number('low_freq_factor'),
    highFrequency: number('high_freq_factor'),
    originalContext: number('original_max_position_embeddings'),
  };
}
