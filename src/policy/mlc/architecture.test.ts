import { describe, expect, test } from 'vitest';
import { Rng } from '../../lib/rng.ts';
import { sizeOf } from '../llama/config.ts';
import { allWeights, families, parametersOf, readDecoderConfig } from './architecture.ts';
import type { DecoderConfig } from './architecture.ts';
import { chatConfig, memorySource } from './format.ts';
import type { Quantisation } from './format.ts';
import { readJson } from './index-file.ts';
import { readTensors } from './read.ts';
import { allStored } from './tensors.ts';
import { writeDecoder } from './write.ts';

const shape = (family: DecoderConfig['family'], quantisation: Quantisation, tied = true): DecoderConfig => ({
  family,
  quantisation,
  tied,
  vocabulary: 50,
  width: 32,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headWidth: 8,
  ffn: 40,
  context: 64,
  ropeTheta: 1e6,
  rmsEps: 1e-6,
  ropeScaling: null,
});

const qwen2Half: DecoderConfig = {
  ...shape('qwen2', 'q4f32_1'),
  vocabulary: 151936,
  width: 896,
  layers: 24,
  heads: 14,
  kvHeads: 2,
  headWidth: 64,
  ffn: 4864,
};

describe('names and shapes', () => {
  test('of Qwen2-0.5B in q4f32_1 are those of its compiled library', () => {
    const stored = allStored(qwen2Half);
    expect(parametersOf(qwen2Half)).toBe(494032768);
    expect(stored.get('model.embed_tokens.q_weight')).toEqual([151936, 112]);
    expect(stored.get('model.layers.23.self_attn.c_attn.q_weight')).toEqual([1152, 112]);
    expect(stored.get('model.layers.23.self_attn.c_attn.q_scale')).toEqual([1152, 28]);
    expect(stored.get('model.layers.0.self_attn.c_attn.bias')).toEqual([1152]);
    expect(stored.get('model.layers.0.mlp.gate_up_proj.q_weight')).toEqual([9728, 112]);
    expect(stored.get('model.layers.0.mlp.down_proj.q_scale')).toEqual([896, 152]);
    expect([...stored.keys()].some((name) => name.startsWith('lm_head'))).toBe(false);
  });

  test('of qwen3 have norms over heads and no bias, those of llama neither', () => {
    const names = (family: DecoderConfig['family']) => [...allStored(shape(family, 'q0f16', false)).keys()];
    expect(names('qwen3').filter((name) => name.includes('layers.0'))).toEqual([
      'model.layers.0.self_attn.c_attn.weight',
      'model.layers.0.self_attn.q_norm.weight',
      'model.layers.0.self_attn.k_norm.weight',
      'model.layers.0.self_attn.o_proj.weight',
      'model.layers.0.mlp.gate_up_proj.weight',
      'model.layers.0.mlp.down_proj.weight',
      'model.layers.0.input_layernorm.weight',
      'model.layers.0.post_attention_layernorm.weight',
    ]);
    expect(names('llama').filter((name) => /norm|bias|qkv|c_attn/.test(name) && name.includes('layers.1'))).toEqual([
      'model.layers.1.self_attn.qkv_proj.weight',
      'model.layers.1.input_layernorm.weight',
      'model.layers.1.post_attention_layernorm.weight',
    ]);
    expect(names('llama').at(-1)).toBe('lm_head.weight');
  });
});

describe.each(families)('%s', (family) => {
  test.each(['q4f16_1', 'q4f32_1', 'q0f16', 'q0f32'] as const)(
    '%s: what is written reads back, and writing that again gives the same bytes',
    async (quantisation) => {
      const config = shape(family, quantisation, family !== 'qwen3');
      const noise = new Rng(1);
      const weights = new Map(
        allWeights(config).map(({ name, shape }) => [name, Float32Array.from({ length: sizeOf(shape) }, () => 0.1 * noise.normal())]),
      );
      const files = await writeDecoder(config, ({ name }) => weights.get(name) as Float32Array, {}, { oldIndex: family === 'qwen2' });
      expect(files.has(family === 'qwen2' ? 'ndarray-cache.json' : 'tensor-cache.json')).toBe(true);
      const source = memorySource(files);
      expect(readDecoderConfig(await readJson(source, 'mlc-chat-config.json'))).toEqual(config);
      const read = new Map<string, Float32Array | Uint32Array>();
      const hash = await readTensors(source, config, ({ name, values }) => read.set(name, values));
      expect([...read.keys()]).toEqual([...allStored(config).keys()]);
      const norm = weights.get('model.norm.weight') as Float32Array;
      const digits = { q4f16_1: 2 ** -11, q0f16: 2 ** -11, q4f32_1: 2 ** -8, q0f32: 0 }[quantisation];
      read
        .get('model.norm.weight')
        ?.forEach((value, i) => expect(Math.abs(value - (norm[i] as number))).toBeLessThanOrEqual(digits * Math.abs(norm[i] as number)));
      if (!quantisation.startsWith('q0')) return;
      const again = await writeDecoder(config, ({ name }) => (read.get(`${name}.weight`) ?? read.get(name)) as Float32Array, {});
      expect(await readTensors(memorySource(again), config, () => {})).toBe(hash);
    },
  );
});

describe('a configuration that cannot be run is refused with a sentence that names why', () => {
  const config = chatConfig(shape('qwen2', 'q4f16_1')) as { model_config: Record<string, unknown> };
  test.each([
    [{ ...config, model_type: 'gemma2' }, /describes a "gemma2" model; only llama, qwen2, qwen3/],
    [{ ...config, quantization: 'q3f16_1' }, /stored as "q3f16_1"; only q4f16_1/],
    [{ ...config, model_config: { ...config.model_config, rope_theta: undefined } }, /position_embedding_base must be a positive number/],
    [{ ...config, model_config: { ...config.model_config, rope_scaling: { rope_type: 'yarn' } } }, /"yarn" cannot be run here/],
    [
      { ...config, model_config: { ...config.model_config, num_hidden_layers: 1.5 } },
      /num_hidden_layers must be a whole number up to 1024, not 1\.5/,
    ],
    [{ ...config, model_config: { ...config.model_config, hidden_size: 1e12 } }, /hidden_size must be a whole number up to 65536/],
    [{ ...config, model_config: { ...config.model_config, head_dim: 0, num_attention_heads: 3 } }, /head_dim must be a whole number/],
    [null, /no model_config/],
  ])('%#', (json, why) => {
    expect(() => readDecoderConfig(json)).toThrow(why);
  });

  test('a head width of 0 means width / heads, as MLC writes it for Qwen2', () => {
    const json = { ...config, model_config: { ...config.model_config, head_dim: 0 } };
    expect(readDecoderConfig(json).headWidth).toBe(8);
  });
});
