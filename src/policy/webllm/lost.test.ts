import { describe, expect, test } from 'vitest';
import { clippedSurrogate } from '../../algo/grpo.ts';
import type { LocalServing } from './serving.ts';
import { furthest, learn, openPolicy, play, requests, sampled } from './testing-policy.ts';

const loss = clippedSurrogate({ clip: 0.2, beta: 0 });

describe('when the graphics device under the engine goes away', () => {
  test.each([[[]], [['batch_decode']]] as const)(
    'between two turns, the episodes go on as if nothing had happened (without %j)',
    async (without) => {
      const undisturbed = await openPolicy('q4f32_1', { without: [...without] });
      const { policy, log, lose, notes } = await openPolicy('q4f32_1', { without: [...without] });
      // Trained weights, so that what is loaded again has to be brought up to date.
      const first = await play(policy);
      await learn(policy, first.tokens, loss);
      await play(undisturbed.policy);
      await learn(undisturbed.policy, first.tokens, loss);
      const expected = await play(undisturbed.policy);

      const session = await policy.start([
        { text: 'Task: see a mug.\nYou see a mug 2.\n>', copies: 2 },
        { text: 'Task: take it.\n>', copies: 2 },
      ]);
      const one = await session.act(requests([0, 1, 2, 3], ''), { temperature: 1 });
      session.finish([2]);
      lose();
      const two = await session.act(requests([0, 1, 3], 'You see a plate 1.\n>'), { temperature: 1 });
      expect([...one, ...two].map(({ choice }) => choice)).toEqual(expected.said);
      const tokens = [0, 1, 2, 3].map((row) => session.tokens(row));
      expect(tokens.map(({ ids }) => ids)).toEqual(expected.tokens.map(({ ids }) => ids));
      expect(furthest(sampled(tokens), await policy.logprobs(tokens))).toBeLessThan(1e-5);
      expect(log.reloads).toHaveLength(2);
      expect(notes).toEqual([expect.stringMatching(/graphics device under WebLLM went away; the model is loaded again/)]);
    },
  );

  test('before reflection or a sync, it is loaded again and asked once more', async () => {
    const { policy, lose, notes, serving } = await openPolicy('q0f32', { answer: () => '{"edits":[]}' });
    lose();
    expect(await policy.writeJson('Reflect.', { type: 'object' })).toBe('{"edits":[]}');
    const { tokens } = await play(policy);
    await learn(policy, tokens, loss);
    lose();
    await policy.syncWeights();
    expect(serving.version).toBeGreaterThan(0);
    const after = await play(policy);
    expect(furthest(sampled(after.tokens), await policy.logprobs(after.tokens))).toBeLessThan(1e-5);
    expect(notes).toHaveLength(2);
  });

  test('because it had no room for the keys and values, the next cache is smaller, and the same is said', async () => {
    const roomy = await openPolicy('q0f32');
    const { policy, log, notes } = await openPolicy('q0f32', { room: 700 });
    expect(await play(policy)).toMatchObject({ said: (await play(roomy.policy)).said });
    // 4 rows of at most 300 tokens beside their prompts; then a quarter of that.
    const [all] = roomy.log.caches as [number];
    expect(all).toBeGreaterThan(4 * 300);
    expect(log.caches).toEqual([all, Math.floor(all / 64) * 16]);
    expect(notes).toHaveLength(1);
  });

  test('again and again, it is told as what it is', async () => {
    const { policy, lose } = await openPolicy('q0f32', {
      through: async (_fake, local) =>
        ({
          ...local,
          info: local.info,
          version: 0,
          rebuild: () => local.rebuild(),
          open: async (prompts) => {
            lose();
            return local.open(prompts);
          },
        }) as LocalServing,
    });
    await expect(play(policy)).rejects.toThrow(/went away \(often for want of memory\).*choose a smaller model/);
  });
});
