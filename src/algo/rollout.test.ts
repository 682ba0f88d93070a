import { expect, test } from 'vitest';
import { LocalHost } from '../envs/host.ts';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { UserError } from '../lib/errors.ts';
import { Rng } from '../lib/rng.ts';
import { UniformPolicy } from '../policy/uniform.ts';
import { rollOut } from './rollout.ts';

class Refusing extends UniformPolicy {
  override async start(): Promise<never> {
    throw new UserError('A prompt has 400 tokens, but the context is 300; use fewer or shorter rules.');
  }
}

/** Plays, and gives the episodes that are still open afterwards. */
async function leftOpen(policy: UniformPolicy): Promise<{ opened: number[]; left: number[]; error: unknown }> {
  const host = new LocalHost(await GeneratedHomes.create({ seed: 1, maxReceptacles: 6 }));
  const open = host.open.bind(host);
  const opened: number[] = [];
  host.open = async (tasks) => {
    const episodes = await open(tasks);
    opened.push(...episodes.map(({ episode }) => episode));
    return episodes;
  };
  const tasks = await host.tasks('validation', [1, 2]);
  const playing = rollOut({ policy, host, tasks, copies: 2, rulesFor: () => [], steps: 2, temperature: 1, rng: new Rng(1), name: 'a' });
  const error = await playing.then(
    () => null,
    (error: unknown) => error,
  );
  const isOpen = (episode: number) => {
    try {
      return Boolean(host.episode(episode));
    } catch {
      return false;
    }
  };
  return { opened, left: opened.filter(isOpen), error };
}

test('no episode is left open, neither after playing nor where the policy refuses a prompt', async () => {
  expect(await leftOpen(new UniformPolicy())).toEqual({ opened: [0, 1, 2, 3], left: [], error: null });
  const refused = await leftOpen(new Refusing());
  expect(refused).toMatchObject({ opened: [0, 1, 2, 3], left: [] });
  expect(refused.error).toBeInstanceOf(UserError);
});
