/** Small models for tests: random weights, a tokenizer trained on a few sentences. */
import { Rng } from '../../lib/rng.ts';
import { openBackend } from '../backend.ts';
import type { BackendName } from '../backend.ts';
import type { LoadedModel } from '../mlc/read.ts';
import { trainTokenizer } from '../train-tokenizer.ts';
import { tinyConfig } from './config.ts';
import type { LlamaConfig } from './config.ts';
import { initialWeights } from './flat.ts';
import { LlamaPolicy } from './policy.ts';

export const smallConfig: LlamaConfig = {
  ...tinyConfig,
  vocabulary: 300,
  width: 16,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headWidth: 8,
  ffn: 20,
  context: 320,
};

export const sentences = [
  'You arrive at cabinet 1. On the cabinet 1, you see a mug 2, and a plate 1.',
  'You are in the middle of a room. Looking quickly around you, you see a cabinet 2, a drawer 1, and a sinkbasin 1.',
  'go to cabinet 1',
  'take mug 2 from cabinet 1',
  'put mug 2 in/on sinkbasin 1',
  'look',
  'inventory',
];

/** Weights that are not the starting ones: no matrix is zero, and norms differ from 1. */
export function randomWeights(config: LlamaConfig, seed: number): Float32Array {
  const weights = initialWeights(config, new Rng(seed));
  const noise = new Rng(seed).split('noise');
  for (let i = 0; i < weights.length; i++) weights[i] = (weights[i] as number) + 0.15 * noise.normal();
  return weights;
}

export function smallModel(config = smallConfig): LoadedModel {
  const tokenizer = trainTokenizer([...sentences, ...sentences], { vocabulary: config.vocabulary });
  return { config, weights: randomWeights(config, 3), tokenizer, hash: 'test' };
}

export async function smallPolicy(backend: BackendName, config = smallConfig, rank = 2): Promise<LlamaPolicy> {
  return new LlamaPolicy({
    name: 'small',
    model: smallModel(config),
    backend: await openBackend(backend),
    rank,
    seed: 5,
    microTokens: 256,
  });
}
