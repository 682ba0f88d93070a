/** Reads an MLC weight folder and checks every shard before a single weight of it is used. */
import { UserError } from '../../lib/errors.ts';
import { sha256 } from '../../lib/hash.ts';
import { flatLayout } from '../llama/flat.ts';
import { readDecoderConfig } from './architecture.ts';
import type { DecoderConfig } from './architecture.ts';
import { configFile, indexFile, tokenizerFile } from './format.ts';
import type { ShardRecord, WeightSource } from './format.ts';
import { dequantise } from './groups.ts';
import { readIndex, readJson } from './index-file.ts';
import { md5 } from './md5.ts';
import { allStored, decode, denseName, scalesName, wordsName } from './tensors.ts';
import type { NamedTensor } from './tensors.ts';
import type { MlcModel } from './write.ts';

export interface LoadedModel extends MlcModel {
  /** SHA-256 over the shards' own SHA-256, in order: names these weights in run manifests. */
  hash: string;
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

/**
 * Hands over every tensor of the model once, shard by shard, so that no more than one shard is held.
 * @returns the hash of the weights (`LoadedModel.hash`).
 */
export async function readTensors(
  source: WeightSource,
  config: DecoderConfig,
  take: (tensor: NamedTensor) => void,
  onProgress?: (doneBytes: number, totalBytes: number) => void,
): Promise<string> {
  const index = await readIndex(source);
  const expected = allStored(config);
  const total = index.records.reduce((sum, { nbytes }) => sum + nbytes, 0);
  const hashes: string[] = [];
  let done = 0;
  for (const shard of index.records) {
    const bytes = await source.read(shard.dataPath);
    hashes.push(await checkShard(bytes, shard));
    for (const record of shard.records) {
      const shape = expected.get(record.name);
      if (!shape) throw new UserError(`${indexFile} names the tensor ${record.name}, which a model of this shape does not have.`);
      if (record.shape.join() !== shape.join()) {
        throw new UserError(`The tensor ${record.name} has shape [${record.shape}], but ${configFile} asks for [${shape}].`);
      }
      take({ name: record.name, shape, values: decode(bytes, record) });
      expected.delete(record.name);
    }
    onProgress?.((done += shard.nbytes), total);
  }
  const [missing] = expected.keys();
  if (missing !== undefined) throw new UserError(`The weights lack the tensor ${missing}; download the model again.`);
  return sha256(hashes.join(''));
}

/** The whole model as single-precision numbers: what the embedded policy computes with. Coded matrices are dequantised. */
export async function readMlc(source: WeightSource): Promise<LoadedModel> {
  const whole = readDecoderConfig(await readJson(source, configFile));
  const { family, quantisation: _stored, tied, ropeScaling, ...config } = whole;
  if (family !== 'llama' || !tied || ropeScaling !== null) {
    throw new UserError(`${configFile}: only llama models with tie_word_embeddings and without rope_scaling can be the embedded policy.`);
  }
  const layout = new Map(flatLayout(config).map((entry) => [entry.name, entry]));
  const weights = new Float32Array([...layout.values()].reduce((sum, { size }) => sum + size, 0));
  // Words and scales of a matrix may come in either order.
  const waiting = new Map<string, NamedTensor>();
  const hash = await readTensors(source, whole, (tensor) => {
    const entry = layout.get(tensor.name);
    if (entry) return weights.set(tensor.values, entry.offset);
    waiting.set(tensor.name, tensor);
    const matrix = tensor.name.replace(/\.q_(weight|scale)$/, '');
    const [words, scales] = [waiting.get(wordsName(matrix)), waiting.get(scalesName(matrix))];
    const dense = layout.get(denseName(matrix));
    if (!words || !scales || !dense) return;
    const [rows, columns] = dense.shape as [number, number];
    weights.set(dequantise({ words: words.values as Uint32Array, scales: scales.values as Float32Array }, rows, columns), dense.offset);
    waiting.delete(words.name);
    waiting.delete(scales.name);
  });
  return { config, weights, tokenizer: (await readJson(source, tokenizerFile)) as object, hash };
}
