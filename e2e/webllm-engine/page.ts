/** Runs in the browser: the real web-llm 0.2.86, all but the compiled library, under this project's driver, sync and sessions. */
import * as webllm from '@mlc-ai/web-llm';
import { clippedSurrogate } from '../../src/algo/grpo.ts';
import { systemClock } from '../../src/lib/clock.ts';
import { openBackend } from '../../src/policy/backend.ts';
import { makeDecoder, smallDecoder } from '../../src/policy/decoder/testing.ts';
import { chatConfig, configFile } from '../../src/policy/mlc/format.ts';
import { Tokenizer } from '../../src/policy/tokenizer.ts';
import { planCache } from '../../src/policy/webllm/cache-plan.ts';
import type { WebLlm } from '../../src/policy/webllm/engine.ts';
import { cacheFiles, filesUrl } from '../../src/policy/webllm/model-files.ts';
import { WebLlmPolicy } from '../../src/policy/webllm/policy.ts';
import { reloadSync } from '../../src/policy/webllm/reload-sync.ts';
import { LocalServing } from '../../src/policy/webllm/serving.ts';
import {
  chatMl,
  emptyLibrary,
  furthest,
  learn,
  play,
  qwen,
  record,
  sampled,
  tokenizerJson,
} from '../../src/policy/webllm/testing-policy.ts';
import { FakeRuntime, RuntimeLog } from '../../src/policy/webllm/testing-runtime.ts';
import { standIn } from './stand-in.ts';

/** The other fields that WebLLM's conversations have. */
const rest = {
  name: 'made',
  system_message: '',
  add_role_after_system_message: true,
  role_templates: { user: '{user_message}', assistant: '{assistant_message}', tool: '{tool_message}' },
  messages: [],
  stop_str: [],
};
const templates = {
  chatMl: { ...rest, ...chatMl },
  qwen: { ...rest, ...qwen },
  'tokens before all text': { ...rest, ...chatMl, system_prefix_token_ids: [1] },
  plain: { ...rest, ...chatMl, system_template: '{system_message}', roles: { user: '', assistant: '' }, seps: [''] },
};
export type Template = keyof typeof templates;

/** A policy on the engine, and what of it can be looked at. */
async function open(template: Template, without: string[] = [], modelId = 'small') {
  const small = { ...record, model_id: modelId };
  const tokenizer = new Tokenizer(tokenizerJson);
  const config = smallDecoder('qwen2', 'q4f32_1', {
    vocabulary: tokenizer.vocabulary,
    width: 32,
    ffn: 40,
    layers: 1,
    heads: 2,
    kvHeads: 1,
    context: 512,
  });
  const backend = await openBackend('cpu');
  const made = await makeDecoder(config, 3, tokenizerJson);
  const written = { ...chatConfig(config), conv_template: templates[template] };
  for (const [name, bytes] of made.files)
    await cacheFiles.write(name === configFile ? 'webllm/config' : 'webllm/model', filesUrl(record.model) + name, bytes);
  await cacheFiles.write('webllm/config', filesUrl(record.model) + configFile, new TextEncoder().encode(JSON.stringify(written)));
  await cacheFiles.write('webllm/wasm', record.model_lib, emptyLibrary);
  const log = new RuntimeLog();
  let device: GPUDevice | null = null;
  const folders: string[] = [];
  Object.assign(globalThis, {
    standIn: async () => {
      const runtime = new FakeRuntime({ config, without, prefillChunkSize: 64 }, log);
      return standIn(
        runtime,
        (files, folder) => {
          folders.push(folder);
          return runtime.load(files);
        },
        (opened) => (device = opened),
      );
    },
  });
  const serving = await LocalServing.load(webllm as unknown as WebLlm, {
    record: small,
    config: { model_list: [small], cacheBackend: 'cache' },
    clock: systemClock,
    reloadSync: reloadSync(cacheFiles, small),
    cache: (shape) => planCache(shape, 300, { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 }),
  });
  const notes: string[] = [];
  const policy = new WebLlmPolicy({
    name: 'small',
    config,
    chatConfig: written,
    tokenizer,
    weights: made.weights,
    hash: 'test',
    serving,
    backend,
    context: 300,
    rank: 2,
    onNote: (text) => notes.push(text),
  });
  return { policy, serving, log, notes, folders, lose: () => device?.destroy() };
}

/** How far the log-probabilities of what was said are from those of the training side. */
async function gap(policy: WebLlmPolicy, tokens: Awaited<ReturnType<typeof play>>['tokens']): Promise<number> {
  return furthest(sampled(tokens), await policy.logprobs(tokens));
}

export async function run(template: Template) {
  const batched = await open(template);
  const single = await open(template, ['batch_decode']);
  const [a, b] = [await play(batched.policy), await play(single.policy)];
  const report = {
    info: [batched.serving.info, single.serving.info].map(({ decoding, syncing }) => [decoding.kind, syncing.kind]),
    batches: batched.log.batches,
    forks: batched.log.forks,
    said: [a.said, b.said],
    ids: [a.tokens, b.tokens].map((tokens) => tokens.map(({ ids }) => ids)),
    gaps: [await gap(batched.policy, a.tokens), await gap(single.policy, b.tokens)],
  };
  single.policy.dispose();
  batched.policy.dispose();
  return report;
}

/** An update goes into the engine, reflection comes without it, and a lost device costs nothing but time. */
export async function learnAndLose() {
  const { policy, serving, log, notes, lose } = await open('qwen', [], 'Qwen3-small');
  const before = await play(policy);
  const { mismatch } = await learn(policy, before.tokens, clippedSurrogate({ clip: 0.2, beta: 0 }));
  const after = await play(policy);
  const moved = furthest(sampled(before.tokens), await policy.logprobs(before.tokens));
  const learnt = { mismatch, moved, gap: await gap(policy, after.tokens), writes: log.writes, version: serving.version };
  // Between the parts of an object there could be blanks without end.
  const schema = { enum: ['up', 'down'] };
  const json = await policy.writeJson('Vote.', schema);
  const served = serving.version;
  lose();
  // The browser tells a moment later.
  await new Promise((done) => setTimeout(done, 500));
  const again = await play(policy);
  return { learnt, json, served, notes, said: [after.said, again.said], gap: await gap(policy, again.tokens) };
}

/** An engine whose tensors cannot be reached takes an update by loading the rewritten shards. */
export async function learnByReload() {
  const { policy, serving, log, folders } = await open('chatMl', ['tensorCacheGet']);
  const before = await play(policy);
  await learn(policy, before.tokens, clippedSurrogate({ clip: 0.2, beta: 0 }));
  const after = await play(policy);
  const moved = furthest(sampled(before.tokens), await policy.logprobs(before.tokens));
  const { version, info } = serving;
  return { syncing: info.syncing.kind, moved, gap: await gap(policy, after.tokens), version, writes: log.writes, folders };
}

Object.assign(globalThis, { engineCheck: { run, learnAndLose, learnByReload } });
