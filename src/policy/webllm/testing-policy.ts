/** A small language model on the fake engine as a policy, and a short game for it: what the tests of this folder share. */
import { Rng } from '../../lib/rng.ts';
import { openBackend } from '../backend.ts';
import { makeDecoder, smallDecoder } from '../decoder/testing.ts';
import { chatConfig, configFile, indexFile, memorySource, tokenizerFile } from '../mlc/format.ts';
import type { Quantisation } from '../mlc/format.ts';
import { readJson } from '../mlc/index-file.ts';
import type { ActRequest, Policy, PolicyLoss } from '../policy.ts';
import { Tokenizer } from '../tokenizer.ts';
import { trainTokenizer } from '../train-tokenizer.ts';
import { planCache, type CacheShape } from './cache-plan.ts';
import { FrozenPolicy } from './frozen-policy.ts';
import { filesUrl, type ModelFiles } from './model-files.ts';
import { WebLlmPolicy } from './policy.ts';
import type { Serving } from './port.ts';
import { reloadSync } from './reload-sync.ts';
import { LocalServing } from './serving.ts';
import type { FakeChat } from './testing-conversation.ts';
import { fakeWebLlm } from './testing.ts';
import type { FakeOptions } from './testing.ts';

export const clock = { seconds: () => 0, wall: () => 0 };
export const commands = ['go to cabinet 1', 'go to cabinet 12', 'take mug 2 from cabinet 1', 'look'];
/** The marks that Qwen's and Llama 3's templates are made of, behind the trained tokens. */
const marks = ['<|endoftext|>', '<|im_start|>', '<|im_end|>', '<|end_of_text|>', '<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'];
const trained = trainTokenizer([...commands, ...commands, 'You see a mug 2, and a plate 1.'], { vocabulary: 290 }) as {
  added_tokens: object[];
  model: { vocab: object };
};
// Ids without a gap, as in real tokenizers: WebLLM's grammar knows as many as there are.
const firstMark = Object.keys(trained.model.vocab).length;
export const tokenizerJson = {
  ...trained,
  added_tokens: [...trained.added_tokens, ...marks.map((content, i) => ({ ...trained.added_tokens[0], id: firstMark + i, content }))],
};
const idOf = (mark: string): number => firstMark + marks.indexOf(mark);
/** A template in the manner of ChatML, with the tokenizer's own special tokens as its marks. */
export const chatMl = {
  system_template: '<s>system\n{system_message}</s>\n',
  roles: { user: '<s>user', assistant: '<s>assistant' },
  seps: ['</s>\n'],
  role_content_sep: '\n',
  role_empty_sep: '\n',
  stop_token_ids: [2],
};
/** The fields of Qwen 2's and 3's template, and of Llama 3's, as MLC's configurations have them; ids are this tokenizer's. */
export const qwen = {
  system_template: '<|im_start|>system\n{system_message}<|im_end|>\n',
  roles: { user: '<|im_start|>user', assistant: '<|im_start|>assistant' },
  seps: ['<|im_end|>\n'],
  role_content_sep: '\n',
  role_empty_sep: '\n',
  stop_token_ids: [idOf('<|endoftext|>'), idOf('<|im_end|>')],
};
export const llama3 = {
  system_template: '<|start_header_id|>system<|end_header_id|>\n\n{system_message}<|eot_id|>',
  system_prefix_token_ids: [1],
  roles: { user: '<|start_header_id|>user', assistant: '<|start_header_id|>assistant' },
  seps: ['<|eot_id|>'],
  role_content_sep: '<|end_header_id|>\n\n',
  role_empty_sep: '<|end_header_id|>\n\n',
  stop_token_ids: [idOf('<|end_of_text|>'), idOf('<|eot_id|>')],
};
/** Settings of one update, all but its loss, which comes from above. */
export const step = {
  clip: 0.2,
  learningRate: 0.05,
  weightDecay: 0,
  maxGradNorm: 1,
  minibatches: 1,
  epochs: 1,
};
export const record = { model: 'https://models.invalid/small', model_id: 'small', model_lib: 'https://models.invalid/small.wasm' };

/** A cache in memory, laid out as WebLLM's. */
export function memoryFiles(): ModelFiles {
  const all = new Map<string, Uint8Array>();
  return {
    read: async (scope, url) => all.get(`${scope} ${url}`) ?? null,
    size: async (scope, url) => all.get(`${scope} ${url}`)?.length ?? null,
    write: async (scope, url, bytes) => void all.set(`${scope} ${url}`, bytes),
    remove: async (scope, url) => void all.delete(`${scope} ${url}`),
    urls: async (scope) => [...all.keys()].filter((key) => key.startsWith(`${scope} `)).map((key) => key.slice(scope.length + 1)),
  };
}

/** The shortest WebAssembly module. */
export const emptyLibrary = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]);

/** All that is asked for of a model besides its weights, none of which there are. */
export async function withoutWeights(): Promise<ModelFiles> {
  const files = memoryFiles();
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  await files.write('webllm/model', filesUrl(record.model) + tokenizerFile, json(tokenizerJson));
  await files.write('webllm/model', filesUrl(record.model) + indexFile, json({ records: [] }));
  await files.write('webllm/config', filesUrl(record.model) + configFile, json(chatConfig(smallDecoder('qwen2', 'q4f32_1'))));
  await files.write('webllm/wasm', record.model_lib, emptyLibrary);
  return files;
}

interface Opened extends Partial<FakeOptions> {
  cacheTokens?: number;
  family?: 'qwen2' | 'qwen3';
  context?: number;
  onServing?: (how: string) => void;
  template?: FakeChat['conv'];
  /** Puts something between policy and engine. */
  through?: (fake: ReturnType<typeof fakeWebLlm>, local: LocalServing, files: ModelFiles) => Promise<Serving>;
}

/** A model served by the fake engine. @param planned by the model's configuration, or else by its library */
async function serve(quantisation: Quantisation, more: Opened, planned: boolean) {
  const config = smallDecoder(more.family ?? 'qwen2', quantisation, {
    vocabulary: firstMark + marks.length,
    width: 32,
    ffn: 40,
    layers: 1,
    heads: 2,
    kvHeads: 1,
    context: 512,
  });
  const backend = await openBackend('wasm');
  const made = await makeDecoder(config, 3, tokenizerJson);
  const files = memoryFiles();
  for (const [name, bytes] of made.files)
    await files.write(name === configFile ? 'webllm/config' : 'webllm/model', filesUrl(record.model) + name, bytes);
  await files.write('webllm/wasm', record.model_lib, emptyLibrary);
  const read = async (model: string) => {
    const folder = filesUrl(model);
    const found = new Map<string, Uint8Array>();
    for (const scope of ['webllm/model', 'webllm/config'] as const) {
      for (const url of await files.urls(scope))
        if (url.startsWith(folder)) found.set(url.slice(folder.length), (await files.read(scope, url)) as Uint8Array);
    }
    return found;
  };
  const tokenizer = new Tokenizer(tokenizerJson);
  const template = more.template ?? chatMl;
  const chat = { conv: template, tokenizer };
  const fake = fakeWebLlm({ files: read, config, chat, ...more });
  const context = more.context ?? 300;
  const plan = (shape: CacheShape) => {
    const all = planCache(shape, context, { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 });
    return { ...all, tokens: more.cacheTokens ?? all.tokens };
  };
  const serving = await LocalServing.load(fake.webllm, {
    record,
    config: { model_list: [record] },
    clock,
    reloadSync: reloadSync(files, record),
    cache: planned ? plan(config) : plan,
  });
  const notes: string[] = [];
  const options = {
    name: 'small',
    chatConfig: { ...((await readJson(memorySource(made.files), configFile)) as object), conv_template: template },
    tokenizer: new Tokenizer(tokenizerJson),
    hash: 'test',
    serving: more.through ? await more.through(fake, serving, files) : serving,
    context,
    onNote: (text: string) => notes.push(text),
    ...(more.onServing ? { onServing: more.onServing } : {}),
  };
  return { config, backend, options, serving, log: fake.log, lose: fake.lose, notes, files, made };
}

/** The policy with everything around it, as the worker and the page would put it together. */
export async function openPolicy(quantisation: Quantisation, more: Opened = {}) {
  const { config, backend, options, ...rest } = await serve(quantisation, more, true);
  return { policy: new WebLlmPolicy({ ...options, config, weights: rest.made.weights, backend, rank: 2 }), ...rest };
}

/** The same model as one that only WebLLM can compute. */
export async function openFrozen(quantisation: Quantisation, more: Opened = {}) {
  const { options, ...rest } = await serve(quantisation, more, false);
  return { policy: new FrozenPolicy({ ...options, parameters: 1000 }), ...rest };
}

export const requests = (rows: number[], read: string): ActRequest[] =>
  rows.map((row) => ({ row, read, choices: commands.map((command) => ` ${command}\n`), rng: new Rng(9).split(row, read) }));

/** Plays two turns of 2 prompts x 2 rows. */
export async function play(policy: Policy, temperature = 1) {
  const session = await policy.start([
    { text: 'Task: see a mug.\nYou see a mug 2.\n>', copies: 2 },
    { text: 'Task: take it.\n>', copies: 2 },
  ]);
  const first = await session.act(requests([0, 1, 2, 3], ''), { temperature });
  session.finish([2]);
  const second = await session.act(requests([0, 1, 3], 'You see a plate 1.\n>'), { temperature });
  const tokens = [0, 1, 2, 3].map((row) => structuredClone(session.tokens(row)));
  session.dispose();
  return { said: [...first, ...second].map(({ choice }) => choice), tokens, decisions: [first, second] };
}

export const sampled = (tokens: Awaited<ReturnType<typeof play>>['tokens']) =>
  tokens.map(({ choices }) => Float32Array.from(choices, ({ logprob }) => logprob));
export const furthest = (a: Float32Array[], b: Float32Array[]) =>
  Math.max(...a.flatMap((row, i) => [...row].map((x, k) => Math.abs(x - ((b[i] as Float32Array)[k] as number)))));

/** One update that praises every other row. */
export const learn = (policy: Policy, tokens: Awaited<ReturnType<typeof play>>['tokens'], loss: PolicyLoss) =>
  policy.update(
    tokens.map((each, i) => ({ tokens: each, advantage: i % 2 ? 1 : -1 })),
    { ...step, loss, rng: new Rng(1) },
  );
