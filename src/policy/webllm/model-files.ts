/** WebLLM's own cache as a file system: the Cache API or IndexedDB, in its layout, so that nothing is downloaded twice. */
import { UserError } from '../../lib/errors.ts';
import { configFile, tokenizerFile } from '../mlc/format.ts';
import type { WeightSource } from '../mlc/format.ts';
import { readIndex } from '../mlc/index-file.ts';
import type { CacheBackend } from './engine.ts';
import { notConfig } from './small-files.ts';

/** The three parts that WebLLM keeps apart: cache names, or database names. */
export type Scope = 'webllm/model' | 'webllm/config' | 'webllm/wasm';

/** WebLLM takes a repository's address and adds the branch itself. */
export function filesUrl(model: string): string {
  const base = model.endsWith('/') ? model : `${model}/`;
  return /\/resolve\//.test(base) ? base : new URL('resolve/main/', base).href;
}

export interface ModelFiles {
  read(scope: Scope, url: string): Promise<Uint8Array | null>;
  /** Its length as it lies there; null when it does not. */
  size(scope: Scope, url: string): Promise<number | null>;
  write(scope: Scope, url: string, bytes: Uint8Array): Promise<void>;
  remove(scope: Scope, url: string): Promise<void>;
  urls(scope: Scope): Promise<string[]>;
}

export const cacheFiles: ModelFiles = {
  async read(scope, url) {
    const response = await (await caches.open(scope)).match(url);
    return response ? new Uint8Array(await response.arrayBuffer()) : null;
  },
  async size(scope, url) {
    const response = await (await caches.open(scope)).match(url);
    return response ? (await response.blob()).size : null;
  },
  async write(scope, url, bytes) {
    await (await caches.open(scope)).put(url, new Response(bytes as Uint8Array<ArrayBuffer>));
  },
  async remove(scope, url) {
    await (await caches.open(scope)).delete(url);
  },
  async urls(scope) {
    return (await (await caches.open(scope)).keys()).map(({ url }) => url);
  },
};

const settled = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('IndexedDB failed without a reason.'));
  });

/** Rows of WebLLM's databases; JSON files are kept parsed. */
interface StoredFile {
  url: string;
  data: ArrayBuffer | object;
}

async function inDatabase<T>(scope: Scope, mode: IDBTransactionMode, use: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const opening = indexedDB.open(scope, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore('urls', { keyPath: 'url' });
  const database = await settled(opening);
  try {
    return await settled(use(database.transaction('urls', mode).objectStore('urls')));
  } finally {
    database.close();
  }
}

export const databaseFiles: ModelFiles = {
  async read(scope, url) {
    const row = (await inDatabase(scope, 'readonly', (store) => store.get(url) as IDBRequest<StoredFile | undefined>)) ?? null;
    if (!row) return null;
    return row.data instanceof ArrayBuffer ? new Uint8Array(row.data) : new TextEncoder().encode(JSON.stringify(row.data));
  },
  async size(scope, url) {
    return (await databaseFiles.read(scope, url))?.length ?? null;
  },
  async write(scope, url, bytes) {
    const data: StoredFile['data'] =
      url.endsWith('.json') && scope === 'webllm/model' && !url.endsWith(tokenizerFile)
        ? (JSON.parse(new TextDecoder().decode(bytes)) as object)
        : bytes.slice().buffer;
    await inDatabase(scope, 'readwrite', (store) => store.put({ url, data }));
  },
  async remove(scope, url) {
    await inDatabase(scope, 'readwrite', (store) => store.delete(url));
  },
  async urls(scope) {
    return (await inDatabase(scope, 'readonly', (store) => store.getAllKeys())).map(String);
  },
};

export const filesOf = (backend: CacheBackend): ModelFiles => (backend === 'indexeddb' ? databaseFiles : cacheFiles);

/** A cached model's folder as the trainer reads it. @param folder address ending in a slash */
export function cachedSource(files: ModelFiles, folder: string): WeightSource {
  return {
    async read(file) {
      const url = new URL(file, folder).href;
      const bytes = await files.read(file === configFile ? 'webllm/config' : 'webllm/model', url);
      if (!bytes) throw new UserError(`${file} is not in the browser's cache (${url}); download the model again.`);
      return bytes;
    },
  };
}

/** What of a model is in the cache. */
export interface Cached {
  /** Some file of it, whatever it holds: there is something to delete. */
  any: boolean;
  /** Bytes of its whole shards, and of all (null: no list of them can be read here, or its configuration is none). */
  have: number;
  total: number | null;
  /** All that WebLLM and the trainer read of its folder. */
  whole: boolean;
}

export async function cachedBytes(files: ModelFiles, folder: string): Promise<Cached> {
  const urls = [...(await files.urls('webllm/model')), ...(await files.urls('webllm/config'))];
  const there = new Set(urls.filter((url) => url.startsWith(folder)));
  const any = there.size > 0;
  const config = there.has(folder + configFile) ? await files.read('webllm/config', folder + configFile) : null;
  const damaged = config !== null && notConfig(config) !== null;
  const index = any && !damaged ? await readIndex(cachedSource(files, folder)).catch(() => null) : null;
  if (!index) return { any, have: 0, total: null, whole: false };
  let have = 0;
  for (const { dataPath, nbytes } of index.records) {
    const url = folder + dataPath;
    // Only what is whole counts: a cut file is fetched again.
    if (there.has(url) && (await files.size('webllm/model', url)) === nbytes) have += nbytes;
  }
  const total = index.records.reduce((sum, { nbytes }) => sum + nbytes, 0);
  return { any, have, total, whole: have === total && there.has(folder + tokenizerFile) && there.has(folder + configFile) };
}

/** Where a model's files are read from and fetched to: the Cache API, unless IndexedDB alone holds all of them. */
export async function placeOf(folder: string): Promise<CacheBackend> {
  if ((await cachedBytes(cacheFiles, folder)).whole) return 'cache';
  // Opening a database makes one, so those that are missing are left alone.
  const names = new Set((await indexedDB.databases()).map(({ name }) => name));
  const kept = (['webllm/model', 'webllm/config'] satisfies Scope[]).every((scope) => names.has(scope));
  return kept && (await cachedBytes(databaseFiles, folder)).whole ? 'indexeddb' : 'cache';
}

/** Removes everything of a model, the index and adapters' copies too (WebLLM's own deletion leaves the index behind). */
export async function removeModel(files: ModelFiles, folders: readonly string[], library: string | null): Promise<void> {
  const mine = (url: string) => folders.some((folder) => url.startsWith(folder));
  for (const scope of ['webllm/model', 'webllm/config'] as const) {
    for (const url of await files.urls(scope)) if (mine(url)) await files.remove(scope, url);
  }
  if (library !== null) await files.remove('webllm/wasm', library);
}
