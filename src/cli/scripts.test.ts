import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

test('npm run train trains: npm is told not to take "pretrain" for something to run before it', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const hooks = Object.keys(scripts).filter((name) => /^(pre|post)/.test(name) && name.replace(/^(pre|post)/, '') in scripts);
  expect(hooks).toEqual(['pretrain']);
  expect(read('.npmrc')).toMatch(/^ignore-scripts=true$/m);
});

test('npm run pretrain hears Ctrl-C itself: the command tsx would kill it when it does not answer within a few hundredths of a second', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  expect(scripts.pretrain).toBe('node --import tsx src/cli/pretrain.ts');
});
