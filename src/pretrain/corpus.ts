/** Demonstrations as token sequences, and the tokenizer made from them. */
import type { GeneratedHomes } from '../envs/alfworld/world.ts';
import type { Rng } from '../lib/rng.ts';
import { trainTokenizer } from '../policy/train-tokenizer.ts';
import type { Tokenizer } from '../policy/tokenizer.ts';
import type { Sequence } from './batches.ts';
import { demonstrate } from './demonstrations.ts';

/** The first token of an action says go, take or move: getting it wrong costs an episode, so it weighs more. */
const VERB_WEIGHT = 2;

/** One decision in an episode depends on the rules; unweighted, the policy was slow to read them. */
const DECISIVE_WEIGHT = 6;

/** What the environment says carries a little loss too: predicting its echoes teaches the copying that acting needs. */
const TEXT_WEIGHT = 0.2;

/** tokenizer.json from the first `count` demonstrations. */
export function makeTokenizer(homes: readonly GeneratedHomes[], rng: Rng, count: number, vocabulary: number): object {
  const texts: string[] = [];
  for (let i = 0; i < count; i++) for (const segment of demonstrate(homes, i, rng).segments) texts.push(segment.text);
  return trainTokenizer(texts, { vocabulary });
}

/**
 * The demonstrations `from` .. `from + count - 1` as sequences that begin with `<s>`; the agent's words carry the loss, the rest a little.
 * Those longer than `context` are left out.
 */
export function sequences(homes: readonly GeneratedHomes[], tokenizer: Tokenizer, rng: Rng, from: number, count: number, context: number): Sequence[] {
  const out: Sequence[] = [];
  const start = tokenizer.specialId('<s>');
  for (let index = from; index < from + count; index++) {
    const ids = [start];
    const weights = [0];
    for (const { text, by, decisive } of demonstrate(homes, index, rng).segments) {
      tokenizer.encode(text).forEach((id, i) => {
        ids.push(id);
        if (by === 'agent') weights.push((i === 0 ? VERB_WEIGHT : 1) * (decisive ? DECISIVE_WEIGHT : 1));
        else weights.push(by === 'environment' ? TEXT_WEIGHT : 0);
      });
    }
    const lossMask = Uint8Array.from(weights, (weight) => (weight > 0 ? 1 : 0));
    if (ids.length <= context) out.push({ ids, lossMask, weights: Float32Array.from(weights) });
  }
  return out;
}
