/**
 * Runs in the browser: the real engine of web-llm 0.2.79 with a compiled library, on made-up weights of the true shape,
 * compared with this project's own forward pass.
 */
import * as tf from '@tensorflow/tfjs';
import * as webllm from 'web-llm-0279';
import { systemClock } from '../../src/lib/clock.ts';
import { Rng } from '../../src/lib/rng.ts';
import { openBackend } from '../../src/policy/backend.ts';
import { logSoftmax } from '../../src/policy/choose.ts';
import { DecoderAdapter } from '../../src/policy/decoder/adapter.ts';
import { decoderRope, embed, normedRows, runLayer } from '../../src/policy/decoder/forward.ts';
import { matMulPacked } from '../../src/policy/decoder/packed.ts';
import { DecoderWeights } from '../../src/policy/decoder/weights.ts';
import { allWeights, finalNorm } from '../../src/policy/mlc/architecture.ts';
import type { DecoderConfig } from '../../src/policy/mlc/architecture.ts';
import { chatConfig, configFile, oldIndexFile, tokenizerFile } from '../../src/policy/mlc/format.ts';
import { encode, storedShapes } from '../../src/policy/mlc/tensors.ts';
import type { NamedTensor } from '../../src/policy/mlc/tensors.ts';
import { writeShards } from '../../src/policy/mlc/write.ts';
import { Tokenizer } from '../../src/policy/tokenizer.ts';
import { trainTokenizer } from '../../src/policy/train-tokenizer.ts';
import { pipelineOf, type AppConfig, type Engine, type WebLlm } from '../../src/policy/webllm/engine.ts';
import { cacheFiles, cachedSource, filesUrl } from '../../src/policy/webllm/model-files.ts';
import { SingleSequences, type Sequences } from '../../src/policy/webllm/sequences.ts';
import { LocalServing } from '../../src/policy/webllm/serving.ts';

export const config: DecoderConfig = {
  family: 'qwen2',
  quantisation: 'q4f32_1',
  tied: true,
  vocabulary: 151936,
  width: 896,
  layers: 24,
  heads: 14,
  kvHeads: 2,
  headWidth: 64,
  ffn: 4864,
  context: 512,
  ropeTheta: 1e6,
  rmsEps: 1e-6,
  ropeScaling: null,
};

/** Random numbers of the right size: codes 0 to 14, scales that keep activations near 1. */
function* tensors(): Generator<NamedTensor> {
  for (const spec of allWeights(config)) {
    for (const { name, shape } of storedShapes(spec, config.quantisation)) {
      const size = shape.reduce((product, n) => product * n, 1);
      const rng = new Rng(7).split(name);
      if (name.endsWith('.q_weight')) {
        const words = new Uint32Array(size);
        // 15 is not a code: the top bit of a nibble is dropped where it would be one.
        for (let i = 0; i < size; i++) {
          const word = rng.uint32();
          const all = word & (word >>> 1) & (word >>> 2) & (word >>> 3) & 0x11111111;
          words[i] = (word ^ (all << 3)) >>> 0;
        }
        yield { name, shape, values: words };
        continue;
      }
      const [middle, spread] = name.endsWith('.q_scale')
        ? [0.25 / Math.sqrt(spec.shape[1] as number), 0.05 / Math.sqrt(spec.shape[1] as number)]
        : name.endsWith('.bias')
          ? [0, 0.1]
          : [1, 0.1];
      yield { name, shape, values: Float32Array.from({ length: size }, () => middle + spread * (2 * rng.uniform() - 1)) };
    }
  }
}

/** A template of few tokens: on a software adapter each costs seconds. */
const template = {
  name: 'short',
  system_template: '{system_message}',
  system_message: '',
  system_prefix_token_ids: [1],
  add_role_after_system_message: false,
  roles: { user: 'u', assistant: 'a', tool: 't' },
  role_templates: { user: '{user_message}', assistant: '{assistant_message}', tool: '{tool_message}' },
  messages: [],
  seps: ['</s>'],
  role_content_sep: ':',
  role_empty_sep: ':',
  stop_str: [],
  stop_token_ids: [2],
};

interface Row {
  check: string;
  difference: number;
  seconds: number;
  [more: string]: string | number;
}

export async function run(library: string, say: (text: string) => void): Promise<Row[]> {
  const rows: Row[] = [];
  let since = performance.now();
  const lap = (): number => {
    const seconds = (performance.now() - since) / 1000;
    since = performance.now();
    return Number(seconds.toFixed(1));
  };
  const record = { model: 'https://models.invalid/qwen2-shape', model_id: 'qwen2-shape', model_lib: library };
  const folder = filesUrl(record.model);
  const tokenizerJson = trainTokenizer([], { vocabulary: 259 });
  const json = (value: object) => new TextEncoder().encode(JSON.stringify(value));
  const { files, index } = await writeShards(tensors(), config.quantisation);
  for (const [name, bytes] of files) await cacheFiles.write('webllm/model', folder + name, bytes);
  files.clear();
  await cacheFiles.write('webllm/model', folder + oldIndexFile, json(index));
  await cacheFiles.write('webllm/model', folder + tokenizerFile, json(tokenizerJson));
  await cacheFiles.write('webllm/config', folder + configFile, json({ ...chatConfig(config), conv_template: template }));
  say(`weights made: ${(index.metadata.ParamBytes / 1e6).toFixed(0)} MB in ${lap()} s`);

  const appConfig: AppConfig = { model_list: [record], useIndexedDBCache: false };
  const serving = await LocalServing.load(webllm as unknown as WebLlm, {
    record,
    config: appConfig,
    clock: systemClock,
    // As for a model that only the engine can compute: the library itself says how large its keys and values are.
    cache: ({ layers, kvHeads, headWidth, quantisation }) => {
      const said = JSON.stringify([layers, kvHeads, headWidth, quantisation]);
      const expected = JSON.stringify([config.layers, config.kvHeads, config.headWidth, config.quantisation]);
      if (said !== expected) throw new Error(`The library says ${said} of its keys and values, not ${expected}.`);
      return { longest: 224, tokens: 256, bytesPerToken: 24576 };
    },
  });
  say(`engine loaded in ${lap()} s: ${JSON.stringify(serving.info)}`);

  await openBackend('webgpu');
  const { weights } = await DecoderWeights.load(config, cachedSource(cacheFiles, folder));
  say(`own weights loaded in ${lap()} s: ${(weights.bytes / 1e6).toFixed(0)} MB on the device`);

  /** Logits [V] after the last token of each sequence (equal lengths), by this project's own forward pass. */
  const own = async (sequences: number[][], adapter: DecoderAdapter | null): Promise<Float32Array[]> => {
    const shape = { batch: sequences.length, time: (sequences[0] as number[]).length };
    const table = decoderRope(config, shape.time);
    let x = embed(weights, Int32Array.from(sequences.flat()));
    for (let layer = 0; layer < config.layers; layer++) {
      const y = runLayer(weights, layer, x, adapter?.inputs(layer) ?? {}, adapter?.strength ?? 0, table, shape);
      await y.data();
      x.dispose();
      x = y;
    }
    const at = sequences.map((_, b) => (b + 1) * shape.time - 1);
    const norm = (adapter?.inputs(config.layers)[finalNorm] ?? weights.vector(finalNorm)) as tf.Tensor1D;
    const logits = tf.tidy(() => matMulPacked(normedRows(weights, x, tf.tensor1d(at, 'int32'), norm), weights.head));
    const data = (await logits.data()) as Float32Array;
    return sequences.map((_, b) => data.slice(b * config.vocabulary, (b + 1) * config.vocabulary));
  };
  const furthest = (a: Float32Array, b: Float32Array) =>
    a.reduce((most, value, i) => Math.max(most, Math.abs(value - (b[i] as number))), 0);
  const range = (a: Float32Array) =>
    Number((a.reduce((m, v) => Math.max(m, v), -Infinity) - a.reduce((m, v) => Math.min(m, v), Infinity)).toFixed(1));
  const compare = (check: string, engine: Float32Array[], mine: Float32Array[], seconds: number, more: object = {}) => {
    const logprobs = engine.map((logits, i) => {
      const [a, b] = [logSoftmax(logits), logSoftmax(mine[i] as Float32Array)];
      return a.reduce((most, value, k) => Math.max(most, Math.abs(value - (b[k] as number))), 0);
    });
    const difference = Math.max(...engine.map((logits, i) => furthest(logits, mine[i] as Float32Array)));
    rows.push({ check, difference, logprobs: Math.max(...logprobs), range: range(engine[0] as Float32Array), seconds, ...more });
    say(JSON.stringify(rows.at(-1)));
  };

  const prompt = [101, 45, 77];
  const continued = [
    [...prompt, 66],
    [...prompt, 120],
  ];
  const ownBefore = await own(continued, null);
  say(`own forward pass of 8 tokens in ${lap()} s`);

  const two = async (sequences: Sequences) => {
    const logits = await sequences.feed([
      { row: 0, append: [66], allowed: null },
      { row: 1, append: [120], allowed: null },
    ]);
    await sequences.dispose();
    return logits;
  };
  const batched = await two(await serving.open([{ ids: prompt, copies: 2 }]));
  compare(`${serving.info.decoding.kind} decoding of two forks of one prompt`, batched, ownBefore, lap());

  const parts = serving as unknown as { engine: Engine; tap: ConstructorParameters<typeof SingleSequences>[2] };
  const single = new SingleSequences(parts.engine, record.model_id, parts.tap, [{ ids: prompt, copies: 1 }]);
  compare(
    'public calls, prefill of four tokens',
    await single.feed([{ row: 0, append: [66], allowed: null }]),
    [ownBefore[0] as Float32Array],
    lap(),
  );

  const tokenizer = new Tokenizer(tokenizerJson);
  const asked = [1, ...tokenizer.encode('u:x'), 2, ...tokenizer.encode('a:')];
  const spoken = await serving.answer({
    messages: [{ role: 'user', content: 'x' }],
    texts: ['b', 'c'],
    answers: ['b', 'c'].map((text) => [...tokenizer.encode(text), 2]),
    temperature: 1,
    uniforms: [0.7, 0.7],
  });
  const seconds = lap();
  // The prefix is read, as the logits show, but not counted.
  if (spoken.promptTokens !== asked.length - 1) throw new Error(`WebLLM read ${spoken.promptTokens} tokens, not ${asked.length - 1}.`);
  const { allowed, logits } = spoken.steps[0] as (typeof spoken.steps)[number];
  const [whole] = (await own([asked], null)) as [Float32Array];
  compare(
    'a chat answer under a grammar, its two allowed tokens',
    [logits],
    [Float32Array.from(allowed, (id) => whole[id] as number)],
    seconds,
    {
      said: ['b', 'c'][spoken.answer] as string,
    },
  );

  // A scale adapter of a size that shows: noise in every array.
  const fresh = DecoderAdapter.fresh(weights, { rank: 4, alpha: 8, seed: 1 });
  const state = fresh.export(0);
  fresh.dispose();
  const noise = new Rng(3);
  for (const [name, { data }] of Object.entries(state.tensors))
    if (!/\.[mv]$/.test(name)) data.forEach((_, i) => (data[i] = 0.03 * noise.normal()));
  const adapter = DecoderAdapter.from(weights, state);
  const changed = [];
  for await (const tensor of adapter.served(true))
    changed.push({ name: tensor.name, bytes: encode(tensor, config.quantisation, { exact: true }).bytes });
  say(`adapter merged in ${lap()} s`);
  const report = await serving.sync(changed, 1);
  say(JSON.stringify(report));
  since = performance.now();
  const after = await two(await serving.open([{ ids: prompt, copies: 2 }]));
  const engineSeconds = lap();
  const ownAfter = await own(continued, adapter);
  compare('after a sync in place of a scale adapter', after, ownAfter, engineSeconds, {
    moved: furthest(ownAfter[0] as Float32Array, ownBefore[0] as Float32Array),
    syncTensors: report.tensors,
    syncMB: Number((report.bytes / 1e6).toFixed(1)),
    syncSeconds: Number(report.seconds.toFixed(3)),
  });
  if (!pipelineOf(parts.engine, record.model_id)) throw new Error('The pipeline is gone.');
  return rows;
}

Object.assign(globalThis, { realEngine: run });
