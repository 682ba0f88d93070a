import { expect, test } from 'vitest';
import { defaultConfig, readConfig } from './config.ts';

test('settings that are not given have their defaults', () => {
  expect(readConfig({})).toEqual({ config: defaultConfig, problems: [], notes: [] });
});

test('out-of-range and malformed values are replaced and told, never thrown on', () => {
  const { config, problems, notes } = readConfig({ group: '5000', lr: 'fast', method: 'magic', seed: '2.5', k: '', iterations: '7' });
  expect(config).toEqual({ ...defaultConfig, group: 32, seed: 3, iterations: 7 });
  expect(problems).toHaveLength(5);
  expect(notes).toContainEqual({ name: 'group', text: expect.stringContaining('group was 5000; using 32') });
  expect(problems.join(' ')).toContain('lr must be a number, not "fast". Allowed: 0 to 0.1.');
});
