/** What imported JSON must look like, field by field: essentials are demanded, the rest falls back to a plain default. */
import * as v from 'valibot';
import { targets, type AdapterState } from '../policy/policy.ts';
import type { RuleTrial } from './store.ts';
import type { Metrics, PoolAction, RuleEvent, Trajectory } from '../types.ts';

const finite = v.pipe(v.number(), v.finite());
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const num = (otherwise = 0) => v.fallback(finite, otherwise);
const text = (otherwise = '') => v.fallback(v.string(), otherwise);
const texts = v.fallback(v.array(v.string()), []);
/** Valibot's record leaves out `__proto__`, `constructor` and `prototype`. */
const byName = <T extends v.GenericSchema>(value: T) => v.record(v.string(), value);

const task = v.object({ env: v.picklist(['alfworld', 'webshop']), id: v.string(), family: v.string(), goal: text() });

export const trajectoryShape: v.GenericSchema<unknown, Trajectory> = v.object({
  id: v.pipe(v.string(), v.maxLength(80)),
  task,
  ruleIds: texts,
  opening: text(),
  turns: v.array(
    v.object({
      action: v.string(),
      observation: text(),
      logprob: num(),
      others: v.fallback(v.optional(v.array(v.object({ action: v.string(), logprob: finite }))), undefined),
      chosen: v.fallback(v.optional(v.array(v.tuple([count, count]))), undefined),
    }),
  ),
  reward: num(),
  won: v.fallback(v.boolean(), false),
  stop: v.fallback(v.picklist(['won', 'done', 'steps', 'context']), 'done'),
  advantage: num(),
  tokenCount: num(),
});

const evaluation = v.object({
  iteration: count,
  panel: text(),
  panelHash: text(),
  won: count,
  n: count,
  success: finite,
  ci95: v.tuple([finite, finite]),
  score: num(),
  byType: v.fallback(byName(v.object({ won: count, n: count })), {}),
  rules: v.fallback(v.picklist(['pool', 'none']), 'pool'),
  adapter: v.fallback(v.boolean(), true),
  rewards: v.fallback(v.array(finite), []),
  tokens: num(),
});

const update = v.object({
  loss: num(),
  kl: num(),
  entropy: num(),
  clipFraction: num(),
  ratio: num(1),
  ratioMax: num(1),
  gradNorm: num(),
  mismatch: num(),
  tokens: num(),
  optimiserSteps: num(),
});

export const metricsShape: v.GenericSchema<unknown, Metrics> = v.object({
  iteration: count,
  trainSuccess: num(),
  trainReward: num(),
  episodes: num(),
  mixedGroups: num(),
  meanTurns: num(),
  rolloutTokens: num(),
  reflectionTokens: num(),
  updateTokens: num(),
  update: v.fallback(v.nullable(update), null),
  edits: v.fallback(byName(count), {}),
  droppedEdits: num(),
  activeRules: num(),
  absorption: v.fallback(v.array(v.object({ rule: v.string(), gain: finite, episodes: count, actions: count })), []),
  seconds: v.fallback(
    v.object({
      retrieve: v.optional(finite),
      act: v.optional(finite),
      reward: v.optional(finite),
      advantage: v.optional(finite),
      step: v.optional(finite),
      edit: v.optional(finite),
      evaluate: v.optional(finite),
    }),
    {},
  ),
  evaluation: v.fallback(v.nullable(evaluation), null),
  crossed: v.fallback(v.array(evaluation), []),
});

/** A kind of task: a plain word or two. */
const scope = v.pipe(v.string(), v.regex(/^[a-z][a-z0-9 -]{0,39}$/i));

const action: v.GenericSchema<unknown, PoolAction> = v.variant('op', [
  v.object({ op: v.literal('ADD'), scope, text: v.string() }),
  v.object({ op: v.literal('EDIT'), id: v.string(), text: v.string() }),
  v.object({ op: v.literal('UPVOTE'), id: v.string() }),
  v.object({ op: v.literal('DOWNVOTE'), id: v.string() }),
  v.object({ op: v.literal('MERGE'), ids: v.array(v.string()), text: v.string() }),
  v.object({ op: v.literal('PRUNE'), id: v.string(), reason: v.picklist(['score', 'capacity', 'deleted']) }),
  v.object({ op: v.literal('ENABLE'), id: v.string() }),
  v.object({ op: v.literal('DISABLE'), id: v.string() }),
  v.object({
    op: v.literal('RESTORE'),
    rules: v.array(v.object({ id: v.string(), text: v.string(), score: finite, status: v.picklist(['active', 'pending', 'disabled', 'removed']) })),
    why: text(),
    undoes: v.fallback(v.optional(v.union([count, v.array(count)])), undefined),
    backTo: v.fallback(v.optional(count), undefined),
  }),
  v.object({ op: v.literal('IMPORT'), scope, text: v.string(), score: finite, origin: text() }),
]);

export const eventShape: v.GenericSchema<unknown, RuleEvent> = v.object({
  seq: count,
  iteration: count,
  by: v.fallback(v.picklist(['reflector', 'pool', 'person', 'import']), 'import'),
  action,
  trajectories: texts,
  why: text(),
  batch: v.fallback(v.optional(count), undefined),
});

const share = v.pipe(finite, v.minValue(0), v.maxValue(1));

export const trialShape: v.GenericSchema<unknown, RuleTrial> = v.object({
  rule: v.pipe(v.string(), v.maxLength(20)),
  text: v.pipe(v.string(), v.maxLength(1000)),
  iteration: count,
  result: v.object({
    n: v.pipe(count, v.minValue(1)),
    withRule: share,
    without: share,
    onlyWith: count,
    onlyWithout: count,
    ci95: v.tuple([finite, finite]),
  }),
});

/** Tensors travel as base64 of little-endian float32. */
const tensor = v.pipe(
  v.object({ shape: v.array(count), data: v.string() }),
  v.rawTransform(({ dataset, addIssue, NEVER }) => {
    const data = floats(dataset.value.data);
    const wanted = dataset.value.shape.reduce((size, n) => size * n, 1);
    if (data && data.length === wanted && data.every(Number.isFinite)) return { shape: dataset.value.shape, data };
    addIssue({ message: 'the numbers of a tensor are damaged' });
    return NEVER;
  }),
);

export const adapterShape: v.GenericSchema<unknown, AdapterState> = v.object({
  rank: v.pipe(count, v.minValue(1)),
  alpha: finite,
  targets: v.optional(v.picklist(targets)),
  step: count,
  weightVersion: count,
  tensors: byName(tensor),
});

export const referencesShape: v.GenericSchema<unknown, Record<string, unknown[]>> = byName(v.array(v.unknown()));

/** One rule of a shared pool: without a text it is none; the rest can be supplied. */
export const sharedRuleShape = v.object({
  scope,
  text: v.pipe(v.string(), v.trim(), v.minLength(1)),
  score: v.fallback(v.pipe(v.number(), v.minValue(-100), v.maxValue(1000)), 2),
});

const positive = v.pipe(v.number(), v.integer(), v.minValue(1));
const decoder = v.object({
  family: v.picklist(['llama', 'qwen2', 'qwen3']),
  layers: positive,
  width: positive,
  heads: positive,
  kvHeads: positive,
  headWidth: positive,
  ffn: positive,
});

export const manifestShape = v.object({
  id: v.fallback(v.pipe(v.string(), v.regex(/^[a-z0-9]+(-[a-z0-9]+)*$/), v.maxLength(60)), 'imported-run'),
  config: v.fallback(byName(v.union([v.string(), v.number()])), {}),
  world: v.object({
    env: v.picklist(['alfworld', 'webshop']),
    name: text(),
    hash: text(),
    // JSON has no infinity: an endless split is written as null.
    splits: v.fallback(
      byName(
        v.pipe(
          v.nullable(finite),
          v.transform((n) => n ?? Infinity),
        ),
      ),
      {},
    ),
  }),
  gameSet: v.fallback(v.nullable(v.string()), null),
  policy: v.object({ name: text(), parameters: num(), adapterParameters: num(), context: num(), hash: text(), backend: text(), workers: v.fallback(v.optional(count), undefined), decoder: v.fallback(v.optional(decoder), undefined) }),
  panel: v.fallback(v.object({ name: text(), hash: text() }), { name: '', hash: '' }),
  reflector: text(),
  codeVersion: text(),
  from: v.fallback(v.optional(v.object({ run: text(), iteration: count })), undefined),
  createdAt: num(),
});

/** Float32 numbers as base64 text. */
export function base64(data: Float32Array): string {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  let binary = '';
  // In slices: a call takes a limited number of arguments.
  for (let i = 0; i < bytes.length; i += 8192) binary += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return btoa(binary);
}

function floats(encoded: string): Float32Array | null {
  let binary: string;
  try {
    binary = atob(encoded);
  } catch {
    return null;
  }
  if (binary.length % 4 !== 0) return null;
  return new Float32Array(Uint8Array.from(binary, (c) => c.charCodeAt(0)).buffer);
}
