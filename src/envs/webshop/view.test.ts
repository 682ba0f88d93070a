import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Rng } from '../../lib/rng.ts';
import { advise } from './expert.ts';
import { viewOf } from './view.ts';
import type { ShopPage } from './view.ts';
import { MadeShop } from './world.ts';

const world = await MadeShop.create({ seed: 5, products: 600, showAttributes: true });

/** All commands that a drawn page offers. */
function commandsOf(page: ShopPage): (string | null)[] {
  const back = ['click[back to search]'];
  switch (page.kind) {
    case 'index':
      return page.searches.map((words) => `search[${words}]`);
    case 'results':
      return [...back, ...(page.number > 1 ? ['click[< prev]'] : []), 'click[next >]', ...page.products.map(({ command }) => command)];
    case 'item': {
      const tabs = page.tabs.map((name) => `click[${name.toLowerCase()}]`);
      return [
        ...back,
        'click[< prev]',
        ...tabs,
        'click[buy now]',
        ...page.choices.flatMap(({ values }) => values.map(({ command }) => command)),
      ];
    }
    case 'sub':
      return [...back, 'click[< prev]'];
    case 'done':
      return [];
  }
}

test('a page drawn for people offers just the commands that are listed for agents, whatever was done before', () => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 300 }), (seed, index) => {
      const rng = new Rng(seed);
      const env = world.episode(world.task('training', index));
      let { admissible } = env.first;
      for (let t = 0; t < 25 && admissible.length > 0; t++) {
        const offered = commandsOf(viewOf(env).page).filter((command) => command !== null);
        expect([...new Set(offered)].sort()).toEqual([...admissible].sort());
        ({ admissible } = env.step(rng.chance(0.1) ? 'search[lamp]' : rng.pick(admissible)));
      }
    }),
    { numRuns: 40 },
  );
});

test('picked options are shown as picked, and after the purchase every part of the score is told', () => {
  let [bought, imperfect] = [0, 0];
  for (let i = 0; i < 40; i++) {
    const env = world.episode(world.task('validation', i));
    let picked = 0;
    for (let command = advise(env); command !== null; command = advise(env)) {
      // Every other shopper forgets the options.
      const { page } = viewOf(env);
      const forgets = i % 2 === 1 && page.kind === 'item';
      env.step(forgets ? 'click[buy now]' : command);
      const now = viewOf(env).page;
      if (now.kind === 'item') picked = Math.max(picked, now.choices.flatMap(({ values }) => values.filter((v) => v.picked)).length);
    }
    const { page } = viewOf(env);
    if (page.kind !== 'done') continue;
    bought++;
    const { reward, attributes, options, price, priceUpper } = page.verdict;
    expect(page.picked.length).toBe(picked);
    expect(attributes.filter(({ met }) => met).length / attributes.length).toBe(reward.attributes);
    if (options.length > 0) expect(options.filter(({ met }) => met).length / options.length).toBe(reward.options);
    expect(reward.options === null).toBe(options.length === 0);
    expect(price <= priceUpper).toBe(reward.price);
    if (reward.score < 1) imperfect++;
  }
  expect(bought).toBeGreaterThan(25);
  expect(imperfect).toBeGreaterThan(0);
});

test('advice leads from wherever one is to the full score, when a search offered finds the product', () => {
  let reached = 0;
  for (let i = 0; i < 60; i++) {
    const rng = new Rng(i);
    const env = world.episode(world.task('training', i));
    if (advise(env) === null) continue;
    let { admissible } = env.first;
    for (let t = 0; t < 10; t++) {
      const safe = admissible.filter((command) => command !== 'click[buy now]');
      ({ admissible } = env.step(rng.pick(safe)));
    }
    let score = 0;
    for (let t = 0, command = advise(env); command !== null && t < 30; t++, command = advise(env)) score = env.step(command).reward;
    expect(score).toBe(1);
    reached++;
  }
  expect(reached).toBeGreaterThan(30);
});
