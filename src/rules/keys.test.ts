import { expect, test } from 'vitest';
import { GeneratedHomes } from '../envs/alfworld/world.ts';
import { keyFunction, objectOf, scopeFor } from './keys.ts';
import { say } from './language.ts';
import { applyEvent, emptyPool, workingRules, type Pool } from './pool.ts';

const task = (goal: string, family: string) => ({ env: 'alfworld' as const, id: 'game', family, goal });

test('the object of a task is the thing that its goal is about, in every sentence of the generator', async () => {
  const homes = await GeneratedHomes.create({ seed: 3 });
  for (let i = 0; i < 200; i++) {
    const game = homes.game('training', i);
    expect(objectOf(homes.task('training', i)), game.sentence).toBe(game.goal.object);
  }
});

test('a rule goes to the thing it names, anything else to the family', () => {
  const keys = keyFunction('object')(task('put a cool lettuce in diningtable', 'cool'));
  expect(keys).toEqual(['cool', 'lettuce']);
  expect(scopeFor(say({ kind: 'where', object: 'lettuce', receptacles: ['fridge'] }), keys)).toBe('lettuce');
  expect(scopeFor(say({ kind: 'procedure', family: 'cool' }), keys)).toBe('cool');
  expect(keyFunction('family')(task('put a cool lettuce in diningtable', 'cool'))).toEqual(['cool']);
});

test('places of other objects do not crowd the working rules of a task, however high their scores', () => {
  let pool: Pool = emptyPool;
  const record = (action: Parameters<typeof applyEvent>[1]['action']) =>
    (pool = applyEvent(pool, { seq: pool.length, iteration: 0, by: 'reflector', action, trajectories: [], why: '' }));
  const keysOf = keyFunction('object');
  for (const object of ['mug', 'apple', 'potato', 'bread', 'egg', 'lettuce']) {
    const text = say({ kind: 'where', object, receptacles: ['shelf'] });
    record({ op: 'ADD', scope: scopeFor(text, keysOf(task(`put a cool ${object} in shelf`, 'cool'))), text });
    record({ op: 'UPVOTE', id: `r${pool.rules.size}` });
  }
  record({ op: 'ADD', scope: 'cool', text: say({ kind: 'procedure', family: 'cool' }) });
  const shown = workingRules(pool, keysOf(task('put a cool lettuce in diningtable', 'cool')), 5).map((rule) => rule.text);
  expect(shown).toEqual([say({ kind: 'where', object: 'lettuce', receptacles: ['shelf'] }), say({ kind: 'procedure', family: 'cool' })]);
});
