/** What is called known or unknown of an imported pool agrees with what the methods read. */
import { expect, test } from 'vitest';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { LocalHost } from '../envs/host.ts';
import { methods } from '../methods/all.ts';
import { keyFunction } from '../rules/keys.ts';
import { foldPool } from '../rules/pool.ts';
import { personalChanges } from '../rules/personal.ts';
import { defaultConfig } from './config.ts';
import { knownKinds } from './known-kinds.ts';

const scopes = ['cool', 'two', 'egg', 'soapbar', 'all', 'webshop', 'teapot', 'somewhere'];

/** Of these scopes those whose rules stand in the prompt of some task. */
function read(config: typeof defaultConfig, tasks: Parameters<(typeof methods)[string]['rulesFor']>[1][]): string[] {
  const adds = scopes.map((scope) => ({ op: 'ADD' as const, scope, text: `About ${scope}.` }));
  const { pool } = personalChanges(foldPool([]), adds, 0);
  const found = tasks.flatMap((task) => methods[config.method]?.rulesFor(pool, task, { ...config, k: 20 }) ?? []);
  return scopes.filter((scope) => found.some((rule) => rule.scope === scope));
}

const homes = new LocalHost(await GeneratedHomes.create({ seed: 1 }));
const tasks = await homes.tasks('training', [...Array(400).keys()]);

test.each(['jerp', 'jerp-frozen-pool', 'rules-only', 'prompt-only', 'expel', 'training-free-grpo'])(
  'what is known to be read by %s is what tasks of generated homes read, with pools for things and without, and in the shop',
  (method) => {
    for (const keys of ['object', 'family']) {
      const config = { ...defaultConfig, method, keys };
      expect(scopes.filter((scope) => knownKinds(config).has(scope))).toEqual(read(config, tasks));
    }
    const shopping = { ...defaultConfig, method, env: 'webshop' };
    const shop = { env: 'webshop' as const, id: '1', family: 'webshop', goal: 'find a teapot' };
    expect(scopes.filter((scope) => knownKinds(shopping).has(scope))).toEqual(read(shopping, [shop]));
  },
);

test('every thing that a generated home asks for is known, and nothing that cannot be picked up', () => {
  const known = knownKinds({ ...defaultConfig, keys: 'object' });
  expect(tasks.flatMap(keyFunction('object')).filter((key) => !known.has(key))).toEqual([]);
  expect(known.has('desklamp')).toBe(false);
});
