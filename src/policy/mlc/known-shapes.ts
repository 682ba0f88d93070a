/**
 * Shapes of the models in WebLLM's list that can be trained here, known before anything is downloaded: what config.json of each
 * model says on Hugging Face, under its makers (HuggingFaceTB, TinyLlama, meta-llama, Qwen). All models of a size share one shape.
 */
import { quantisations, shapeOf, type DecoderConfig, type Family, type WeightShape } from './architecture.ts';

/** What a training step's memory follows from. */
export type StoredShape = WeightShape & Pick<DecoderConfig, 'quantisation'>;

type Row = [
  name: RegExp,
  family: Family,
  layers: number,
  width: number,
  heads: number,
  kvHeads: number,
  headWidth: number,
  ffn: number,
  vocabulary: number,
  tied: boolean,
];

/** num_hidden_layers, hidden_size, num_attention_heads, num_key_value_heads, head_dim, intermediate_size, vocab_size, tie_word_embeddings. */
const rows: Row[] = [
  [/^SmolLM2-135M-/, 'llama', 30, 576, 9, 3, 64, 1536, 49152, true],
  [/^SmolLM2-360M-/, 'llama', 32, 960, 15, 5, 64, 2560, 49152, true],
  [/^SmolLM2-1\.7B-/, 'llama', 24, 2048, 32, 32, 64, 8192, 49152, true],
  [/^TinyLlama-1\.1B-/, 'llama', 22, 2048, 32, 4, 64, 5632, 32000, false],
  [/^Llama-3\.2-1B-/, 'llama', 16, 2048, 32, 8, 64, 8192, 128256, true],
  [/Llama-3\.2-3B-/, 'llama', 28, 3072, 24, 8, 128, 8192, 128256, true],
  [/Llama(-3(\.1)?)?-8B-/, 'llama', 32, 4096, 32, 8, 128, 14336, 128256, false],
  [/^Qwen2(\.5)?-(\w+-)?0\.5B-/, 'qwen2', 24, 896, 14, 2, 64, 4864, 151936, true],
  [/^Qwen2(\.5)?-(\w+-)?1\.5B-/, 'qwen2', 28, 1536, 12, 2, 128, 8960, 151936, true],
  [/^Qwen2(\.5)?-(\w+-)?3B-/, 'qwen2', 36, 2048, 16, 2, 128, 11008, 151936, true],
  [/Qwen(2(\.5)?-(\w+-)?|-)7B-/, 'qwen2', 28, 3584, 28, 4, 128, 18944, 152064, false],
  [/^Qwen3-0\.6B-/, 'qwen3', 28, 1024, 16, 8, 128, 3072, 151936, true],
  [/^Qwen3-1\.7B-/, 'qwen3', 28, 2048, 16, 8, 128, 6144, 151936, true],
  [/^Qwen3-4B-/, 'qwen3', 36, 2560, 32, 8, 128, 9728, 151936, true],
  [/^Qwen3-8B-/, 'qwen3', 36, 4096, 32, 8, 128, 12288, 151936, false],
];

/** By a model's name in WebLLM's list; null where the table has none of that size, or its storage cannot be read here. */
export function knownShape(modelId: string): StoredShape | null {
  const stored = /-(q\w+?)-MLC(-\w+)?$/.exec(modelId)?.[1];
  const quantisation = quantisations.find((known) => known === stored);
  const row = rows.find(([name]) => name.test(modelId));
  if (!quantisation || !row) return null;
  const [, family, layers, width, heads, kvHeads, headWidth, ffn, vocabulary, tied] = row;
  return { ...shapeOf({ family, layers, width, heads, kvHeads, headWidth, ffn }), vocabulary, tied, quantisation };
}
