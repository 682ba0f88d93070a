import { describe, expect, test } from 'vitest';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { MadeShop } from '../envs/webshop/world.ts';
import { Rng } from '../lib/rng.ts';
import { ContrastReflector } from '../rules/contrast.ts';
import { admitEdits } from '../rules/pool.ts';
import { drawPair, drawShoppingPair, judge, type ContrastPair } from './contrast-pairs.ts';

function many(draw: (rng: Rng) => ContrastPair | null, wanted: number): ContrastPair[] {
  const pairs: ContrastPair[] = [];
  for (let i = 0; pairs.length < wanted && i < 20 * wanted; i++) {
    const pair = draw(new Rng(1).split(i));
    if (pair) pairs.push(pair);
  }
  return pairs;
}

const homes = await GeneratedHomes.create({ seed: 1, maxReceptacles: 12 });
const shop = await MadeShop.create({ seed: 1, products: 1000 });
const pairs = [...many((rng) => drawPair(homes, 'validation', rng), 60), ...many((rng) => drawShoppingPair(shop, 'validation', rng), 40)];

describe('contrast pairs', () => {
  test('there are as many as asked for, of every kind, each with a win and a loss', () => {
    expect(pairs).toHaveLength(100);
    expect(new Set(pairs.map((pair) => pair.kind))).toEqual(new Set(['missing', 'harmful', 'helpful']));
    for (const { input } of pairs) expect(new Set(input.group.map((t) => t.won)).size).toBe(2);
  });

  test('the right answer can be applied and is judged right; silence names nothing and is not wrong', () => {
    for (const pair of pairs) {
      expect(admitEdits(pair.input.pool, pair.right).dropped).toEqual([]);
      expect(judge(pair, pair.right)).toEqual({ named: true, wrong: 0 });
      expect(judge(pair, [])).toEqual({ named: false, wrong: 0 });
    }
  });

  test('opposite votes, procedures of other kinds and merges of different things are judged wrong', () => {
    const helpful = pairs.find((pair) => pair.kind === 'helpful') as ContrastPair;
    expect(judge(helpful, [{ op: 'DOWNVOTE', id: helpful.rule as string }])).toEqual({ named: false, wrong: 1 });
    const missing = pairs.find((pair) => pair.kind === 'missing' && pair.truth.kind === 'procedure') as ContrastPair;
    expect(judge(missing, [{ op: 'ADD', scope: 'look', text: 'Hold the object and turn on the lamp.' }])).toEqual({ named: false, wrong: 1 });
    const crowded = pairs.find((pair) => pair.input.pool.rules.size >= 2) as ContrastPair;
    expect(judge(crowded, [{ op: 'MERGE', ids: ['r1', 'r2'], text: 'Both.' }]).wrong).toBe(1);
  });

  test('the contrast program names most truths and is seldom wrong', async () => {
    let named = 0;
    let wrong = 0;
    for (const pair of pairs) {
      const verdict = judge(pair, (await new ContrastReflector().reflect(pair.input)).map(({ edit }) => edit));
      named += Number(verdict.named);
      wrong += verdict.wrong;
    }
    expect(named).toBeGreaterThan(90);
    expect(wrong).toBeLessThan(10);
  });
});
