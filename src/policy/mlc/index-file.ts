/** The JSON files of a weight folder, read on their own: no tensor library is needed to see what is there. */
import { sentence, UserError } from '../../lib/errors.ts';
import { indexFile, oldIndexFile } from './format.ts';
import type { TensorIndex, WeightSource } from './format.ts';

export async function readJson(source: WeightSource, file: string): Promise<unknown> {
  const bytes = await source.read(file);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch (error) {
    throw new UserError(`${file} is not valid JSON (${sentence(error)}); download the model again.`);
  }
}

/** The list of shards under its present name, else under that of web-llm before 0.2.80. */
export async function readIndex(source: WeightSource): Promise<TensorIndex> {
  const index = (await readJson(source, indexFile).catch((error: unknown) =>
    readJson(source, oldIndexFile).catch(() => {
      throw error;
    }),
  )) as TensorIndex;
  if (!isIndex(index)) throw new UserError(`${indexFile} lists no shards; download the model again.`);
  return index;
}

/** Is it a list of shards? (A host may have answered with something else that is JSON.) */
export function isIndex(json: unknown): json is TensorIndex {
  const records = (json as TensorIndex | null)?.records;
  return (
    Array.isArray(records) &&
    records.every((shard) => typeof shard?.dataPath === 'string' && Number.isInteger(shard.nbytes) && Array.isArray(shard.records))
  );
}
