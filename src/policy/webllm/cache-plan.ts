/** How many tokens of keys and values the rollouts may keep on the graphics device, and what they take there. */
import { UserError } from '../../lib/errors.ts';
import { gigabytes, type MemoryLimits } from '../decoder/memory.ts';
import type { DecoderConfig } from '../mlc/architecture.ts';

/** Pages of keys and values hold this many tokens. */
export const pageSize = 16;
/** Whole pages for a sequence that has one more token to come. */
export const pagesOf = (tokens: number): number => Math.ceil((tokens + pageSize) / pageSize) * pageSize;

/** What they may take at most, unless one episode needs more. A training step takes two times that and more (stepMemory), so it decides which model fits. */
const most = 2 ** 30;

export interface CachePlan {
  /** Most tokens of an episode. */
  longest: number;
  /** Most tokens of all rows together. */
  tokens: number;
  bytesPerToken: number;
}

/** What the size of keys and values follows from. */
export interface CacheShape extends Pick<DecoderConfig, 'layers' | 'kvHeads' | 'headWidth'> {
  quantisation: string;
}

/** @throws UserError when not even one episode fits the device's buffers */
export function planCache({ layers, kvHeads, headWidth, quantisation }: CacheShape, longest: number, limits: MemoryLimits): CachePlan {
  const perLayer = 2 * kvHeads * headWidth * (quantisation.includes('f16') ? 2 : 4);
  const bytesPerToken = layers * perLayer;
  const buffer = Math.min(limits.maxBufferSize, limits.maxStorageBufferBindingSize);
  // One buffer a layer.
  const held = Math.floor(buffer / perLayer / pageSize) * pageSize;
  const one = pagesOf(longest);
  if (one > held) {
    throw new UserError(
      `One episode of ${longest.toLocaleString('en')} tokens needs a buffer of ${gigabytes(one * perLayer)} for its keys and values in each layer, but WebLLM gets ${gigabytes(buffer)} from this graphics device; choose a smaller model.`,
    );
  }
  return { longest, tokens: Math.min(held, Math.max(one, Math.floor(most / bytesPerToken / pageSize) * pageSize)), bytesPerToken };
}

/** For a device that may have had no room for what was taken of it: a quarter of that, but always one episode. */
export const smaller = (plan: CachePlan, taken: number): CachePlan =>
  taken === 0
    ? plan
    : { ...plan, tokens: Math.max(pagesOf(plan.longest), Math.floor(Math.min(taken, plan.tokens) / 4 / pageSize) * pageSize) };

/** What a session takes of it: every row as long as an episode may get, beside the prompts that rows are forked from. */
export function sessionTokens(
  { longest, tokens }: Pick<CachePlan, 'longest' | 'tokens'>,
  prompts: readonly { ids: readonly number[]; copies: number }[],
): number {
  const wanted = prompts.reduce((sum, { ids, copies }) => sum + pagesOf(ids.length) + copies * pagesOf(Math.max(longest, ids.length)), 0);
  return Math.min(tokens, wanted);
}

/** For a person, before a run begins. */
export const cacheSentence = (plan: CachePlan | null): string =>
  plan === null ? "Rollouts use WebLLM's own keys and values." : sentence(plan);

const sentence = ({ tokens, bytesPerToken }: CachePlan): string =>
  `Rollouts keep keys and values of up to ${tokens.toLocaleString('en')} tokens, ${gigabytes(tokens * bytesPerToken)} more.`;
