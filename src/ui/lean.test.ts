import { expect, test } from 'vitest';
import { leanWord } from './lean.ts';

const points = (...gains: number[]) => gains.map((gain, i) => ({ iteration: i + 1, gain, episodes: 1 }));

test('a rule is leaned on, being absorbed, absorbed, not followed or acted against', () => {
  expect(leanWord(points(0.1, 0.3, 0.4))).toBe('leaned on');
  expect(leanWord(points(0.6, 0.6, 0.6, 0.2, 0.2, 0.2))).toBe('being absorbed');
  expect(leanWord(points(0.6, 0.6, 0.1, 0.02, 0.01, 0.02))).toBe('absorbed');
  expect(leanWord(points(0.01, 0.02))).toBe('not followed');
  expect(leanWord(points(0.9))).toBe('measured once');
  expect(leanWord(points(-0.2, -0.3, -0.1))).toBe('acted against');
});
