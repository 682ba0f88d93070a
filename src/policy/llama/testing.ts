/** Small models for tests: random weights, a tokenizer trained on a few sentences; and how they play and learn. */
import { Rng } from '../../lib/rng.ts';
import { openBackend } from '../backend.ts';
import type { BackendName } from '../backend.ts';
import type { LoadedModel } from '../mlc/read.ts';
import type { ActRequest, PolicyLoss, UpdateOptions } from '../policy.ts';
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

/** What the small policy may say. */
export const commands = [
  ' go to cabinet 1\n',
  ' go to cabinet 2\n',
  ' go to drawer 1\n',
  ' take mug 2 from cabinet 1\n',
  ' look\n',
  ' inventory\n',
];
export const seen = `${sentences[0]}\n>`;

/** Plays a few turns in every row and returns what was decided and the token sequences. */
export async function play(
  policy: LlamaPolicy,
  copies: number[],
  turns = 3,
  temperature = 1,
  rows = copies.flatMap((n) => Array.from({ length: n }, () => 0)).map((_, i) => i),
) {
  const session = await policy.start(copies.map((n, i) => ({ text: `Task ${i}: find a mug.\n${sentences[1]}\n>`, copies: n })));
  const rngs = new Map(rows.map((row) => [row, new Rng(11).split(row)]));
  const said = new Map<number, (string | null)[]>(rows.map((row) => [row, []]));
  for (let turn = 0; turn < turns; turn++) {
    // Rows read different amounts, so that the cache is ragged.
    const requests: ActRequest[] = rows.map((row) => ({
      row,
      rng: rngs.get(row) as Rng,
      choices: commands,
      read: turn === 0 ? '' : row % 2 === 0 ? seen : 'Nothing happens.\n>',
    }));
    const decisions = await session.act(requests, { temperature });
    decisions.forEach(({ choice }, i) => said.get(rows[i] as number)?.push(choice));
  }
  const tokens = rows.map((row) => session.tokens(row));
  const fed = session.tokensFed;
  session.dispose();
  return { said, tokens, fed };
}

/** Settings of one update under a loss, which comes from above. */
export const smallUpdate = (loss: PolicyLoss, changes: Partial<UpdateOptions> = {}): UpdateOptions => ({
  loss,
  clip: 0.2,
  learningRate: 0.01,
  weightDecay: 0.01,
  maxGradNorm: 1,
  minibatches: 2,
  epochs: 1,
  rng: new Rng(4),
  ...changes,
});
