import { describe, expect, test } from 'vitest';
import { smallDecoder, makeDecoder } from '../decoder/testing.ts';
import { openBackend } from '../backend.ts';
import { configFile, indexFile, tokenizerFile } from '../mlc/format.ts';
import { downloadModel } from './download.ts';
import { cachedBytes, filesUrl } from './model-files.ts';
import { emptyLibrary, memoryFiles, record } from './testing-policy.ts';

const folder = filesUrl(record.model);

/** A host with a small model in several shards, of which some answers can be spoilt. */
async function host(spoil: (url: string) => Response | Promise<Response> | null = () => null) {
  await openBackend('cpu');
  const { files: made } = await makeDecoder(smallDecoder('qwen2', 'q0f32', { vocabulary: 64, layers: 1 }), 1, { model: {} });
  const files = new Map([...made].map(([name, bytes]) => [folder + name, bytes]));
  files.set(record.model_lib, emptyLibrary);
  const asked: string[] = [];
  const get = async (url: string) => {
    asked.push(url.replace(folder, ''));
    const bytes = files.get(url);
    return (
      (await spoil(url)) ??
      (bytes ? new Response(bytes as Uint8Array<ArrayBuffer>) : new Response('', { status: 404, statusText: 'Not Found' }))
    );
  };
  const stored = memoryFiles();
  const told: number[] = [];
  const run = (room: number | null = null) =>
    downloadModel(record, stored, { get, room: async () => room, onProgress: ({ progress }) => told.push(progress), check: () => {} });
  return { asked, files, stored, told, run };
}
const shard = `${folder}params_shard_0.bin`;

test('brings every file under the address that WebLLM asks for, and tells how far it is', async () => {
  const { files, stored, told, run } = await host();
  await run();
  for (const [url, bytes] of files) {
    const scope = url === record.model_lib ? 'webllm/wasm' : url.endsWith(configFile) ? 'webllm/config' : 'webllm/model';
    expect(await stored.read(scope, url), url).toEqual(bytes);
  }
  expect(await cachedBytes(stored, folder)).toMatchObject({ whole: true });
  expect(told.at(-1)).toBe(1);
  expect(told).toEqual([...told].sort((a, b) => a - b));
});

test('what is there is not asked for again', async () => {
  const { asked, stored, files, run } = await host();
  await run();
  await stored.remove('webllm/model', shard);
  expect(await cachedBytes(stored, folder)).toMatchObject({ have: 0, whole: false });
  asked.length = 0;
  await run();
  expect(asked).toEqual(['params_shard_0.bin']);
  expect(await stored.read('webllm/model', shard)).toEqual(files.get(shard));
});

describe('what lies damaged in the cache is fetched again, and can be deleted until then', () => {
  const text = (value: string) => new TextEncoder().encode(value);
  test.each<[string, 'webllm/model' | 'webllm/config' | 'webllm/wasm', string, Uint8Array]>([
    ['an index that was cut off', 'webllm/model', folder + indexFile, text('{"records":[{"dataPath":"params_sh')],
    ['an answer of the host in place of the index', 'webllm/model', folder + indexFile, text('{"error":"rate limited"}')],
    ['an index of shards without lengths', 'webllm/model', folder + indexFile, text('{"records":[{"dataPath":"params_shard_0.bin"}]}')],
    ['an answer in place of the configuration', 'webllm/config', folder + configFile, text('{"error":"rate limited"}')],
    ['an answer in place of the tokenizer', 'webllm/model', folder + tokenizerFile, text('{"error":"rate limited"}')],
    ['a shard of ten bytes', 'webllm/model', shard, new Uint8Array(10)],
    ['a library that was cut off', 'webllm/wasm', record.model_lib, emptyLibrary.slice(0, 6)],
  ])('%s', async (_name, scope, url, bytes) => {
    const { asked, files, stored, run } = await host();
    await run();
    await stored.write(scope, url, bytes);
    const seen = await cachedBytes(stored, folder);
    expect(seen.any).toBe(true);
    // A list that cannot be read says nothing of the shards; a shard that is cut is not counted as here.
    if (url.endsWith(indexFile) || url === shard) expect(seen).toMatchObject({ have: 0, whole: false });
    if (url.endsWith(configFile)) expect(seen).toMatchObject({ total: null, whole: false });
    asked.length = 0;
    await run();
    expect(asked).toEqual([url.replace(folder, '')]);
    expect(await stored.read(scope, url)).toEqual(files.get(url));
    expect(await cachedBytes(stored, folder)).toMatchObject({ any: true, whole: true });
  });

  test('a host that answers with something else that is JSON is told, and nothing of it is kept', async () => {
    const { stored, run } = await host((url) => (url.endsWith(indexFile) ? new Response('{"error":"rate limited"}') : null));
    await expect(run()).rejects.toThrow(/tensor-cache\.json arrived, but it is no list of shards: something else answered/);
    expect(await cachedBytes(stored, folder)).toEqual({ any: false, have: 0, total: null, whole: false });
  });
});

test('a configuration that makes no model is refused and not kept, so that the next download asks for it again', async () => {
  const nonsense = { model_type: 'qwen2', quantization: 'q4f32_1', model_config: { hidden_size: -1 } };
  let mended = false;
  const { asked, stored, run } = await host((url) => (url.endsWith(configFile) && !mended ? new Response(JSON.stringify(nonsense)) : null));
  await expect(run()).rejects.toThrow(/mlc-chat-config\.json: model_config\./);
  expect(await stored.read('webllm/config', folder + configFile)).toBeNull();
  mended = true;
  asked.length = 0;
  await run();
  expect(asked).toContain(configFile);
  expect(await cachedBytes(stored, folder)).toMatchObject({ whole: true });
});

describe('nothing that is not whole is kept', () => {
  const broken = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new Uint8Array(100));
        },
        pull(controller) {
          controller.error(new TypeError('network error'));
        },
      }),
    );
  test.each<[string, string, () => Response | Promise<Response>, RegExp]>([
    [
      'a connection that breaks off',
      shard,
      broken,
      /params_shard_0\.bin could not be downloaded; check the connection\. What is already here is kept\. \(.*network error/,
    ],
    ['no connection', shard, () => Promise.reject(new TypeError('Failed to fetch')), /check the connection/],
    [
      'a body that ends early',
      shard,
      () => new Response(new Uint8Array(100)),
      /arrived with 100 bytes instead of \d+ and was not kept; try again/,
    ],
    ['a body that is too long', shard, () => new Response(new Uint8Array(1e6)), /arrived with 1000000 bytes instead of/],
    [
      'a page of the host',
      shard,
      () => new Response('', { status: 503, statusText: 'Busy' }),
      /models\.invalid answered 503 \(Busy\)\. Try again later; what is already here is kept/,
    ],
    [
      'a file that is gone',
      folder + configFile,
      () => new Response('', { status: 404 }),
      /mlc-chat-config\.json could not be downloaded: models\.invalid answered 404\. What is already here/,
    ],
    [
      'a sign-in page in place of a file',
      folder + tokenizerFile,
      () => new Response('<!doctype html>'),
      /tokenizer\.json arrived, but it is not JSON: something else answered/,
    ],
    [
      'a sign-in page in place of the library',
      record.model_lib,
      () => new Response('<!doctype html>'),
      /small\.wasm arrived, but it is no WebAssembly library/,
    ],
  ])('%s', async (_name, url, answer, why) => {
    const { stored, run } = await host((asked) => (asked === url ? answer() : null));
    await expect(run()).rejects.toThrow(why);
    for (const scope of ['webllm/model', 'webllm/config', 'webllm/wasm'] as const) expect(await stored.read(scope, url)).toBeNull();
    expect(await cachedBytes(stored, folder)).toMatchObject({ whole: false });
  });

  test('a shard with a bit turned over', async () => {
    const { files, stored, run } = await host((url) => {
      if (url !== shard) return null;
      const bytes = (files.get(shard) as Uint8Array).slice();
      bytes[7] = (bytes[7] as number) ^ 1;
      return new Response(bytes);
    });
    await expect(run()).rejects.toThrow(/params_shard_0\.bin arrived damaged \(its MD5 sum/);
    expect(await stored.read('webllm/model', shard)).toBeNull();
    expect(await stored.read('webllm/model', folder + indexFile)).not.toBeNull();
  });
});

test('a browser without room says so before the weights are asked for', async () => {
  const { asked, run } = await host();
  await expect(run(1000)).rejects.toThrow(/1 MB of small are still to come, but the browser has room for 1 MB; delete another model/);
  expect(asked).not.toContain('params_shard_0.bin');
});
