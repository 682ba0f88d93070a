/**
 * Stands in for the package @mlc-ai/web-llm in the page that `language-model.spec.ts` builds: its list, and an engine of its
 * shape, which computes made-up models from its cache in plain loops. All else is the page as it is.
 */
import { readDecoderConfig } from '../../src/policy/mlc/architecture.ts';
import type { DecoderConfig } from '../../src/policy/mlc/architecture.ts';
import { configFile } from '../../src/policy/mlc/format.ts';
import { Tokenizer } from '../../src/policy/tokenizer.ts';
import type { ChatRequest, WebLlm } from '../../src/policy/webllm/engine.ts';
import { cachedBytes, cacheFiles, filesUrl } from '../../src/policy/webllm/model-files.ts';
import { fakeWebLlm, type FakeOptions } from '../../src/policy/webllm/testing.ts';
import type { FakeChat } from '../../src/policy/webllm/testing-conversation.ts';
import { bulkyId, fileNames, hostOf, modelIds } from './models.ts';

export const prebuiltAppConfig = {
  model_list: [...modelIds, bulkyId].map((id) => ({
    model: hostOf(id),
    model_id: id,
    model_lib: `${hostOf(id)}.wasm`,
    vram_required_MB: 1,
  })),
};

export const hasModelInCache: WebLlm['hasModelInCache'] = async (modelId) => {
  return (await cachedBytes(cacheFiles, filesUrl(hostOf(modelId)))).whole;
};
export const deleteModelAllInfoInCache: WebLlm['deleteModelAllInfoInCache'] = async () => {};

/** Reflection in the words of the fixture: a first rule, then votes for it. */
const answer = ({ response_format: format }: ChatRequest): string =>
  JSON.stringify({
    edits: [
      format?.type === 'json_object' && format.schema.includes('UPVOTE')
        ? { op: 'UPVOTE', rule: 1 }
        : { op: 'ADD', text: 'Take what the task names, then put it where the task says.' },
    ],
  });

type Options = NonNullable<ConstructorParameters<WebLlm['MLCEngine']>[0]>;

function engine(given: Options) {
  const config = {} as DecoderConfig;
  const options: FakeOptions = {
    config,
    answer,
    prefillChunkSize: 1024,
    files: async (model) => {
      const folder = filesUrl(model);
      const found = new Map<string, Uint8Array>();
      for (const [i, name] of fileNames.entries()) {
        const scope = name === configFile ? 'webllm/config' : 'webllm/model';
        const bytes = await cacheFiles.read(scope, folder + name);
        if (!bytes) throw new Error(`${name} is not in the cache.`);
        found.set(name, bytes);
        given.initProgressCallback?.({ progress: i / fileNames.length, timeElapsed: 0, text: `Loading ${name}` });
      }
      const chatConfig = JSON.parse(new TextDecoder().decode(found.get(configFile))) as { model_type: string };
      const tokenizer = new Tokenizer(JSON.parse(new TextDecoder().decode(found.get('tokenizer.json'))));
      // What the page has no forward pass for is computed here as a llama.
      const family = chatConfig.model_type === 'gemma3_text' ? 'llama' : chatConfig.model_type;
      Object.assign(config, readDecoderConfig({ ...chatConfig, model_type: family }));
      options.chat = { conv: (chatConfig as unknown as { conv_template: FakeChat['conv'] }).conv_template, tokenizer };
      return found;
    },
  };
  const { webllm, log, lose } = fakeWebLlm(options);
  // The test looks in, and takes the device away.
  const channel = new BroadcastChannel('engine');
  channel.onmessage = ({ data }: MessageEvent<string>) => {
    if (data === 'lose') lose();
    if (data === 'report' && log.reloads.length > 0) channel.postMessage({ log: { ...log, requests: log.requests.length } });
  };
  return new webllm.MLCEngine(given);
}

export const MLCEngine = function (given: Options) {
  return engine(given);
} as unknown as WebLlm['MLCEngine'];
