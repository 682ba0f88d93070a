import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { Rng } from '../../lib/rng.ts';
import { openBackend } from '../backend.ts';
import { candidatesOf, ChunkedHead } from './head.ts';
import type { Matrix } from './packed.ts';

const N = 9;
const D = 16;
const V = 300;
/** The last chunk is a short one. */
const CHUNK = 70;

beforeAll(async () => {
  await openBackend('cpu');
});

type Choice = Parameters<typeof candidatesOf>[0][number];

/** Masked choices, and free ones among them where wanted; the chosen and the allowed lie all over the vocabulary. */
function draw(rng: Rng, someFree: boolean): Choice[] {
  return Array.from({ length: N }, (_, n) => {
    const allowed = someFree && n % 2 === 0 ? [] : [...new Set(Array.from({ length: 40 }, () => rng.below(V)))];
    const id = allowed.length === 0 ? rng.below(V) : rng.pick(allowed);
    return { id, choice: { at: n + 1, allowed, logprob: 0 } };
  });
}

const normal = (rng: Rng, length: number): Float32Array => Float32Array.from({ length }, () => rng.normal());

describe('the head in chunks of the vocabulary', () => {
  test.each([
    ['with free and masked choices', true],
    ['with masked choices only', false],
  ])('%s gives the log-probabilities, entropies and gradient of the whole softmax', (_, someFree) => {
    const rng = new Rng(3);
    const choices = draw(rng, someFree);
    const [w, h, g] = [normal(rng, V * D), normal(rng, N * D), normal(rng, N)];
    const [logprobs, entropies, dh] = tf.tidy(() => {
      const head: Matrix = { format: 'dense', rows: V, columns: D, dense: tf.tensor2d(w, [V, D]) };
      const h_N_D = tf.tensor2d(h, [N, D]);
      const chunked = new ChunkedHead(head, candidatesOf(choices), CHUNK);
      const { logprobs_N, entropy_N, logSum_N } = chunked.score(h_N_D);
      return [logprobs_N, entropy_N, chunked.gradient(h_N_D, logSum_N, tf.tensor1d(g))].map((tensor) => tensor.dataSync()) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ];
    });
    // In plain loops, in double precision.
    choices.forEach(({ id, choice }, n) => {
      const tokens = choice.allowed.length > 0 ? choice.allowed : Array.from({ length: V }, (_, token) => token);
      const at = (array: Float32Array, row: number, d: number) => array[row * D + d] as number;
      const logit = (token: number) => Array.from({ length: D }, (_, d) => at(h, n, d) * at(w, token, d)).reduce((a, b) => a + b, 0);
      const logits = tokens.map(logit);
      const top = Math.max(...logits);
      const logSum = top + Math.log(logits.reduce((sum, x) => sum + Math.exp(x - top), 0));
      const p = logits.map((x) => Math.exp(x - logSum));
      expect(logprobs[n]).toBeCloseTo(logit(id) - logSum, 4);
      expect(entropies[n]).toBeCloseTo(-p.reduce((sum, chance, i) => sum + chance * ((logits[i] as number) - logSum), 0), 4);
      for (let d = 0; d < D; d++) {
        const mean = p.reduce((sum, chance, i) => sum + chance * at(w, tokens[i] as number, d), 0);
        expect(dh[n * D + d]).toBeCloseTo((g[n] as number) * (at(w, id, d) - mean), 4);
      }
    });
  });

  test('no matrix of choices times vocabulary is kept: the peak stays far below one', async () => {
    const [count, vocabulary] = [64, 20_000];
    const rng = new Rng(4);
    const dense = tf.tensor2d(normal(rng, vocabulary * 4), [vocabulary, 4]);
    const h_N_D = tf.tensor2d(normal(rng, count * 4), [count, 4]);
    const choices = Array.from({ length: count }, (_, n): Choice => ({ id: n * 300, choice: { at: n + 1, allowed: [], logprob: 0 } }));
    const before = tf.memory().numBytes;
    const { peakBytes } = await tf.profile(() => {
      const chunked = new ChunkedHead({ format: 'dense', rows: vocabulary, columns: 4, dense }, candidatesOf(choices), 500);
      const { logSum_N } = chunked.score(h_N_D);
      return chunked.gradient(h_N_D, logSum_N, tf.ones([count]));
    });
    expect(peakBytes - before).toBeLessThan(0.25 * 4 * count * vocabulary);
    tf.dispose([dense, h_N_D]);
  });
});
