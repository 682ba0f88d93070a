/** Writes a model as an MLC weight folder: configuration, tokenizer, tensor index and shards, as bytes by file name. */
import { sha256 } from '../../lib/hash.ts';
import { sizeOf } from '../llama/config.ts';
import type { LlamaConfig } from '../llama/config.ts';
import { flatLayout } from '../llama/flat.ts';
import { allWeights } from './architecture.ts';
import type { DecoderConfig, WeightSpec } from './architecture.ts';
import { chatConfig, codeBits, configFile, indexFile, oldIndexFile, shardFile, tokenizerFile } from './format.ts';
import type { Quantisation, ShardRecord, TensorIndex, TensorRecord } from './format.ts';
import { md5 } from './md5.ts';
import { denseName, encode, storeWeight } from './tensors.ts';
import type { NamedTensor } from './tensors.ts';

const shardCap = 32 * 1024 * 1024;

export interface MlcModel {
  config: LlamaConfig;
  /** All weights in storage order (`llama/flat.ts`). */
  weights: Float32Array;
  /** tokenizer.json as an object. */
  tokenizer: object;
}

/** Tensors as shards of at most 32 MiB (a larger tensor has one to itself), with their index. */
export async function writeShards(
  tensors: Iterable<NamedTensor>,
  quantisation: Quantisation,
  options: { exact?: boolean } = {},
): Promise<{ files: Map<string, Uint8Array>; index: TensorIndex }> {
  const files = new Map<string, Uint8Array>();
  const shards: ShardRecord[] = [];
  let records: TensorRecord[] = [];
  let parts: Uint8Array[] = [];
  let nbytes = 0;
  let count = 0;

  const close = async () => {
    if (records.length === 0) return;
    const bytes = new Uint8Array(nbytes);
    records.forEach((record, i) => bytes.set(parts[i] as Uint8Array, record.byteOffset));
    const dataPath = shardFile(shards.length);
    files.set(dataPath, bytes);
    shards.push({ dataPath, format: 'raw-shard', nbytes, md5sum: md5(bytes), sha256: await sha256(bytes), records });
    [records, parts, nbytes] = [[], [], 0];
  };

  for (const tensor of tensors) {
    const { record, bytes } = encode(tensor, quantisation, options);
    if (nbytes + bytes.length > shardCap) await close();
    records.push({ ...record, byteOffset: nbytes });
    parts.push(bytes);
    nbytes += bytes.length;
    count += (tensor.values instanceof Uint32Array ? 32 / (codeBits(quantisation) ?? 32) : 1) * sizeOf(tensor.shape);
  }
  await close();
  const total = shards.reduce((sum, shard) => sum + shard.nbytes, 0);
  return { files, index: { metadata: { ParamSize: count, ParamBytes: total, BitsPerParam: (8 * total) / count }, records: shards } };
}

/** The folder of any decoder. `read` gives a weight's numbers; it is asked once for each, in storage order. */
export async function writeDecoder(
  config: DecoderConfig,
  read: (spec: WeightSpec) => Float32Array,
  tokenizer: object,
  { oldIndex = false } = {},
): Promise<Map<string, Uint8Array>> {
  function* tensors() {
    for (const spec of allWeights(config)) yield* storeWeight(spec, read(spec), config.quantisation);
  }
  const { files, index } = await writeShards(tensors(), config.quantisation);
  const json = (value: object) => new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);
  files.set(configFile, json(chatConfig(config)));
  files.set(oldIndex ? oldIndexFile : indexFile, json(index));
  files.set(tokenizerFile, json(tokenizer));
  return files;
}

/** The embedded policy's folder. q0f32 is exact, q0f16 rounds to half precision, q4 and q8 code all matrices in 4 or 8 bits. */
export async function writeMlc({ config, weights, tokenizer }: MlcModel, quantisation: Quantisation): Promise<Map<string, Uint8Array>> {
  const layout = new Map(flatLayout(config).map((entry) => [entry.name, entry]));
  const whole: DecoderConfig = { ...config, family: 'llama', quantisation, tied: true, ropeScaling: null };
  const read = ({ name, shape }: WeightSpec): Float32Array => {
    const entry = layout.get(shape.length === 2 ? denseName(name) : name);
    if (!entry) throw new Error(`The model has no weight named ${name}.`);
    return weights.slice(entry.offset, entry.offset + entry.size);
  };
  return writeDecoder(whole, read, tokenizer);
}
