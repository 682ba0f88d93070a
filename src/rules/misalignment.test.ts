import { describe, expect, test } from 'vitest';
import type { Trajectory } from '../types.ts';
import { findMisalignments } from './misalignment.ts';
import { misleadingWordings, say } from './language.ts';
import { emptyPool, PoolLog } from './pool.ts';

const poolOf = (...texts: string[]) => {
  const log = new PoolLog(emptyPool, 0);
  for (const text of texts) log.record('person', { op: 'ADD', scope: 'mug', text });
  return log;
};

const fromShelf = ['take mug 1 from shelf 1', 'move mug 1 to desk 1'];
function episode(id: string, won: boolean, ruleIds: string[], actions = fromShelf): Trajectory {
  const turns = actions.map((action) => ({ action, observation: action.startsWith('take') ? 'You pick up the mug 1 from the shelf 1.' : 'You move the mug 1 to the desk 1.', logprob: 0 }));
  return { id, task: { env: 'alfworld', id, family: 'pick', goal: 'put a mug in desk' }, ruleIds, opening: '', turns, reward: won ? 1 : 0, won, stop: won ? 'won' : 'steps', advantage: 0, tokenCount: 0 };
}

describe('contradictions', () => {
  test('name both rules, the episodes that had both, and would switch off the one with the lower score', () => {
    const log = poolOf('The mug is often on the shelf.', 'Look for the mug on the desk first.');
    log.record('person', { op: 'UPVOTE', id: 'r1' });
    const [found, ...more] = findMisalignments(log.pool, [episode('a', true, ['r1', 'r2']), episode('b', true, ['r1'])], []);
    expect(found).toMatchObject({ kind: 'contradiction', rules: ['r1', 'r2'], evidence: ['a'], resolution: { op: 'DISABLE', id: 'r2' } });
    expect(more).toEqual([]);
    log.record('person', { op: 'DISABLE', id: 'r2' });
    expect(findMisalignments(log.pool, [episode('a', true, ['r1', 'r2'])], [])).toEqual([]);
  });

  test.each([
    ['clean', 'mug', true],
    ['mug', 'clean', true],
    ['all', 'clean', true],
    ['mug', 'mug', true],
    ['clean', 'heat', false],
    ['mug', 'pen', false],
    ['webshop', 'clean', false],
    ['game 1a2b3c4d', 'clean', false],
  ])('are sought between rules that can stand in one prompt: of the pools %s and %s, %s', (one, other, found) => {
    const log = new PoolLog(emptyPool, 0);
    log.record('person', { op: 'ADD', scope: one, text: 'the mug is on the shelf' });
    log.record('person', { op: 'ADD', scope: other, text: 'the mug is in the cabinet' });
    expect(findMisalignments(log.pool, [], []).map(({ rules }) => rules)).toEqual(found ? [['r1', 'r2']] : []);
  });

  test('a first step at another place, in the pool of a kind of task, is for the purpose of that kind', () => {
    const text = 'Put the object in the microwave first, then place it.';
    expect(misleadingWordings('clean', 'microwave')).toContain(text);
    const found = (scope: string) => {
      const log = new PoolLog(emptyPool, 0);
      log.record('person', { op: 'ADD', scope, text: say({ kind: 'procedure', family: 'clean' }) });
      log.record('person', { op: 'ADD', scope, text });
      return findMisalignments(log.pool, [], []).map(({ why }) => why);
    };
    expect(found('clean')).toEqual(['One says to clean in the sinkbasin, the other in the microwave.']);
    expect(found('pick')).toEqual([]);
  });
});

describe('rules that the policy has left behind', () => {
  const log = poolOf('The mug is often on the desk.');
  const told = (n: number, won: boolean) => Array.from({ length: n }, (_, i) => episode(`${won}${i}`, won, ['r1']));

  test('are found when most of at least three won episodes did otherwise; losses and untold episodes say nothing', () => {
    expect(findMisalignments(log.pool, told(3, true), [])).toMatchObject([{ kind: 'ignored', rules: ['r1'], evidence: ['true0', 'true1', 'true2'] }]);
    expect(findMisalignments(log.pool, told(2, true), [])).toEqual([]);
    expect(findMisalignments(log.pool, told(9, false), [])).toEqual([]);
    expect(findMisalignments(log.pool, [1, 2, 3, 4].map((i) => episode(`u${i}`, true, [])), [])).toEqual([]);
  });

  test('are not found where the situation never came: a way of heating is no advice for putting a mug down', () => {
    const heat = poolOf('Use the microwave to heat things.');
    expect(findMisalignments(heat.pool, told(3, true), [])).toEqual([]);
    const heating = told(3, true).map((t) => ({ ...t, task: { ...t.task, family: 'heat', goal: 'heat some mug and put it in desk' } }));
    expect(findMisalignments(heat.pool, heating, [])).toMatchObject([{ kind: 'ignored', rules: ['r1'] }]);
  });

  const measured = (gain: number, episodes: number) => [{ rule: 'r1', gain, episodes, actions: 9 }];
  const trained = ['3.0.0', '3.0.1', '3.1.0', '3.1.1', '2.0.0', 'eval3-0.0.0'].map((id) => episode(id, false, ['r1']));

  test('are found when their presence makes the actions less likely, with the episodes that it was measured on', () => {
    expect(findMisalignments(log.pool, trained, measured(-0.3, 3))).toMatchObject([
      { kind: 'resisted', weak: false, evidence: ['3.0.0', '3.0.1', '3.1.0'], resolution: { op: 'DOWNVOTE', id: 'r1' } },
    ]);
    expect(findMisalignments(log.pool, trained, measured(0.3, 3))).toEqual([]);
  });

  test('are a weak sign where one episode was measured, or the difference is small', () => {
    expect(findMisalignments(log.pool, trained, measured(-0.3, 1))).toMatchObject([{ kind: 'resisted', weak: true, evidence: ['3.0.0'] }]);
    expect(findMisalignments(log.pool, trained, measured(-0.14, 3))).toMatchObject([{ kind: 'resisted', weak: true }]);
  });
});
