/** Reads an MLC weight folder and checks every shard before a single weight is used. */
import { UserError, sentence } from '../../lib/errors.ts';
import { sha256 } from '../../lib/hash.ts';
import { sizeOf } from '../llama/config.ts';
import { flatLayout } from '../llama/flat.ts';
import { fromBfloat, fromHalf } from './floats.ts';
import { configFile, indexFile, readChatConfig, tokenizerFile } from './format.ts';
import type { ShardRecord, TensorIndex, TensorRecord, WeightSource } from './format.ts';
import { md5 } from './md5.ts';
import type { MlcModel } from './write.ts';

export interface LoadedModel extends MlcModel {
  /** SHA-256 over the shards' own SHA-256, in order: names these weights in run manifests. */
  hash: string;
}

async function readJson(source: WeightSource, file: string): Promise<unknown> {
  const bytes = await source.read(file);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (error) {
    throw new UserError(`${file} is not valid JSON (${sentence(error)}); download the model again.`);
  }
}

/** @returns SHA-256 of the shard. */
async function checkShard(bytes: Uint8Array, shard: ShardRecord): Promise<string> {
  const damaged = (what: string): never => {
    throw new UserError(`The weight file ${shard.dataPath} is damaged: ${what}. Download the model again.`);
  };
  if (bytes.length !== shard.nbytes) damaged(`it has ${bytes.length} bytes, but ${shard.nbytes} were stored`);
  const hash = await sha256(bytes);
  // Folders made by others have only the slower MD5.
  if (shard.sha256 ? hash !== shard.sha256 : md5(bytes) !== shard.md5sum) damaged('its checksum does not match');
  return hash;
}

function decode(bytes: Uint8Array, record: TensorRecord): Float32Array {
  // Copied, since a view needs an aligned offset.
  const { buffer } = bytes.slice(record.byteOffset, record.byteOffset + record.nbytes);
  if (record.dtype === 'float16') return fromHalf(new Uint16Array(buffer));
  if (record.dtype === 'float32') {
    return record.format === 'f32-to-bf16' && record.nbytes === 2 * sizeOf(record.shape)
      ? fromBfloat(new Uint16Array(buffer))
      : new Float32Array(buffer);
  }
  throw new UserError(`The tensor ${record.name} is stored as ${String(record.dtype)}; only the unquantised q0f16 and q0f32 can be read.`);
}

export async function readMlc(source: WeightSource): Promise<LoadedModel> {
  const config = readChatConfig(await readJson(source, configFile));
  const index = (await readJson(source, indexFile)) as TensorIndex;
  if (!Array.isArray(index?.records)) throw new UserError(`${indexFile} lists no shards; download the model again.`);
  const layout = new Map(flatLayout(config).map((entry) => [entry.name, entry]));
  const weights = new Float32Array([...layout.values()].reduce((sum, { size }) => sum + size, 0));
  const hashes: string[] = [];
  for (const shard of index.records) {
    const bytes = await source.read(shard.dataPath);
    hashes.push(await checkShard(bytes, shard));
    for (const record of shard.records) {
      const entry = layout.get(record.name);
      if (!entry) throw new UserError(`${indexFile} names the tensor ${record.name}, which a model of this shape does not have.`);
      if (record.shape.join() !== entry.shape.join()) {
        throw new UserError(`The tensor ${record.name} has shape [${record.shape}], but ${configFile} asks for [${entry.shape}].`);
      }
      weights.set(decode(bytes, record), entry.offset);
      layout.delete(record.name);
    }
  }
  const [missing] = layout.keys();
  if (missing !== undefined) throw new UserError(`The weights lack the tensor ${missing}; download the model again.`);
  return { config, weights, tokenizer: (await readJson(source, tokenizerFile)) as object, hash: await sha256(hashes.join('')) };
}
