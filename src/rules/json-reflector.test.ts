import { expect, test } from 'vitest';
import { foldPool } from './pool.ts';
import { canWriteJson, JsonReflector } from './json-reflector.ts';

const pool = foldPool([
  { seq: 0, iteration: 0, by: 'reflector', action: { op: 'ADD', scope: 'cool', text: 'Open the fridge.' }, trajectories: [], why: '' },
]);
const task = { env: 'alfworld' as const, id: 'a', family: 'cool', goal: 'put a cool mug in cabinet' };
const episode = (id: string, won: boolean) => ({
  id,
  task,
  ruleIds: [],
  opening: '',
  turns: [{ action: 'take mug 1 from shelf 1', observation: 'You pick up the mug.', logprob: 0 }],
  reward: won ? 1 : 0,
  won,
  stop: 'done' as const,
  advantage: 0,
  tokenCount: 1,
});

test('the language model sees rules and episodes, is held to the schema, and invalid references are dropped and counted', async () => {
  const asked: { prompt: string; schema: object }[] = [];
  const model = {
    info: { name: 'Model' },
    tokensWritten: 0,
    writeJson: async (prompt: string, schema: object) => {
      asked.push({ prompt, schema });
      model.tokensWritten += 20;
      return JSON.stringify({
        edits: [
          { op: 'UPVOTE', rule: 1 },
          { op: 'DOWNVOTE', rule: 7 },
          { op: 'ADD', text: 'Cool it in the fridge.' },
        ],
      });
    },
  };
  expect(canWriteJson(model)).toBe(true);
  const reflector = new JsonReflector(model);
  const edits = await reflector.reflect({
    keys: ['cool'],
    pool,
    group: [episode('1', true), episode('2', false)],
    references: [],
  });
  expect(edits.map(({ edit }) => edit.op)).toEqual(['UPVOTE', 'ADD']);
  expect(reflector.tokensFed).toBe(20);
  expect(reflector.unreadable).toBe(1);
  expect(edits[0]?.trajectories).toEqual(['1', '2']);
  expect(asked[0]?.prompt).toContain('1. Open the fridge.');
  expect(asked[0]?.prompt).not.toMatch(/>$/);
  expect(JSON.stringify(asked[0]?.schema)).toContain('"enum":[1]');
});
