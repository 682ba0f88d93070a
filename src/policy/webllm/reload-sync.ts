/**
 * New weights for an engine whose tensors cannot be reached: the cached shards are copied under an address of the adapter's
 * own, with the changed tensors in them, and the engine loads from there. The downloaded model stays as it is.
 */
import { sizeOf } from '../llama/config.ts';
import { configFile, indexFile, oldIndexFile, tokenizerFile } from '../mlc/format.ts';
import type { ShardRecord, TensorIndex, TensorRecord } from '../mlc/format.ts';
import { md5 } from '../mlc/md5.ts';
import { readIndex } from '../mlc/index-file.ts';
import type { ModelRecord } from './engine.ts';
import { cachedSource, filesUrl } from './model-files.ts';
import type { ModelFiles, Scope } from './model-files.ts';
import type { ReloadSync, TensorBytes } from './port.ts';

/** Nothing is ever asked of this host: `.invalid` names no machine, and the files come from the cache. */
export const adapterRepository = (modelId: string): string => `https://adapter.invalid/${modelId}/`;

/** A shard with some tensors replaced. Floats that were stored by their upper half are given in full: they become raw. */
export function patchShard(
  shard: ShardRecord,
  bytes: Uint8Array,
  changes: ReadonlyMap<string, Uint8Array>,
): { record: ShardRecord; bytes: Uint8Array } {
  let offset = 0;
  const parts: Uint8Array[] = [];
  const records = shard.records.map((record): TensorRecord => {
    const given = changes.get(record.name);
    const part = given ?? bytes.subarray(record.byteOffset, record.byteOffset + record.nbytes);
    const format = given && record.dtype === 'float32' && given.length === 4 * sizeOf(record.shape) ? 'raw' : record.format;
    parts.push(part);
    offset += part.length;
    return { ...record, format, nbytes: part.length, byteOffset: offset - part.length };
  });
  const out = new Uint8Array(offset);
  records.forEach(({ byteOffset }, i) => out.set(parts[i] as Uint8Array, byteOffset));
  const { sha256: _old, ...rest } = shard;
  return { record: { ...rest, nbytes: offset, md5sum: md5(out), records }, bytes: out };
}

export function reloadSync(files: ModelFiles, record: ModelRecord): ReloadSync {
  const from = filesUrl(record.model);
  const model = adapterRepository(record.model_id);
  const to = filesUrl(model);
  return async (tensors: TensorBytes[]) => {
    const index = await readIndex(cachedSource(files, from));
    const changes = new Map(tensors.map(({ name, bytes }) => [name, bytes]));
    const copied = new Set(await files.urls('webllm/model'));
    const copy = async (scope: Scope, file: string) => {
      const bytes = await files.read(scope, from + file);
      if (bytes) await files.write(scope, to + file, bytes);
    };
    const records: ShardRecord[] = [];
    for (const shard of index.records) {
      const touched = shard.records.some(({ name }) => changes.has(name));
      if (touched) {
        const bytes = await files.read('webllm/model', from + shard.dataPath);
        const patched = patchShard(shard, bytes ?? new Uint8Array(), changes);
        records.push(patched.record);
        await files.write('webllm/model', to + shard.dataPath, patched.bytes);
      } else {
        records.push(shard);
        // Which tensors an adapter touches does not change, so what is untouched is copied once.
        if (!copied.has(to + shard.dataPath)) await copy('webllm/model', shard.dataPath);
      }
    }
    const changed: TensorIndex = { ...index, records };
    const json = new TextEncoder().encode(JSON.stringify(changed));
    // Each generation of WebLLM asks for the index under its own name.
    for (const name of [indexFile, oldIndexFile]) await files.write('webllm/model', to + name, json);
    await copy('webllm/model', tokenizerFile);
    await copy('webllm/config', configFile);
    return { ...record, model };
  };
}
