import 'fake-indexeddb/auto';
import { prebuiltAppConfig } from '@mlc-ai/web-llm';
import { afterEach, expect, test, vi } from 'vitest';
import type { OpenedBackend } from '../policy/backend.ts';
import { smallDecoder } from '../policy/decoder/testing.ts';
import { chatConfig, configFile, indexFile, tokenizerFile } from '../policy/mlc/format.ts';
import type { ModelRecord } from '../policy/webllm/engine.ts';
import { NotDownloaded, UnknownModel } from '../policy/webllm/list.ts';
import { databaseFiles, filesUrl } from '../policy/webllm/model-files.ts';
import type { Reply, Request } from '../policy/webllm/protocol.ts';
import { qwen, tokenizerJson } from '../policy/webllm/testing-policy.ts';
import { openLanguageModel } from './open-language-model.ts';

afterEach(() => vi.unstubAllGlobals());

const info = {
  modelId: '',
  filesUrl: '',
  decoding: { kind: 'batched' },
  syncing: { kind: 'in place' },
  cache: null,
  loadSeconds: 0,
};

/** The page's worker and cache around a model of WebLLM's own list; calls are kept, and a load that is not `answered` is refused. */
function place(modelId: string, config: object, answered: boolean): Request[] {
  const calls: Request[] = [];
  const list = prebuiltAppConfig.model_list as ModelRecord[];
  const folder = filesUrl(list.find(({ model_id }) => model_id === modelId)?.model ?? 'https://models.invalid/');
  const files: Record<string, object> = {
    [configFile]: { ...config, ...qwen },
    [tokenizerFile]: tokenizerJson,
    [indexFile]: { metadata: { ParamSize: 1, ParamBytes: 4, BitsPerParam: 4 }, records: [] },
  };
  vi.stubGlobal('caches', {
    open: async () => ({
      keys: async () => [],
      match: async (url: string) => {
        const file = url.startsWith(folder) ? files[url.slice(folder.length)] : undefined;
        return file && new Response(JSON.stringify(file));
      },
    }),
  });
  vi.stubGlobal(
    'Worker',
    class {
      onmessage: ((event: MessageEvent<Reply>) => void) | null = null;
      postMessage(call: Request): void {
        calls.push(call);
        const refused: Reply = { type: 'refused', id: call.id, message: 'no graphics card here', mendable: true, lost: false };
        const value = { models: list, describe: folder, load: answered ? info : undefined }[call.type as 'models' | 'describe' | 'load'];
        const data: Reply = value ? { type: 'answer', id: call.id, value: value as never } : refused;
        queueMicrotask(() => this.onmessage?.({ data } as MessageEvent<Reply>));
      }
      terminate(): void {}
    },
  );
  return calls;
}
const backend = async () => ({ name: 'cpu' }) as OpenedBackend;
const hooks = { opening: () => {}, download: true };
const loadOf = (calls: Request[]) => calls.find((call) => call.type === 'load');

test.each([
  ['TinyLlama-1.1B-Chat-v1.0-q4f16_1-MLC-1k', 'llama', 1024],
  ['TinyLlama-1.1B-Chat-v1.0-q4f16_1-MLC', 'llama', 2048],
  ['Qwen3-0.6B-q4f16_1-MLC', 'qwen3', 4096],
] as const)(
  '%s is loaded for training with the context of its record, and room for episodes of that length',
  async (name, family, window) => {
    const calls = place(name, chatConfig(smallDecoder(family, 'q4f16_1', { context: 40960 })), false);
    await expect(openLanguageModel(name, backend, hooks)).rejects.toThrow('no graphics card here');
    expect(loadOf(calls)).toMatchObject({ longest: window, chatOptions: { context_window_size: window } });
  },
);

test('a -1k model that only plays gets 1,024 tokens too: in the engine, in the cache of keys and values, and in what the policy says', async () => {
  const name = 'gemma-2-2b-it-q4f16_1-MLC-1k';
  const decoder = smallDecoder('llama', 'q4f16_1', { context: 8192 });
  const calls = place(name, { ...chatConfig(decoder), model_type: 'gemma2', context_window_size: 8192 }, true);
  const policy = await openLanguageModel(name, backend, hooks);
  expect(policy.info).toMatchObject({ context: 1024, frozen: true });
  expect(loadOf(calls)).toMatchObject({ longest: 1024, chatOptions: { context_window_size: 1024 } });
});

test('a name that is not in the list is refused as unknown, with those near it, before anything is asked for', async () => {
  const calls = place('Qwen3-0.6B-q8f16_1-MLC', {}, false);
  const opening = openLanguageModel('Qwen3-0.6B-q8f16_1-MLC', backend, hooks);
  await expect(opening).rejects.toThrow(UnknownModel);
  await expect(opening).rejects.toThrow(/Near it: Qwen3-0\.6B-q4f16_1-MLC/);
  expect(calls.map(({ type }) => type)).toEqual(['models']);
});

test('a model that is not in this browser is not asked for before its download is agreed to; a sentence says how large it is', async () => {
  const name = 'Qwen2.5-0.5B-Instruct-q4f16_1-MLC';
  const calls = place(name, chatConfig(smallDecoder('qwen2', 'q4f16_1')), false);
  const opening = openLanguageModel(name, () => Promise.reject(new Error('No backend is opened for it.')), { ...hooks, download: false });
  await expect(opening).rejects.toThrow(NotDownloaded);
  await expect(opening).rejects.toThrow(
    `${name} is not in this browser; to load it, about 278 MB would be downloaded from huggingface.co. Nothing has been asked for yet.`,
  );
  expect(calls.map(({ type }) => type)).toEqual(['models']);
});

test('one that is here whole is opened without a question', async () => {
  const name = 'Qwen3-0.6B-q4f16_1-MLC';
  const calls = place(name, chatConfig(smallDecoder('qwen3', 'q4f16_1')), false);
  const folder = `https://huggingface.co/mlc-ai/${name}/resolve/main/`;
  const { open } = caches as unknown as { open: (scope: string) => Promise<object> };
  const keys = async () => [configFile, tokenizerFile, indexFile].map((file) => ({ url: folder + file }));
  vi.stubGlobal('caches', { open: async (scope: string) => ({ ...(await open(scope)), keys }) });
  await expect(openLanguageModel(name, backend, { ...hooks, download: false })).rejects.toThrow('no graphics card here');
  expect(calls.map(({ type }) => type)).toEqual(['models', 'describe', 'load']);
});

test('one that WebLLM keeps in IndexedDB is opened from there, and nothing of it is asked for', async () => {
  const name = 'Qwen3-0.6B-q4f16_1-MLC';
  const calls = place(name, {}, false);
  const folder = `https://huggingface.co/mlc-ai/${name}/resolve/main/`;
  vi.stubGlobal('caches', { open: async () => ({ keys: async () => [], match: async () => undefined }) });
  const bytes = (file: object) => new TextEncoder().encode(JSON.stringify(file));
  await databaseFiles.write('webllm/config', folder + configFile, bytes({ ...chatConfig(smallDecoder('qwen3', 'q4f16_1')), ...qwen }));
  await databaseFiles.write('webllm/model', folder + tokenizerFile, bytes(tokenizerJson));
  await databaseFiles.write(
    'webllm/model',
    folder + indexFile,
    bytes({ metadata: { ParamSize: 1, ParamBytes: 4, BitsPerParam: 4 }, records: [] }),
  );
  await expect(openLanguageModel(name, backend, { ...hooks, download: false })).rejects.toThrow('no graphics card here');
  expect(loadOf(calls)).toMatchObject({ cache: 'indexeddb' });
});
