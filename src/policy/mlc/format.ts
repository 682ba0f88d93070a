/** The MLC weight folder: its file names, its JSON shapes, and a decoder's configuration as MLC writes it. */
import { UserError } from '../../lib/errors.ts';
import type { DecoderConfig } from './architecture.ts';
import type { Bits } from './groups.ts';

export const configFile = 'mlc-chat-config.json';
export const indexFile = 'tensor-cache.json';
/** The index's name before web-llm 0.2.80. */
export const oldIndexFile = 'ndarray-cache.json';
export const tokenizerFile = 'tokenizer.json';
export const shardFile = (n: number): string => `params_shard_${n}.bin`;

/** Storage of matrices: half or single precision, or codes of 4 or 8 bits (`groups.ts`) with scales of either. */
export type Quantisation = 'q0f16' | 'q0f32' | 'q4f16_1' | 'q4f32_1' | 'q8f16_1';

/** Bits of a code; null where numbers are stored. */
export const codeBits = (quantisation: Quantisation): Bits | null =>
  quantisation.startsWith('q8') ? 8 : quantisation.startsWith('q4') ? 4 : null;

export const isQuantised = (quantisation: Quantisation): boolean => codeBits(quantisation) !== null;

export interface TensorRecord {
  name: string;
  shape: number[];
  dtype: 'float16' | 'float32' | 'uint32';
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

/** A host that has no such file: its folder may not be there at all. */
export class MissingFile extends UserError {}

/** Where the files of one weight folder come from: fetch, the Cache API, or a disk. */
export interface WeightSource {
  /** Bytes of a file of the folder; throws a UserError when it cannot be read. */
  read(file: string): Promise<Uint8Array>;
}

/**
 * Files next to each other under one address.
 * @param onBytes told how many bytes have arrived and how many were announced so far, over all files.
 */
export function fetchSource(base: string, onBytes?: (done: number, total: number) => void): WeightSource {
  let done = 0;
  let total = 0;
  return {
    async read(file) {
      const url = new URL(file, base.endsWith('/') ? base : `${base}/`);
      const response = await fetch(url).catch((error: unknown) => {
        throw new UserError(`${url.href} could not be loaded (${String(error)}). Check the connection and reload.`);
      });
      if (response.status === 404) throw new MissingFile(`${url.href} could not be loaded: the server has no such file.`);
      if (!response.ok) throw new UserError(`${url.href} could not be loaded: the server answered ${response.status}.`);
      if (!onBytes || !response.body) return new Uint8Array(await response.arrayBuffer());
      // A compressed transfer announces another length than what arrives: the sum then corrects itself at the end.
      const announced = Number(response.headers.get('content-length') ?? 0);
      total += announced;
      const parts: Uint8Array[] = [];
      let length = 0;
      const reader = response.body.getReader();
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        parts.push(part.value);
        length += part.value.length;
        done += part.value.length;
        onBytes(done, Math.max(done, total));
      }
      total += length - announced;
      const all = new Uint8Array(length);
      let at = 0;
      for (const part of parts) {
        all.set(part, at);
        at += part.length;
      }
      return all;
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

export function chatConfig(config: DecoderConfig): object {
  const window = { context_window_size: config.context, prefill_chunk_size: config.context };
  return {
    version: '0.1.0',
    model_type: config.family,
    quantization: config.quantisation,
    model_config: {
      hidden_size: config.width,
      intermediate_size: config.ffn,
      num_hidden_layers: config.layers,
      num_attention_heads: config.heads,
      num_key_value_heads: config.kvHeads,
      head_dim: config.headWidth,
      rms_norm_eps: config.rmsEps,
      ...(config.family === 'llama' ? { position_embedding_base: config.ropeTheta } : { rope_theta: config.ropeTheta }),
      rope_scaling: config.ropeScaling && {
        rope_type: 'llama3',
        factor: config.ropeScaling.factor,
        low_freq_factor: config.ropeScaling.lowFrequency,
        high_freq_factor: config.ropeScaling.highFrequency,
        original_max_position_embeddings: config.ropeScaling.originalContext,
      },
      vocab_size: config.vocabulary,
      tie_word_embeddings: config.tied,
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
