/**
 * Proves the chain on this machine: do the served model and the trainer agree, before and after an update that changes something?
 * Of a model that only plays: are its answers among those allowed, are they read again as they were said, does it keep to a schema?
 */
import { clippedSurrogate } from '../algo/grpo.ts';
import type { Clock } from '../lib/clock.ts';
import { Rng } from '../lib/rng.ts';
import type { Decision, Policy } from '../policy/policy.ts';
import type { JsonWriter } from '../rules/json-reflector.ts';
import { editsSchema, parseEditsJson } from '../rules/reflection-text.ts';
import type { EpisodeTokens } from '../types.ts';

/** One line of the result. */
export interface SelfTestRow {
  what: string;
  /** Largest and mean |log pi_train - log pi_sample| over the choices, in nats. */
  largest: number;
  mean: number;
  choices: number;
  /** Tokens per second that the served model was given (a prompt that is forked counts once) and that the trainer read. */
  served: number;
  trained: number;
  /** How far the update moved the trainer's log-probabilities of what was played before it, in nats; null before it. */
  moved: Gap | null;
}

/** Largest and mean distance of two lists, in nats. */
export interface Gap {
  largest: number;
  mean: number;
}

/** What can be shown of a model that is not trained here. */
export interface PlayTest extends Gap {
  /** Answers given, and how many of them were among those allowed. */
  answers: number;
  allowed: number;
  choices: number;
  served: number;
  /** It wrote JSON that is valid under the schema. */
  json: boolean;
}

const prompts = [
  'Task: put a mug in the cabinet.\nYou are in a kitchen. You see a cabinet 1, a shelf 2, and a sinkbasin 1.\n>',
  'Task: look at the book under the lamp.\nYou are in a bedroom. You see a bed 1, a desk 1, and a drawer 3.\n>',
];
const replies = ['On the shelf 2, you see a mug 1.\n>', 'On the desk 1, you see a book 1, and a desklamp 1.\n>'];
const commands = [
  'go to cabinet 1',
  'go to shelf 2',
  'go to desk 1',
  'take mug 1 from shelf 2',
  'take book 1 from desk 1',
  'look',
  'inventory',
];

function gap(a: readonly ArrayLike<number>[], b: readonly ArrayLike<number>[]): Gap {
  const gaps = a.flatMap((row, i) => Array.from(row, (value, k) => Math.abs(value - (b[i]?.[k] as number))));
  const largest = gaps.reduce((most, each) => Math.max(most, each), 0);
  return { largest, mean: gaps.reduce((sum, each) => sum + each, 0) / Math.max(1, gaps.length) };
}

const sampled = (episodes: readonly EpisodeTokens[]): number[][] => episodes.map(({ choices }) => choices.map(({ logprob }) => logprob));
const count = (lists: readonly { length: number }[]): number => lists.reduce((sum, { length }) => sum + length, 0);
const rate = (tokens: number, seconds: number): number => tokens / Math.max(1e-3, seconds);

interface Played {
  episodes: EpisodeTokens[];
  decisions: Decision[];
  tokensFed: number;
}

async function play(policy: Pick<Policy, 'start'>, seed: number): Promise<Played> {
  const decisions: Decision[] = [];
  const session = await policy.start(prompts.map((text) => ({ text, copies: 2 })));
  try {
    for (const turn of ['', ...replies]) {
      const requests = [0, 1, 2, 3].map((row) => ({
        row,
        read: turn,
        choices: commands.map((command) => ` ${command}\n`),
        rng: new Rng(seed).split(row, turn),
      }));
      decisions.push(...(await session.act(requests, { temperature: 1 })));
    }
    return { episodes: [0, 1, 2, 3].map((row) => structuredClone(session.tokens(row))), decisions, tokensFed: session.tokensFed };
  } finally {
    session.dispose();
  }
}

/** Plays, compares, learns (a step large enough to be seen), and does it again; the policy's adapter is changed. */
export async function selfTest(
  policy: Pick<Policy, 'start' | 'logprobs' | 'update'>,
  clock: Clock,
  say: (row: SelfTestRow) => void,
): Promise<SelfTestRow[]> {
  const rows: SelfTestRow[] = [];
  const compare = async (what: string, seed: number, moved: Gap | null) => {
    const start = clock.seconds();
    const { episodes, tokensFed } = await play(policy, seed);
    const played = clock.seconds();
    const logprobs = await policy.logprobs(episodes);
    const scored = clock.seconds();
    const choices = count(logprobs);
    const speeds = {
      served: rate(tokensFed, played - start),
      trained: rate(count(episodes.map(({ ids }) => ids)), scored - played),
    };
    const row = { what, ...gap(logprobs, sampled(episodes)), choices, ...speeds, moved };
    rows.push(row);
    say(row);
    return { episodes, logprobs };
  };
  const { episodes, logprobs } = await compare('before an update', 1, null);
  await policy.update(
    episodes.map((tokens, i) => ({ tokens, advantage: i % 2 === 0 ? 1 : -1 })),
    {
      loss: clippedSurrogate({ clip: 0.2, beta: 0 }),
      clip: 0.2,
      learningRate: 5e-3,
      weightDecay: 0,
      maxGradNorm: 1,
      minibatches: 1,
      epochs: 1,
      rng: new Rng(1),
    },
  );
  await compare('after an update', 2, gap(await policy.logprobs(episodes), logprobs));
  return rows;
}

/** Plays, reads again what was played, and writes. */
export async function playTest(policy: Pick<Policy, 'start' | 'logprobs'> & JsonWriter, clock: Clock): Promise<PlayTest> {
  const start = clock.seconds();
  const { episodes, decisions, tokensFed } = await play(policy, 1);
  const played = clock.seconds();
  const logprobs = await policy.logprobs(episodes);
  const text = await policy.writeJson(
    'Write one short rule for a household robot that looks for a mug. Answer with one edit of the kind ADD.',
    editsSchema(0),
  );
  return {
    answers: decisions.length,
    allowed: decisions.filter(({ choice }) => commands.some((command) => choice === ` ${command}\n`)).length,
    ...gap(logprobs, sampled(episodes)),
    choices: count(logprobs),
    served: rate(tokensFed, played - start),
    json: parseEditsJson(text, [], []).dropped.length === 0,
  };
}
