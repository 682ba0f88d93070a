import { describe, expect, test } from 'vitest';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { LocalHost } from '../envs/host.ts';
import { Rng } from '../lib/rng.ts';
import { openBackend } from '../policy/backend.ts';
import { LlamaPolicy } from '../policy/llama/policy.ts';
import { folderSource } from '../policy/mlc/files.node.ts';
import { readMlc } from '../policy/mlc/read.ts';
import { episodePrompt } from '../policy/prompt.ts';
import { emptyPool, PoolLog, workingRules } from '../rules/pool.ts';
import { measureAbsorption, transplant } from './absorption.ts';
import { rollOut } from './rollout.ts';

test('an episode after another prompt keeps its actions and moves its choices', () => {
  const tokens = { ids: [1, 2, 3, 10, 11, 12], choices: [{ at: 4, allowed: [11, 13], logprob: -1 }] };
  const moved = transplant(tokens, 3, [1, 9]);
  expect(moved).toEqual({ ids: [1, 9, 10, 11, 12], choices: [{ at: 3, allowed: [11, 13], logprob: -1 }] });
  expect(moved.ids[moved.choices[0]?.at ?? 0]).toBe(tokens.ids[4]);
});

describe('absorption with the embedded policy', async () => {
  const backend = await openBackend('wasm');
  const model = await readMlc(folderSource(new URL('../../public/models/tiny/', import.meta.url).pathname));
  const policy = new LlamaPolicy({ name: 'tiny', model, backend });
  const host = new LocalHost(await GeneratedHomes.create({ seed: 1, maxReceptacles: 6 }));
  const log = new PoolLog(emptyPool, 0);
  log.record('person', { op: 'ADD', scope: 'x', text: 'For two objects, place the first one, then find the second one and put it in the same place.' });
  log.record('person', { op: 'ADD', scope: 'x', text: 'Hold the object and turn on the lamp.' });
  const play = async (k: number) => {
    const tasks = await host.tasks('validation', [1, 2, 3]);
    const { groups } = await rollOut({ policy, host, tasks, copies: 1, rulesFor: () => workingRules(log.pool, ['x'], k), steps: 12, temperature: 0, rng: new Rng(1), name: 'a' });
    return groups.flatMap((group) => group.rollouts);
  };

  test('is measured for every rule in the prompts, on the episodes that had it', async () => {
    const rollouts = await play(2);
    const found = await measureAbsorption(policy, rollouts, log.pool, 3);
    expect(found.map(({ rule }) => rule)).toEqual(['r1', 'r2']);
    for (const { gain, episodes, actions } of found) {
      expect(episodes).toBe(3);
      expect(actions).toBe(rollouts.reduce((sum, { trajectory }) => sum + trajectory.turns.length, 0));
      expect(Number.isFinite(gain)).toBe(true);
    }
    expect(found.some(({ gain }) => gain !== 0)).toBe(true);
  });

  test('equals the difference of the log-probabilities that the policy itself gives to the two sequences', async () => {
    const [rollout] = await play(1);
    if (!rollout) throw new Error('nothing was played');
    const [found] = await measureAbsorption(policy, [rollout], log.pool, 1);
    const { task, opening, turns } = rollout.trajectory;
    const ids = (rules: string[]) => policy.tokenizer.encode(episodePrompt(task, rules, opening));
    const withRule = ids([log.pool.rules.get('r1')?.text as string]);
    const without = { ids: [rollout.tokens.ids[0] as number, ...ids([]), ...rollout.tokens.ids.slice(withRule.length + 1)], choices: rollout.tokens.choices.map((c) => ({ ...c, at: c.at - withRule.length + ids([]).length })) };
    const [told] = await policy.logprobs([rollout.tokens]);
    const [untold] = await policy.logprobs([without]);
    const sum = (values: Float32Array | undefined) => (values ?? new Float32Array()).reduce((a, b) => a + b, 0);
    expect(found?.gain).toBeCloseTo((sum(told) - sum(untold)) / turns.length, 3);
  });

  test('rules that stood in no prompt, and a limit of none, give nothing', async () => {
    expect(await measureAbsorption(policy, await play(0), log.pool, 3)).toEqual([]);
    expect(await measureAbsorption(policy, await play(1), log.pool, 0)).toEqual([]);
  });
});
