/** Runs in the browser: the real web-llm 0.2.86 and this project's reading and writing of its caches. */
import * as webllm from '@mlc-ai/web-llm';
import type { AppConfig, CacheBackend } from '../../src/policy/webllm/engine.ts';
import { cachedBytes, cachedSource, filesOf, filesUrl, placeOf, removeModel } from '../../src/policy/webllm/model-files.ts';

const record = { model: 'https://models.invalid/small', model_id: 'small', model_lib: 'https://models.invalid/small.wasm' };

export async function run(backend: CacheBackend, given: Record<string, number[]>) {
  const files = filesOf(backend);
  const folder = filesUrl(record.model);
  const config = { model_list: [record], cacheBackend: backend } as AppConfig;
  const seen = () => webllm.hasModelInCache('small', config as unknown as webllm.AppConfig);
  const before = await seen();
  for (const [name, bytes] of Object.entries(given)) {
    await files.write(name === 'mlc-chat-config.json' ? 'webllm/config' : 'webllm/model', folder + name, Uint8Array.from(bytes));
  }
  const during = await seen();
  const stored = await cachedBytes(files, folder);
  const place = await placeOf(folder);
  const shard = [...(await cachedSource(files, folder).read('params_shard_0.bin'))];
  await removeModel(files, [folder], record.model_lib);
  return {
    before,
    during,
    stored,
    place,
    shard,
    after: await seen(),
    placeAfter: await placeOf(folder),
    left: [...(await files.urls('webllm/model')), ...(await files.urls('webllm/config'))],
  };
}

Object.assign(globalThis, { cacheCheck: run });
