import { expect, test } from 'vitest';
import { smallDecoder } from '../decoder/testing.ts';
import { cacheSentence, planCache, sessionTokens, smaller } from './cache-plan.ts';

/** Qwen3-0.6B. */
const qwen3 = smallDecoder('qwen3', 'q4f16_1', { layers: 28, heads: 16, kvHeads: 8, headWidth: 128, width: 1024, ffn: 3072 });
const limits = { maxBufferSize: 2 ** 30, maxStorageBufferBindingSize: 2 ** 30 };

test('rollouts get 1 GB of keys and values, and it is said how many tokens that is', () => {
  const plan = planCache(qwen3, 4096, limits);
  // Two halves for each of 28 layers, 8 heads and 128 columns.
  expect(plan.bytesPerToken).toBe(2 * 2 * 28 * 8 * 128);
  expect(plan.tokens * plan.bytesPerToken).toBeLessThanOrEqual(2 ** 30);
  expect((plan.tokens + 16) * plan.bytesPerToken).toBeGreaterThan(2 ** 30);
  expect(cacheSentence(plan)).toBe('Rollouts keep keys and values of up to 9,360 tokens, 1.1 GB more.');
  expect(planCache({ ...qwen3, quantisation: 'q4f32_1' }, 4096, limits).bytesPerToken).toBe(2 * plan.bytesPerToken);
});

test('one episode always fits: more than 1 GB where it needs more, and a sentence where no buffer holds it', () => {
  const wide = { ...qwen3, layers: 32, kvHeads: 32, quantisation: 'q4f32_1' } as const;
  const plan = planCache(wide, 4096, limits);
  expect(plan.tokens).toBe(4112);
  expect(smaller(plan, plan.tokens)).toEqual(plan);
  expect(smaller(planCache(qwen3, 1000, limits), 9360).tokens).toBe(2336);
  expect(smaller(planCache(qwen3, 1000, limits), 0).tokens).toBe(9360);
  expect(() => planCache(wide, 4096, { ...limits, maxStorageBufferBindingSize: 2 ** 27 })).toThrow(
    'One episode of 4,096 tokens needs a buffer of 0.1 GB for its keys and values in each layer, but WebLLM gets 0.1 GB from this graphics device; choose a smaller model.',
  );
});

test('a session takes what its rows can need, not all there is', () => {
  const plan = { longest: 1000, tokens: 9360 };
  expect(sessionTokens(plan, [{ ids: Array<number>(100).fill(0), copies: 2 }])).toBe(128 + 2 * 1024);
  expect(sessionTokens(plan, [{ ids: Array<number>(100).fill(0), copies: 64 }])).toBe(9360);
});
