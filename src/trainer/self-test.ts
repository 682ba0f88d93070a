/** Proves the chain on this machine: do the served model and the trainer agree, before and after an update that changes something? */
import { clippedSurrogate } from '../algo/grpo.ts';
import type { Clock } from '../lib/clock.ts';
import { Rng } from '../lib/rng.ts';
import type { Policy } from '../policy/policy.ts';
import type { EpisodeTokens } from '../types.ts';

/** One line of the result. */
export interface SelfTestRow {
  what: string;
  /** Largest and mean |log pi_train - log pi_sample| over the choices, in nats. */
  largest: number;
  mean: number;
  choices: number;
  /** Tokens per second of the served model and of the trainer. */
  served: number;
  trained: number;
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

async function play(policy: Policy, seed: number): Promise<EpisodeTokens[]> {
  const session = await policy.start(prompts.map((text) => ({ text, copies: 2 })));
  try {
    for (const turn of ['', ...replies]) {
      const requests = [0, 1, 2, 3].map((row) => ({
        row,
        read: turn,
        choices: commands.map((command) => ` ${command}\n`),
        rng: new Rng(seed).split(row, turn),
      }));
      await session.act(requests, { temperature: 1 });
    }
    return [0, 1, 2, 3].map((row) => structuredClone(session.tokens(row)));
  } finally {
    session.dispose();
  }
}

/** Plays, compares, learns (a step large enough to be seen), and does it again; the policy's adapter is changed. */
export async function selfTest(policy: Policy, clock: Clock, say: (row: SelfTestRow) => void): Promise<SelfTestRow[]> {
  const rows: SelfTestRow[] = [];
  const compare = async (what: string, seed: number): Promise<EpisodeTokens[]> => {
    const start = clock.seconds();
    const episodes = await play(policy, seed);
    const played = clock.seconds();
    const logprobs = await policy.logprobs(episodes);
    const scored = clock.seconds();
    const gaps = episodes.flatMap(({ choices }, i) =>
      choices.map(({ logprob }, k) => Math.abs(logprob - ((logprobs[i] as Float32Array)[k] as number))),
    );
    const tokens = episodes.reduce((sum, { ids }) => sum + ids.length, 0);
    const row = {
      what,
      largest: gaps.reduce((most, gap) => Math.max(most, gap), 0),
      mean: gaps.reduce((sum, gap) => sum + gap, 0) / Math.max(1, gaps.length),
      choices: gaps.length,
      served: tokens / Math.max(1e-3, played - start),
      trained: tokens / Math.max(1e-3, scored - played),
    };
    rows.push(row);
    say(row);
    return episodes;
  };
  const episodes = await compare('before an update', 1);
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
  await compare('after an update', 2);
  return rows;
}
