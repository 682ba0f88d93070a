import { describe, expect, test } from 'vitest';
import type { RuleEdit, Trajectory } from '../types.ts';
import { ContrastReflector } from './contrast.ts';
import { advicesFollowed } from './followed.ts';
import { say, topic, understand, wordings, type Advice } from './language.ts';
import { applyEvent, emptyPool, type Pool } from './pool.ts';

const answer = (action: string): string => {
  const [verb, ...rest] = action.split(' ');
  const text = rest.join(' ');
  if (verb === 'take') return `You pick up the ${text.replace(' from ', ' from the ')}.`;
  if (verb === 'move') return `You move the ${text.replace(' to ', ' to the ')}.`;
  if (verb === 'use') return `You turn on the ${text}.`;
  if (verb === 'clean' || verb === 'heat' || verb === 'cool') return `You ${verb} the ${text.replace(' with ', ' using the ')}.`;
  return 'Nothing happens.';
};

let made = 0;
function episode(goal: string, family: string, won: boolean, actions: string[]): Trajectory {
  const turns = actions.map((action) => ({ action, observation: answer(action), logprob: 0 }));
  const task = { env: 'alfworld' as const, id: `game ${made}`, family, goal };
  return { id: `t${made++}`, task, ruleIds: [], opening: '', turns, reward: won ? 1 : 0, won, stop: won ? 'won' : 'steps', advantage: 0, tokenCount: 0 };
}

const cooled = ['take lettuce 1 from countertop 2', 'cool lettuce 1 with fridge 1', 'move lettuce 1 to diningtable 1'];
const naive = ['take lettuce 1 from countertop 2', 'move lettuce 1 to diningtable 1', 'look'];
const goal = 'put a cool lettuce in diningtable';

function poolOf(...texts: string[]): Pool {
  let pool = emptyPool;
  for (const text of texts)
    pool = applyEvent(pool, { seq: pool.length, iteration: 0, by: 'person', action: { op: 'ADD', scope: 'cool', text }, trajectories: [], why: '' });
  return pool;
}

async function edits(pool: Pool, group: Trajectory[], references: Trajectory[] = []): Promise<RuleEdit[]> {
  const proposals = await new ContrastReflector().reflect({ keys: ['cool'], pool, group, references });
  return proposals.map((proposal) => proposal.edit);
}

describe('the rule language', () => {
  const advices: Advice[] = [
    { kind: 'procedure', family: 'two' },
    { kind: 'shopping', step: 'options' },
    { kind: 'where', object: 'lettuce', receptacles: ['fridge'] },
    { kind: 'where', object: 'mug', receptacles: ['shelf', 'countertop'] },
  ];
  test('every wording of an advice is understood as that advice', () => {
    for (const advice of advices)
      for (const text of [...wordings(advice), ...wordings(advice, 'heldOut')]) expect(understand(text)).toEqual(advice);
  });
  test("a person's own sentence is not mistaken for a known one", () => {
    expect(understand('The lettuce is often on the moon, they say.')).toBeNull();
  });
});

describe('the contrast reflector', () => {
  test('reads procedures and places off confirmed actions only', () => {
    const topics = advicesFollowed(episode(goal, 'cool', true, cooled)).map(topic);
    expect(topics).toEqual(['where lettuce', 'procedure cool']);
    const failed = episode(goal, 'cool', false, cooled);
    for (const turn of failed.turns) turn.observation = 'Nothing happens.';
    expect(advicesFollowed(failed)).toEqual([]);
  });

  test('adds the step that the won rollouts took and the lost ones did not', async () => {
    const group = [episode(goal, 'cool', true, cooled), episode(goal, 'cool', false, naive)];
    expect(await edits(emptyPool, group)).toEqual([{ op: 'ADD', scope: 'cool', text: say({ kind: 'procedure', family: 'cool' }) }]);
  });

  test('learns from references when the whole group was lost', async () => {
    const group = [episode(goal, 'cool', false, naive), episode(goal, 'cool', false, naive)];
    const reference = episode('put a cool mug in shelf', 'cool', true, ['take mug 1 from shelf 1', 'cool mug 1 with fridge 1', 'move mug 1 to shelf 2']);
    expect(await edits(emptyPool, group, [reference])).toContainEqual({ op: 'ADD', scope: 'cool', text: say({ kind: 'procedure', family: 'cool' }) });
  });

  test('votes a rule up when following it went with winning, and a wrong place down', async () => {
    const pool = poolOf('Cool the object with the fridge before moving it to the target.', 'The lettuce is often on the shelf.');
    const group = [episode(goal, 'cool', true, cooled), episode(goal, 'cool', false, naive)];
    expect(await edits(pool, group)).toEqual([{ op: 'UPVOTE', id: 'r1' }, { op: 'DOWNVOTE', id: 'r2' }]);
  });

  test('a reference success is no vote: what this group does not show stays as it is', async () => {
    const pool = poolOf('The mug is often on the shelf.');
    const reference = episode('put a cool mug in cabinet', 'cool', true, ['take mug 1 from shelf 1', 'cool mug 1 with fridge 1', 'move mug 1 to cabinet 2']);
    const group = [episode(goal, 'cool', true, cooled), episode(goal, 'cool', false, naive)];
    expect((await edits(pool, group, [reference])).some((edit) => edit.op === 'UPVOTE')).toBe(false);
  });

  test('widens a place that older successes still speak for', async () => {
    const pool = poolOf('The lettuce is often on the shelf.');
    const reference = episode(goal, 'cool', true, ['take lettuce 2 from shelf 1', ...cooled.slice(1)]);
    const group = [episode(goal, 'cool', true, cooled), episode(goal, 'cool', true, cooled), episode(goal, 'cool', false, ['look'])];
    const text = say({ kind: 'where', object: 'lettuce', receptacles: ['shelf', 'countertop'] });
    expect(await edits(pool, group, [reference])).toContainEqual({ op: 'EDIT', id: 'r1', text });
  });

  test('merges two rules about the same thing', async () => {
    const pool = poolOf('The lettuce is often on the shelf.', 'Look for the lettuce on the countertop first.');
    const group = [episode(goal, 'cool', true, cooled)];
    const text = say({ kind: 'where', object: 'lettuce', receptacles: ['shelf', 'countertop'] });
    expect(await edits(pool, group)).toEqual([{ op: 'MERGE', ids: ['r1', 'r2'], text }]);
  });

  test("leaves a person's own wording alone", async () => {
    const pool = poolOf('Be brave and open every door you see.');
    const group = [episode(goal, 'cool', true, cooled), episode(goal, 'cool', false, naive)];
    expect((await edits(pool, group)).some((edit) => 'id' in edit)).toBe(false);
  });
});
