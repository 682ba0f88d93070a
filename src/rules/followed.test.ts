import { expect, test } from 'vitest';
import { WebshopEnv } from '../envs/webshop/env.ts';
import { plan } from '../envs/webshop/expert.ts';
import { nounTable } from '../envs/webshop/nouns.ts';
import { suggestSearches } from '../envs/webshop/searches.ts';
import { MadeShop } from '../envs/webshop/world.ts';
import type { Task, Trajectory } from '../types.ts';
import { follows } from './followed.ts';
import { shoppingSteps, type ShoppingStep } from './shop-language.ts';

const shop = await MadeShop.create({ seed: 1, products: 1000 });

function play(task: Task, actions: readonly string[]): Trajectory {
  const env: WebshopEnv = shop.episode(task);
  let reward = 0;
  const turns = actions.map((action) => {
    const result = env.step(action);
    reward = result.reward;
    return { action, observation: result.text, logprob: 0 };
  });
  return { id: task.id, task, ruleIds: [], opening: '', turns, reward, won: reward === 1, stop: 'done', advantage: 0, tokenCount: 0 };
}

const did = (trajectory: Trajectory, step: ShoppingStep) => follows(trajectory, [], { kind: 'shopping', step });

test('a perfect purchase is never read as lacking options or a fair price, and one without its options is', () => {
  const seen = { options: 0, price: 0, search: 0 };
  for (let i = 0; i < 60; i++) {
    const task = shop.task('training', i);
    const best = plan(shop.shop, shop.goal(task), nounTable({ get: (asin) => shop.catalogue.notes.get(asin)?.nouns }), suggestSearches(shop.goal(task).instruction));
    if (!best) continue;
    const bought = play(task, best);
    expect(did(bought, 'options'), task.goal).not.toBe(false);
    expect(did(bought, 'price'), task.goal).not.toBe(false);
    if (did(bought, 'price')) seen.price++;
    const picks = best.filter((action) => !/^search|^click\[(b0[0-9a-z]{8}|next >|buy now)\]$/.test(action));
    if (picks.length > 0 && did(bought, 'options')) {
      seen.options++;
      expect(did(play(task, best.filter((action) => !picks.includes(action))), 'options')).toBe(false);
    }
    const whole = suggestSearches(shop.goal(task).instruction)[0] as string;
    if (did(play(task, [`search[${whole}]`]), 'search')) seen.search++;
  }
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(20);
});

test('shopping advice does not apply to household episodes, nor household advice to the shop', () => {
  const task = shop.task('training', 0);
  expect(follows(play(task, []), [], { kind: 'procedure', family: 'cool' })).toBeNull();
  const household = { ...play(task, []), task: { env: 'alfworld' as const, id: 'a', family: 'cool', goal: 'cool some mug' } };
  for (const step of shoppingSteps) expect(follows(household, [], { kind: 'shopping', step })).toBeNull();
});
