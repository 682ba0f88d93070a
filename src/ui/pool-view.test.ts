import { expect, test } from 'vitest';
import type { Rule } from '../types.ts';
import { helpOf, isOf, ranked, withPromptEnd } from './pool-view.ts';
import type { Use } from './uses.ts';

const rule = (id: string, rest: Partial<Rule> = {}): Rule => ({
  id,
  scope: 'cool',
  text: id,
  score: 2,
  status: 'active',
  mergedFrom: [],
  born: 1,
  changed: 1,
  ...rest,
});
const none = { successors: new Map(), origins: new Map() };

test('a rule that a merge replaced is superseded, one that lost its score is pruned', () => {
  const gone = rule('r1', { status: 'removed' });
  expect(isOf(gone, '', none)).toBe(false);
  expect(isOf(gone, 'pruned', none)).toBe(true);
  const facts = { ...none, successors: new Map([['r1', rule('r2')]]) };
  expect(isOf(gone, 'superseded', facts)).toBe(true);
  expect(isOf(gone, 'pruned', facts)).toBe(false);
});

test('help minus harm ranks what was seen both ways; what was not comes last', () => {
  const uses = new Map<string, Use>([
    ['r1', { with: [5, 10], without: [5, 10], validation: [0, 0] }],
    ['r2', { with: [9, 10], without: [1, 10], validation: [0, 0] }],
    ['r3', { with: [10, 10], without: [0, 0], validation: [15, 30] }],
  ]);
  expect(helpOf(uses.get('r2'))).toBeCloseTo(0.8);
  expect(helpOf(uses.get('r3'))).toBeNull();
  const rules = ['r1', 'r2', 'r3'].map((id) => rule(id));
  expect(ranked(rules, 'help', uses).map(({ id }) => id)).toEqual(['r2', 'r1', 'r3']);
  expect(ranked(rules, 'youngest', uses).map(({ id }) => id)).toEqual(['r3', 'r2', 'r1']);
  expect(ranked(rules, 'used', uses).map(({ id }) => id)).toEqual(['r3', 'r1', 'r2']);
});

test('the prompt ends after the k best that are in use; those switched off never stand above the line', () => {
  const rules = [
    rule('r1', { score: 9, status: 'disabled' }),
    rule('r2', { score: 5 }),
    rule('r3', { score: 4 }),
    rule('r4', { score: 3 }),
  ];
  const { rows, inPrompt } = withPromptEnd(rules, 2);
  expect(rows.map((row) => row.rule?.id ?? 'end')).toEqual(['r2', 'r3', 'end', 'r4', 'r1']);
  expect([...inPrompt]).toEqual(['r2', 'r3']);
  expect(withPromptEnd(rules, 9).rows.map((row) => row.rule?.id ?? 'end')).toEqual(['r2', 'r3', 'r4', 'end', 'r1']);
});
