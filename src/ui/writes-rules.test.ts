import { expect, test } from 'vitest';
import { methods } from '../methods/all.ts';
import { noRules } from '../methods/grpo.ts';
import { writesRules } from './writes-rules.ts';

test('no rules are promised by the methods that read none, nor by the one that learns nothing', () => {
  const names = Object.keys(methods);
  const silent = names.filter((name) => methods[name]?.rulesFor === noRules || name === 'prompt-only');
  expect(silent).toHaveLength(3);
  expect(names.filter((name) => !writesRules(name)).sort()).toEqual(silent.sort());
});
