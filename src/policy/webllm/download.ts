/**
 * Brings a model into WebLLM's cache, file by file, under WebLLM's own addresses. WebLLM checks neither lengths nor sums of
 * what it fetches and needs a graphics device to fetch at all; here only whole files are kept, and what is there and whole is not asked for again.
 */
import { sentence, UserError } from '../../lib/errors.ts';
import { trainableConfig, type DecoderConfig } from '../mlc/architecture.ts';
import { configFile, indexFile, tokenizerFile } from '../mlc/format.ts';
import type { ShardRecord, TensorIndex } from '../mlc/format.ts';
import { readIndex, readJson } from '../mlc/index-file.ts';
import { md5 } from '../mlc/md5.ts';
import type { LoadReport, ModelRecord } from './engine.ts';
import { notConfig, notIndex, notTokenizer } from './small-files.ts';
import { cachedSource, filesUrl } from './model-files.ts';
import type { ModelFiles, Scope } from './model-files.ts';

export interface DownloadOptions {
  get: (url: string) => Promise<Response>;
  /** Bytes that the browser still has room for; null when it does not say. */
  room: () => Promise<number | null>;
  onProgress: (report: LoadReport) => void;
  /** Looks at what the model is before the first of its weights is asked for; what it throws ends the download. */
  check: (model: { /** Null for kinds that only WebLLM can compute. */ config: DecoderConfig | null; index: TensorIndex }) => void;
}

/** Shards on their way at once. */
const together = 3;

const megabytes = (bytes: number) => `${Math.ceil(bytes / 1e6)} MB`;

/** Brings one of the small files, unless it is there and what it must be. */
async function bringSmall(
  scope: Scope,
  url: string,
  wrongWith: (bytes: Uint8Array) => string | null,
  files: ModelFiles,
  { get, onProgress }: Pick<DownloadOptions, 'get' | 'onProgress'>,
): Promise<void> {
  const kept = await files.read(scope, url);
  // What is damaged is fetched again.
  if (kept && wrongWith(kept) === null) return;
  onProgress({ progress: 0, timeElapsed: 0, text: `Fetching ${nameOf(url)}.` });
  const bytes = await fetched(get, url, null, () => {});
  const wrong = wrongWith(bytes);
  if (wrong) throw new UserError(`${nameOf(url)} arrived, but ${wrong}: something else answered in place of the model's host (${url}).`);
  await files.write(scope, url, bytes);
}

/** What a model is, without its weights. @throws UserError when it is of a kind that is trained here, but not in this shape, too */
export async function describeModel(
  record: ModelRecord,
  files: ModelFiles,
  options: Pick<DownloadOptions, 'get' | 'onProgress' | 'check'>,
): Promise<TensorIndex> {
  const folder = filesUrl(record.model);
  const source = cachedSource(files, folder);
  // The index first: with it, a download that stops can be seen and taken up.
  await bringSmall('webllm/model', folder + indexFile, notIndex, files, options);
  await bringSmall('webllm/config', folder + configFile, notConfig, files, options);
  const config = await readJson(source, configFile)
    .then(trainableConfig)
    .catch(async (error: unknown) => {
      // What cannot be used is not kept: it may be damaged, and is fetched again the next time.
      await files.remove('webllm/config', folder + configFile);
      throw error;
    });
  const index = await readIndex(source);
  options.check({ config, index });
  await bringSmall('webllm/model', folder + tokenizerFile, notTokenizer, files, options);
  return index;
}

/** @throws UserError saying which file failed and why; what had arrived whole by then is kept */
export async function downloadModel(record: ModelRecord, files: ModelFiles, options: DownloadOptions): Promise<void> {
  const { get, room, onProgress } = options;
  const folder = filesUrl(record.model);
  const { records } = await describeModel(record, files, options);
  await bringSmall('webllm/wasm', record.model_lib, notLibrary, files, options);
  const total = records.reduce((sum, { nbytes }) => sum + nbytes, 0);
  const missing: ShardRecord[] = [];
  for (const shard of records) if ((await files.size('webllm/model', folder + shard.dataPath)) !== shard.nbytes) missing.push(shard);
  let left = missing.reduce((sum, { nbytes }) => sum + nbytes, 0);
  if (missing.length === 0) return;
  const free = await room();
  if (free !== null && free < left) {
    throw new UserError(
      `${megabytes(left)} of ${record.model_id} are still to come, but the browser has room for ${megabytes(free)}; delete another model, or free disk space.`,
    );
  }
  const tell = () =>
    onProgress({
      progress: total > 0 ? (total - left) / total : 1,
      timeElapsed: 0,
      text: `Fetching weights, ${megabytes(total - left)} of ${megabytes(total)}`,
    });
  tell();
  const bring = async ({ dataPath, nbytes, md5sum }: ShardRecord) => {
    const bytes = await fetched(get, folder + dataPath, nbytes, (count) => {
      left -= count;
      tell();
    });
    if (md5sum && md5(bytes) !== md5sum) {
      throw new UserError(
        `${dataPath} arrived damaged (its MD5 sum is not the one that the model's index names) and was not kept; try again.`,
      );
    }
    await files.write('webllm/model', folder + dataPath, bytes);
  };
  const worker = async (): Promise<void> => {
    for (let shard = missing.shift(); shard; shard = missing.shift()) await bring(shard);
  };
  // After a failure those on their way are waited for, so that what arrives whole is kept, and no more are asked for.
  const ends = await Promise.allSettled(
    Array.from({ length: together }, () =>
      worker().catch((error: unknown) => {
        missing.length = 0;
        throw error;
      }),
    ),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
}

const nameOf = (url: string): string => url.slice(url.lastIndexOf('/') + 1);

/** All bytes of a file. @param size how many there must be, or null; @param onBytes told of each piece */
async function fetched(
  get: DownloadOptions['get'],
  url: string,
  size: number | null,
  onBytes: (count: number) => void,
): Promise<Uint8Array> {
  const name = nameOf(url);
  const cut = (error: unknown): never => {
    throw new UserError(`${name} could not be downloaded; check the connection. What is already here is kept. (${sentence(error)})`);
  };
  const response = await get(url).catch(cut);
  if (!response.ok) {
    throw new UserError(
      `${name} could not be downloaded: ${new URL(url).host} answered ${response.status}${response.statusText ? ` (${response.statusText})` : ''}. ${
        response.status === 429 || response.status >= 500 ? 'Try again later; what' : 'What'
      } is already here is kept.`,
    );
  }
  if (size === null || !response.body) return new Uint8Array(await response.arrayBuffer().catch(cut));
  const bytes = new Uint8Array(size);
  let at = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read().catch(cut);
    if (done) break;
    if (at + value.length <= size) bytes.set(value, at);
    at += value.length;
    onBytes(value.length);
  }
  if (at !== size) throw new UserError(`${name} arrived with ${at} bytes instead of ${size} and was not kept; try again.`);
  return bytes;
}

// WebLLM would fail on a damaged one with an error about its own insides.
const notLibrary = (bytes: Uint8Array): string | null =>
  WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>) ? null : 'it is no WebAssembly library';
