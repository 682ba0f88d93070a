import { expect, test } from 'vitest';
import { sampleEvent, sampleTrajectory } from '../storage/sample.ts';
import type { RuleEvent } from '../types.ts';
import { episodeName, groupOf, nameAsked, poolBefore, sharedTurns } from './contrast.ts';

const play = (...actions: string[]) => ({
  ...sampleTrajectory('1.0.0', true),
  turns: actions.map((action) => ({ action, observation: '', logprob: 0 })),
});

test('two rollouts part at their first different action, or where the shorter one ends', () => {
  expect(sharedTurns(play('a', 'b', 'c'), play('a', 'b', 'd'))).toBe(2);
  expect(sharedTurns(play('a', 'b'), play('a', 'b', 'd'))).toBe(2);
  expect(sharedTurns(play(), play('a'))).toBe(0);
});

test('an episode met the pool of its beginning; a measurement the one of its end; a person changes it for the next', () => {
  const events: RuleEvent[] = [
    { ...sampleEvent(0), iteration: 1 },
    { ...sampleEvent(1), iteration: 2 },
    { ...sampleEvent(2), iteration: 2, by: 'person' },
    { ...sampleEvent(3), iteration: 3 },
  ];
  const size = (id: string) => poolBefore(events, id).rules.size;
  expect(size('1.0.0')).toBe(0);
  expect(size('2.0.0')).toBe(1);
  expect(size('eval2-0.1.0')).toBe(2);
  expect(size('3.0.0')).toBe(3);
});

test('a group is one task of one iteration, a panel one measurement', () => {
  expect(groupOf('12.3.1')).toBe('12.3');
  expect(groupOf('eval12-0.7.0')).toBe('eval12');
});

test('an episode is named in words, its numbers counted from 1', () => {
  expect(episodeName('3.0.5')).toBe('iteration 3, group 1, episode 6');
  expect(episodeName('3.0.5', 3)).toBe('group 1, episode 6');
  expect(episodeName('3.0.5', 4)).toBe('iteration 3, group 1, episode 6');
  expect(episodeName('eval1-0.6.0')).toBe('validation after iteration 1, game 7');
  expect(episodeName('eval12-2.6.0')).toBe('validation after iteration 12, game 7 of batch 3');
});

test('an episode that an address asks for is named as all are; what is no id stays as it is', () => {
  expect(['3.0.5', 'eval1-0.6.0', 'nothing.else', '<b>'].map(nameAsked)).toEqual([
    'iteration 3, group 1, episode 6',
    'validation after iteration 1, game 7',
    'nothing.else',
    '<b>',
  ]);
});
