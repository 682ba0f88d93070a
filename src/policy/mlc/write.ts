/** Writes a model as an MLC weight folder: configuration, tokenizer, tensor index and shards, as bytes by file name. */
import { sha256 } from '../../lib/hash.ts';
import type { LlamaConfig } from '../llama/config.ts';
import { flatLayout } from '../llama/flat.ts';
import { toHalf } from './floats.ts';
import { chatConfig, configFile, indexFile, shardFile, tokenizerFile } from './format.ts';
import type { Quantisation, ShardRecord, TensorIndex, TensorRecord } from './format.ts';
import { md5 } from './md5.ts';

const shardCap = 32 * 1024 * 1024;

export interface MlcModel {
  config: LlamaConfig;
  /** All weights in storage order (`llama/flat.ts`). */
  weights: Float32Array;
  /** tokenizer.json as an object. */
  tokenizer: object;
}

/** The folder's files. q0f16 rounds to half precision; q0f32 is exact. */
export async function writeMlc({ config, weights, tokenizer }: MlcModel, quantisation: Quantisation): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const shards: ShardRecord[] = [];
  let records: TensorRecord[] = [];
  let parts: Uint8Array[] = [];
  let nbytes = 0;

  const close = async () => {
    if (records.length === 0) return;
    const bytes = new Uint8Array(nbytes);
    records.forEach((record, i) => bytes.set(parts[i] as Uint8Array, record.byteOffset));
    const dataPath = shardFile(shards.length);
    files.set(dataPath, bytes);
    shards.push({ dataPath, format: 'raw-shard', nbytes, md5sum: md5(bytes), sha256: await sha256(bytes), records });
    [records, parts, nbytes] = [[], [], 0];
  };

  let count = 0;
  for (const { name, shape, offset, size } of flatLayout(config)) {
    const values = weights.slice(offset, offset + size);
    const stored = quantisation === 'q0f16' ? toHalf(values) : values;
    const part = new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
    if (nbytes + part.length > shardCap) await close();
    records.push({
      name,
      shape,
      nbytes: part.length,
      byteOffset: nbytes,
      ...(quantisation === 'q0f16' ? { dtype: 'float16', format: 'f32-to-bf16' } : { dtype: 'float32', format: 'raw' }),
    });
    parts.push(part);
    nbytes += part.length;
    count += size;
  }
  await close();

  const total = shards.reduce((sum, shard) => sum + shard.nbytes, 0);
  const index: TensorIndex = {
    metadata: { ParamSize: count, ParamBytes: total, BitsPerParam: (8 * total) / count },
    records: shards,
  };
  const json = (value: object) => new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
  files.set(configFile, json(chatConfig(config, quantisation)));
  files.set(indexFile, json(index));
  files.set(tokenizerFile, json(tokenizer));
  return files;
}
