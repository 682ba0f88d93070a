import { expect, test } from 'vitest';
import { sampleTrajectory } from '../storage/sample.ts';
import { usesOf } from './uses.ts';

test('counts episodes with and without a rule among those of its kind, and leaves evaluation out', () => {
  const other = { ...sampleTrajectory('1.1.0', true), ruleIds: [] };
  const elsewhere = { ...sampleTrajectory('1.2.0', true), ruleIds: [], task: { ...other.task, family: 'heat' } };
  const use = usesOf([
    sampleTrajectory('1.0.0', true),
    sampleTrajectory('1.0.1', false),
    sampleTrajectory('eval1-0.0.0', true),
    other,
    elsewhere,
  ]).get('r1');
  expect(use).toMatchObject({ with: [1, 2], without: [1, 1] });
});
