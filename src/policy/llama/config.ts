/** Shape of a Llama-style decoder, and the names and shapes of its weights as MLC stores them. */
import { UserError } from '../../lib/errors.ts';

export interface LlamaConfig {
  /** V */
  vocabulary: number;
  /** D */
  width: number;
  /** L */
  layers: number;
  /** Query heads H, and key/value heads that groups of them share. */
  heads: number;
  kvHeads: number;
  /** K */
  headWidth: number;
  /** Width of the SwiGLU feed-forward layer. */
  ffn: number;
  /** Most tokens of a sequence. */
  context: number;
  ropeTheta: number;
  rmsEps: number;
}

/** The embedded policy: 1.2M parameters; a visit to the shop needs the long context. */
export const tinyConfig: LlamaConfig = {
  vocabulary: 2048,
  width: 128,
  layers: 5,
  heads: 4,
  kvHeads: 2,
  headWidth: 32,
  ffn: 352,
  context: 2048,
  ropeTheta: 1_000_000,
  rmsEps: 1e-5,
};

/** The four linear layers of a block, each `[out, in]`. */
export const linearNames = ['self_attn.qkv_proj', 'self_attn.o_proj', 'mlp.gate_up_proj', 'mlp.down_proj'] as const;

export const embeddingName = 'model.embed_tokens.weight';
export const finalNormName = 'model.norm.weight';
export const layerName = (layer: number, part: string): string => `model.layers.${layer}.${part}.weight`;

/** All weights in storage order, with shapes; the head is the embedding. */
export function weightShapes(config: LlamaConfig): Map<string, number[]> {
  const { width, heads, kvHeads, headWidth, ffn } = config;
  const shapes = new Map<string, number[]>([[embeddingName, [config.vocabulary, width]]]);
  for (let layer = 0; layer < config.layers; layer++) {
    shapes.set(layerName(layer, 'self_attn.qkv_proj'), [(heads + 2 * kvHeads) * headWidth, width]);
    shapes.set(layerName(layer, 'self_attn.o_proj'), [width, heads * headWidth]);
    shapes.set(layerName(layer, 'mlp.gate_up_proj'), [2 * ffn, width]);
    shapes.set(layerName(layer, 'mlp.down_proj'), [width, ffn]);
    shapes.set(layerName(layer, 'input_layernorm'), [width]);
    shapes.set(layerName(layer, 'post_attention_layernorm'), [width]);
  }
  return shapes.set(finalNormName, [width]);
}

export const sizeOf = (shape: number[]): number => shape.reduce((product, n) => product * n, 1);

export function parameterCount(config: LlamaConfig): number {
  let total = 0;
  for (const shape of weightShapes(config).values()) total += sizeOf(shape);
  return total;
}

/** The SIMD kernels work on four floats at a time. */
export function checkConfig(config: LlamaConfig): void {
  const fail = (what: string): never => {
    throw new UserError(`This model cannot be run: ${what}.`);
  };
  if (config.width % 4 !== 0) fail(`its width ${config.width} is not a multiple of 4`);
  if (config.ffn % 4 !== 0) fail(`its feed-forward width ${config.ffn} is not a multiple of 4`);
  if (config.headWidth % 8 !== 0) fail(`its head width ${config.headWidth} is not a multiple of 8`);
  if (config.heads % config.kvHeads !== 0) fail(`${config.heads} query heads cannot share ${config.kvHeads} key/value heads`);
}
