/** Made-up language models for the tests of the page: names that pass for WebLLM's, random weights, a template with roles. */
import { AlfworldEnv } from '../../src/envs/alfworld/engine.ts';
import { Rng } from '../../src/lib/rng.ts';
import { sizeOf } from '../../src/policy/llama/config.ts';
import type { DecoderConfig } from '../../src/policy/mlc/architecture.ts';
import { chatConfig, configFile } from '../../src/policy/mlc/format.ts';
import { writeDecoder } from '../../src/policy/mlc/write.ts';
import { chatMl } from '../../src/policy/webllm/testing-policy.ts';
import { trainTokenizer } from '../../src/policy/train-tokenizer.ts';
import type { Game } from '../../src/envs/alfworld/game.ts';

/** The last is of a kind that nothing but the engine can compute. */
export const modelIds = ['Qwen2-micro-q4f32_1-MLC', 'SmolLM2-micro-q0f32-MLC', 'gemma3-micro-q4f32_1-MLC'] as const;
export const fileNames = [configFile, 'tensor-cache.json', 'tokenizer.json', 'params_shard_0.bin'] as const;

/** A model that is only downloaded: its files are shards of nothing. */
export const bulkyId = 'Qwen2-bulky-q4f32_1-MLC';

/** Where a model lies: the page's security policy lets it ask its own host. */
export const hostOf = (id: string): string => `${globalThis.location?.origin ?? ''}/made/${id}`;

/** One layer that a software adapter can bear. */
export const microShape = {
  vocabulary: 640,
  width: 32,
  layers: 1,
  heads: 2,
  kvHeads: 1,
  headWidth: 16,
  ffn: 32,
  context: 1024,
  ropeTheta: 10000,
  rmsEps: 1e-5,
};

/** What is said in some homes, so that prompts are few tokens long. */
export function sayings(homes: readonly Game[]): string[] {
  return homes.flatMap((home, i) => {
    const env = new AlfworldEnv(home);
    const rng = new Rng(i);
    const texts: string[] = [];
    let seen = env.first;
    for (let step = 0; step < 12; step++) {
      texts.push(seen.text, ...seen.admissible.map((command) => `> ${command}\n`));
      seen = env.step(rng.pick(seen.admissible));
    }
    return texts;
  });
}

export const bulkyConfig = (): Uint8Array =>
  new TextEncoder().encode(
    JSON.stringify(chatConfig({ ...microShape, family: 'qwen2', quantisation: 'q4f32_1', tied: true, ropeScaling: null })),
  );

/** The files of the models, by model and name. */
export async function makeModels(homes: readonly Game[]): Promise<Map<string, Map<string, Uint8Array>>> {
  const tokenizer = trainTokenizer(sayings(homes), { vocabulary: microShape.vocabulary });
  const made = new Map<string, Map<string, Uint8Array>>();
  for (const id of modelIds) {
    const config: DecoderConfig = {
      ...microShape,
      family: id.startsWith('Qwen2') ? 'qwen2' : 'llama',
      quantisation: id.includes('q4') ? 'q4f32_1' : 'q0f32',
      tied: true,
      ropeScaling: null,
    };
    const files = await writeDecoder(
      config,
      ({ name, shape }) => {
        const [, columns] = shape as [number, number?];
        const rng = new Rng(1).split(name);
        const std = columns === undefined ? 0 : 0.5 / Math.sqrt(columns);
        const middle = columns === undefined && !name.endsWith('.bias') ? 1 : 0;
        return Float32Array.from({ length: sizeOf(shape) }, () => middle + std * rng.normal());
      },
      tokenizer,
    );
    const written = JSON.parse(new TextDecoder().decode(files.get(configFile))) as object;
    const other = id.startsWith('gemma') ? { model_type: 'gemma3_text' } : {};
    files.set(configFile, new TextEncoder().encode(JSON.stringify({ ...written, ...other, conv_template: chatMl })));
    made.set(id, files);
  }
  return made;
}
