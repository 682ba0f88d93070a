import { expect, test } from 'vitest';
import type { Trajectory } from '../types.ts';
import { citedRules } from './cited.ts';
import { say } from './language.ts';

function episode(...turns: [action: string, observation: string][]): Trajectory {
  return {
    id: '1.0.0',
    task: { env: 'alfworld', id: 'training/1', family: 'cool', goal: 'cool some lettuce and put it in countertop' },
    ruleIds: ['r1', 'r2', 'r3'],
    opening: '',
    turns: turns.map(([action, observation]) => ({ action, observation, logprob: 0 })),
    reward: 1,
    won: true,
    stop: 'won',
    advantage: 1,
    tokenCount: 0,
  };
}

const won = episode(
  ['go to diningtable 1', 'On the diningtable 1, you see a lettuce 1.'],
  ['take lettuce 1 from diningtable 1', 'You pick up the lettuce 1 from the diningtable 1.'],
  ['cool lettuce 1 with fridge 1', 'You cool the lettuce 1 using the fridge 1.'],
  ['move lettuce 1 to countertop 1', 'You move the lettuce 1 to the countertop 1.'],
);
const rules = [
  { id: 'r1', text: say({ kind: 'procedure', family: 'cool' }) },
  { id: 'r2', text: say({ kind: 'where', object: 'lettuce', receptacles: ['diningtable', 'fridge'] }) },
  { id: 'r3', text: say({ kind: 'where', object: 'lettuce', receptacles: ['sinkbasin'] }) },
  { id: 'r4', text: 'Cool whatever you hold.' },
];

test('a rule is cited at the turn that did what it says; others, and sentences that nobody can read, are not', () => {
  expect([...citedRules(won, rules)].sort(([a], [b]) => a - b)).toEqual([
    [1, ['r2']],
    [2, ['r1']],
  ]);
});

test('what the environment did not confirm, or what led nowhere, is not cited', () => {
  const tried = episode(['cool lettuce 1 with fridge 1', 'Nothing happens.'], ['move lettuce 1 to countertop 1', 'You move the lettuce 1 to the countertop 1.']);
  const dropped = episode(['cool lettuce 1 with fridge 1', 'You cool the lettuce 1 using the fridge 1.']);
  expect(citedRules(tried, rules).size).toBe(0);
  expect(citedRules(dropped, rules).size).toBe(0);
});
