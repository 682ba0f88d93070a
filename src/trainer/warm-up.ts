/** Runs every kind of computation of a training iteration once on a few tokens, so that its shaders are compiled. */
import { clippedSurrogate } from '../algo/grpo.ts';
import { Rng } from '../lib/rng.ts';
import type { Policy } from '../policy/policy.ts';
import { sayText } from '../policy/prompt.ts';

/** Leaves the adapter as a new run would make it; a learning rate of 0 changes nothing that is kept. */
export async function warmUp(policy: Policy, onProgress: (done: number, total: number) => void): Promise<void> {
  const total = 3;
  onProgress(0, total);
  const rng = new Rng(0);
  const session = await policy.start([{ text: 'Task: look.\n>', copies: 2 }]);
  try {
    const choices = ['look', 'inventory'].map(sayText);
    const requests = [0, 1].map((row) => ({ row, read: '', choices, rng: rng.split(row) }));
    await session.act(requests, { temperature: 1 });
    onProgress(1, total);
    const tokens = [0, 1].map((row) => session.tokens(row)).filter(({ choices: made }) => made.length > 0);
    await policy.logprobs(tokens);
    onProgress(2, total);
    const update = { clip: 0.2, learningRate: 0, weightDecay: 0, maxGradNorm: 1, minibatches: 1, epochs: 1, rng };
    await policy.update(
      tokens.map((sequence, i) => ({ tokens: sequence, advantage: i === 0 ? 1 : -1 })),
      { ...update, loss: clippedSurrogate({ clip: 0.2, beta: 0 }) },
    );
    onProgress(3, total);
  } finally {
    session.dispose();
  }
}
