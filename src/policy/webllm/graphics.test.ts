import { describe, expect, test, vi } from 'vitest';
import { smallDecoder } from '../decoder/testing.ts';
import { chatConfig, configFile, indexFile, tokenizerFile } from '../mlc/format.ts';
import type { DecoderConfig } from '../mlc/architecture.ts';
import type { ModelRecord } from './engine.ts';
import { engineLimits, type Graphics } from './graphics.ts';
import { filesUrl } from './model-files.ts';
import type { Reply, Request } from './protocol.ts';
import { ModelWorker, type ServingPort } from './remote.ts';
import { serveModels } from './serve.ts';
import { fakeWebLlm } from './testing.ts';
import { memoryFiles } from './testing-policy.ts';

const gigabyte = { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 };
const able: Graphics = { half: true, limits: gigabyte };

/** The worker's side on a machine, with a host whose answers are small files only; whatever is asked of it is told. */
function machine(modelId: string, graphics: Graphics | null, config: object, shape = [1000, 1000]) {
  const record = { model: `https://models.invalid/${modelId}`, model_id: modelId, model_lib: `https://models.invalid/${modelId}.wasm` };
  const embedding = { name: 'model.embed_tokens.weight', shape, dtype: 'float32', format: 'f32-to-bf16', nbytes: 4, byteOffset: 0 };
  const answers: Record<string, object> = {
    [configFile]: config,
    [indexFile]: { records: [{ dataPath: 'params_shard_0.bin', nbytes: 4, records: [embedding] }] },
    [tokenizerFile]: { model: {} },
  };
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    const name = url.slice(url.lastIndexOf('/') + 1);
    asked.push(name);
    expect(url.startsWith(filesUrl(record.model)) || url === record.model_lib).toBe(true);
    return answers[name] ? new Response(JSON.stringify(answers[name])) : new Response('', { status: 404 });
  });
  const fake = fakeWebLlm({ files: async () => new Map(), config: {} as never });
  fake.webllm.prebuiltAppConfig.model_list = [record];
  const files = memoryFiles();
  const port: ServingPort = { onmessage: null, postMessage: (message: Request) => serve(message), terminate: () => {} };
  const serve = serveModels(
    (reply: Reply) => port.onmessage?.({ data: reply } as MessageEvent<Reply>),
    async () => fake.webllm,
    () => files,
    async () => graphics,
  );
  return { worker: new ModelWorker(port), asked, list: fake.webllm.prebuiltAppConfig.model_list };
}
const decoder = (more: Partial<DecoderConfig> = {}) => chatConfig(smallDecoder('qwen2', 'q0f32', more));

describe('a model that cannot run here is refused before its weights are asked for, whoever asks', () => {
  test.each<[string, string, Graphics | null, object, number[] | undefined, RegExp, string[]]>([
    [
      'without WebGPU',
      'SmolLM2-135M-Instruct-q0f32-MLC',
      null,
      decoder(),
      undefined,
      /needs WebGPU, which this browser does not offer/,
      [],
    ],
    [
      'without half precision',
      'SmolLM2-135M-Instruct-q0f16-MLC',
      { ...able, half: false },
      decoder(),
      undefined,
      /needs half precision \(shader-f16\).*whose name has f32/,
      [],
    ],
    [
      'of a family that is trained here, in a shape that cannot be',
      'Qwen2-0.5B-Instruct-q0f32-MLC',
      able,
      { ...decoder(), model_config: { ...(decoder() as { model_config: object }).model_config, rope_scaling: { rope_type: 'yarn' } } },
      undefined,
      /rotary scaling of the kind "yarn" cannot be run here/,
      [indexFile, configFile],
    ],
    [
      'with a weight that no buffer holds',
      'Qwen3-0.6B-q0f32-MLC',
      { ...able, limits: engineLimits({ maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 29 }) },
      decoder(),
      [151936, 1024],
      /a weight of 0\.6 GB \(model\.embed_tokens\.weight\), but WebLLM gets buffers of 0\.1 GB/,
      [indexFile, configFile],
    ],
  ])('%s', async (_name, modelId, graphics, config, shape, why, fetched) => {
    for (const call of [
      { type: 'describe', record: modelId, cache: 'cache' },
      { type: 'download', record: modelId, cache: 'cache' },
      { type: 'load', record: modelId, cache: 'cache', longest: 100, chatOptions: {} },
    ] as const) {
      const { worker, asked } = machine(modelId, graphics, config, shape);
      await expect(worker.ask(call)).rejects.toThrow(why);
      expect(asked, call.type).toEqual(fetched);
    }
  });

  test('a model that turns texts into vectors is refused before any of its files', async () => {
    for (const type of ['describe', 'download', 'load'] as const) {
      const { worker, asked, list } = machine('snowflake-arctic-embed-m-q0f32-MLC-b4', able, decoder());
      list[0] = { ...(list[0] as ModelRecord), model_type: 1 };
      const call = { type, record: 'snowflake-arctic-embed-m-q0f32-MLC-b4', cache: 'cache', longest: 100, chatOptions: {} } as const;
      await expect(worker.ask(call)).rejects.toThrow(
        'snowflake-arctic-embed-m-q0f32-MLC-b4 turns texts into vectors and cannot play; choose another model on the page Models.',
      );
      expect(asked).toEqual([]);
    }
  });

  test('one of a family without a training side is described: it can play', async () => {
    const { worker, asked } = machine('gemma3-1b-it-q4f32_1-MLC', able, { ...decoder(), model_type: 'gemma3_text' });
    await worker.ask({ type: 'describe', record: 'gemma3-1b-it-q4f32_1-MLC', cache: 'cache' });
    expect(asked).toEqual([indexFile, configFile, tokenizerFile]);
  });

  test('one that can is described without its library and its weights', async () => {
    const { worker, asked } = machine('SmolLM2-135M-Instruct-q0f16-MLC', able, decoder());
    const folder = await worker.ask({ type: 'describe', record: 'SmolLM2-135M-Instruct-q0f16-MLC', cache: 'cache' });
    expect(folder).toBe('https://models.invalid/SmolLM2-135M-Instruct-q0f16-MLC/resolve/main/');
    expect(asked).toEqual([indexFile, configFile, tokenizerFile]);
  });
});

test('WebLLM takes buffers of 1 GB, or no more than WebGPU promises everywhere', () => {
  expect(engineLimits({ maxBufferSize: 2 ** 32, maxStorageBufferBindingSize: 2 ** 32 })).toEqual(gigabyte);
  expect(engineLimits({ maxBufferSize: 2 ** 29, maxStorageBufferBindingSize: 2 ** 29 })).toEqual({
    maxBufferSize: 2 ** 28,
    maxStorageBufferBindingSize: 2 ** 27,
  });
});
