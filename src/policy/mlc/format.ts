/** The MLC weight folder: its file names, its JSON shapes, and our decoder's configuration as MLC writes it. */
import { UserError } from '../../lib/errors.ts';
import { checkConfig } from '../llama/config.ts';
import type { LlamaConfig } from '../llama/config.ts';

export const configFile = 'mlc-chat-config.json';
export const indexFile = 'tensor-cache.json';
export const tokenizerFile = 'tokenizer.json';
export const shardFile = (n: number): string => `params_shard_${n}.bin`;

/** Unquantised storage as half or single precision. */
export type Quantisation = 'q0f16' | 'q0f32';

export interface TensorRecord {
  name: string;
  shape: number[];
  dtype: 'float16' | 'float32';
  /** `f32-to-bf16` only means something for float32: two bytes each. `raw` float32 is exact. */
  format: 'f32-to-bf16' | 'raw';
  nbytes: number;
  byteOffset: number;
}

export interface ShardRecord {
  dataPath: string;
  format: 'raw-shard';
  nbytes: number;
  md5sum: string;
  /** Ours; other readers ignore it. */
  sha256?: string;
  records: TensorRecord[];
}

export interface TensorIndex {
  metadata: { ParamSize: number; ParamBytes: number; BitsPerParam: number };
  records: ShardRecord[];
}

/** Where the files of one weight folder come from: fetch, the Cache API, or a disk. */
export interface WeightSource {
  /** Bytes of a file of the folder; throws a UserError when it cannot be read. */
  read(file: string): Promise<Uint8Array>;
}

/** Files next to each other under one address. */
export function fetchSource(base: string): WeightSource {
  return {
    async read(file) {
      const url = new URL(file, base.endsWith('/') ? base : `${base}/`);
      const response = await fetch(url).catch((error: unknown) => {
        throw new UserError(`${url.href} could not be loaded (${String(error)}). Check the connection and reload.`);
      });
      if (!response.ok) throw new UserError(`${url.href} could not be loaded: the server answered ${response.status}.`);
      return new Uint8Array(await response.arrayBuffer());
    },
  };
}

export function memorySource(files: ReadonlyMap<string, Uint8Array>): WeightSource {
  return {
    async read(file) {
      const bytes = files.get(file);
      if (!bytes) throw new UserError(`The weights lack the file ${file}.`);
      return bytes;
    },
  };
}

export function chatConfig(config: LlamaConfig, quantisation: Quantisation): object {
  const window = { context_window_size: config.context, prefill_chunk_size: config.context };
  return {
    version: '0.1.0',
    model_type: 'llama',
    quantization: quantisation,
    model_config: {
      hidden_size: config.width,
      intermediate_size: config.ffn,
      num_hidden_layers: config.layers,
      num_attention_heads: config.heads,
      num_key_value_heads: config.kvHeads,
      head_dim: config.headWidth,
      rms_norm_eps: config.rmsEps,
      position_embedding_base: config.ropeTheta,
      rope_scaling: null,
      vocab_size: config.vocabulary,
      tie_word_embeddings: true,
      tensor_parallel_shards: 1,
      pipeline_parallel_stages: 1,
      max_batch_size: 128,
      ...window,
    },
    vocab_size: config.vocabulary,
    ...window,
    sliding_window_size: -1,
    attention_sink_size: -1,
    tensor_parallel_shards: 1,
    pipeline_parallel_stages: 1,
    temperature: 1,
    top_p: 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    repetition_penalty: 1,
    tokenizer_files: [tokenizerFile],
    tokenizer_info: { token_postproc_method: 'byte_level', prepend_space_in_encode: false, strip_space_in_decode: false },
    // Raw continuation: the policy has no chat roles.
    conv_template: {
      name: 'LM',
      system_template: '{system_message}',
      system_message: '',
      system_prefix_token_ids: [1],
      add_role_after_system_message: false,
      roles: { user: '', assistant: '' },
      role_templates: { user: '{user_message}', assistant: '{assistant_message}', tool: '{tool_message}' },
      messages: [],
      seps: [''],
      role_content_sep: '',
      role_empty_sep: '',
      stop_str: [],
      stop_token_ids: [2],
      function_string: '',
      use_function_calling: false,
    },
    pad_token_id: 0,
    bos_token_id: 1,
    eos_token_id: 2,
  };
}

/** Reads the fields that our decoder needs; a model of another architecture is refused by name. */
export function readChatConfig(json: unknown): LlamaConfig {
  const chat = json as { model_type?: string; model_config?: Record<string, unknown>; quantization?: string };
  const fields = chat?.model_config;
  if (typeof fields !== 'object' || fields === null) throw new UserError(`${configFile} has no model_config; is this an MLC model folder?`);
  if (chat.model_type !== 'llama')
    throw new UserError(`${configFile} describes a "${String(chat.model_type)}" model; only "llama" can be run here.`);
  if (fields.tie_word_embeddings !== true) throw new UserError(`${configFile}: only models with tie_word_embeddings can be run here.`);
  const number = (name: string, fallback?: number): number => {
    const value = fields[name] ?? fallback;
    if (typeof value !== 'number' || !(value > 0)) {
      throw new UserError(`${configFile}: model_config.${name} must be a positive number, not ${JSON.stringify(value)}.`);
    }
    return value;
  };
  const heads = number('num_attention_heads');
  const width = number('hidden_size');
  const config: LlamaConfig = {
    vocabulary: number('vocab_size'),
    width,
    layers: number('num_hidden_layers'),
    heads,
    kvHeads: number('num_key_value_heads', heads),
    headWidth: number('head_dim', width / heads),
    ffn: number('intermediate_size'),
    context: number('context_window_size'),
    ropeTheta: number('position_embedding_base', 10000),
    rmsEps: number('rms_norm_eps'),
  };
  checkConfig(config);
  return config;
}
