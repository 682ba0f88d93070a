/** Small random decoders of each family for tests: as files, as plain numbers, and loaded on the device. */
import { Rng } from '../../lib/rng.ts';
import { sizeOf } from '../llama/config.ts';
import { allWeights } from '../mlc/architecture.ts';
import type { DecoderConfig, Family } from '../mlc/architecture.ts';
import { isQuantised, memorySource } from '../mlc/format.ts';
import type { Quantisation } from '../mlc/format.ts';
import { dequantise } from '../mlc/groups.ts';
import { readTensors } from '../mlc/read.ts';
import { denseName, scalesName, wordsName } from '../mlc/tensors.ts';
import { writeDecoder } from '../mlc/write.ts';
import type { EpisodeTokens } from '../../types.ts';
import type { PlainWeights } from './reference.ts';
import { DecoderWeights } from './weights.ts';

export function smallDecoder(family: Family, quantisation: Quantisation, more: Partial<DecoderConfig> = {}): DecoderConfig {
  return {
    family,
    quantisation,
    tied: family !== 'llama',
    vocabulary: 300,
    width: 64,
    layers: 2,
    heads: 4,
    kvHeads: 2,
    headWidth: 16,
    ffn: 72,
    context: 256,
    ropeTheta: 10000,
    rmsEps: 1e-6,
    ropeScaling: family === 'llama' ? { factor: 8, lowFrequency: 1, highFrequency: 4, originalContext: 32 } : null,
    ...more,
  };
}

export interface MadeDecoder {
  config: DecoderConfig;
  files: Map<string, Uint8Array>;
  /** What the files hold, matrices dequantised. */
  plain: PlainWeights;
  weights: DecoderWeights;
}

export async function makeDecoder(config: DecoderConfig, seed: number, tokenizer: object = {}): Promise<MadeDecoder> {
  const noise = new Rng(seed);
  const files = await writeDecoder(
    config,
    ({ name, shape }) => {
      const rng = noise.split(name);
      const vector = shape.length === 1;
      const middle = vector && !name.endsWith('.bias') ? 1 : 0;
      const std = vector ? 0.2 : 1 / Math.sqrt(shape[1] as number);
      return Float32Array.from({ length: sizeOf(shape) }, () => middle + std * rng.normal());
    },
    tokenizer,
  );
  const stored = new Map<string, Float32Array | Uint32Array>();
  await readTensors(memorySource(files), config, ({ name, values }) => stored.set(name, values));
  const plain = new Map(
    allWeights(config).map(({ name, shape }) => {
      if (shape.length === 1) return [name, stored.get(name) as Float32Array] as const;
      if (!isQuantised(config.quantisation)) return [name, stored.get(denseName(name)) as Float32Array] as const;
      const pair = { words: stored.get(wordsName(name)) as Uint32Array, scales: stored.get(scalesName(name)) as Float32Array };
      return [name, dequantise(pair, ...(shape as [number, number]))] as const;
    }),
  );
  const { weights } = await DecoderWeights.load(config, memorySource(files));
  return { config, files, plain, weights };
}

/** An episode of random tokens with choices among a few allowed tokens, and where `free`, among all. */
export function randomEpisode(config: DecoderConfig, seed: number, time: number, free = false): EpisodeTokens {
  const rng = new Rng(seed);
  const ids = Array.from({ length: time }, () => rng.below(config.vocabulary));
  const choices = [];
  for (let at = 2 + rng.below(3); at < time; at += 1 + rng.below(4)) {
    const allowed = [...new Set([ids[at] as number, ...Array.from({ length: 5 }, () => rng.below(config.vocabulary))])].sort(
      (a, b) => a - b,
    );
    choices.push({ at, allowed: free && rng.chance(0.5) ? [] : allowed, logprob: -1 });
  }
  return { ids, choices };
}
