import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../lib/errors.ts';
import { digest, envsOf, experimentNamed, keptTable, tableName } from './asked.ts';

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), 'asked-'))));
afterAll(() => rm(folder, { recursive: true, force: true }));

test.each(['toString', 'constructor', '__proto__', 'papertable'])('%s is no experiment', (name) => {
  expect(() => experimentNamed([name])).toThrow(new RegExp(`^There is no experiment "${name}"; there are paper-table, .*reflector\\.$`));
});

test('one experiment is named, neither none nor two', () => {
  expect(experimentNamed(['budget']).experiment.envs).toEqual(['alfworld']);
  expect(() => experimentNamed([])).toThrow('Name an experiment; there are paper-table, ');
  expect(() => experimentNamed(['budget', 'transfer'])).toThrow('"transfer" is one name too many; there are ');
});

test('environments are the experiment’s own, or the one that is asked for', () => {
  expect([envsOf(undefined, ['alfworld']), envsOf('both', ['alfworld']), envsOf('webshop', ['alfworld'])]).toEqual([
    ['alfworld'],
    ['alfworld', 'webshop'],
    ['webshop'],
  ]);
  expect(() => envsOf('mars', ['alfworld'])).toThrow(new UserError('"mars" is not an environment; use --env alfworld, webshop or both.'));
});

test('a link in a folder of games to what is not there is named', async () => {
  await symlink(join(folder, 'nothing'), join(folder, 'game.tw-pddl'));
  await expect(digest(folder, 'absent')).rejects.toThrow(
    new UserError(`${join(folder, 'game.tw-pddl')} cannot be read; if it is a link to what is no longer there, mend it or delete it.`),
  );
  await expect(digest(join(folder, 'nowhere'), 'absent')).rejects.toThrow(new UserError('absent'));
});

describe('a kept table', () => {
  const report = { command: 'npm run experiment -- x', rows: [], comparisons: [], curves: [], tables: [] };

  test('that is missing names those of the experiment that there are, and the option that asks for each', async () => {
    await writeFile(join(folder, 'paper-table-alfworld.json'), JSON.stringify({ experiment: 'paper-table-alfworld', ...report }));
    await writeFile(join(folder, 'budget.json'), JSON.stringify({ experiment: 'budget', ...report }));
    const own = ['alfworld', 'webshop'];
    await expect(keptTable(folder, 'paper-table', tableName('paper-table', undefined, own))).rejects.toThrow(
      new UserError(
        'There is no kept result named paper-table. Kept of this experiment: paper-table-alfworld (--env alfworld). To make it, run the experiment without --summary.',
      ),
    );
    await expect(keptTable(folder, 'budget', tableName('budget', 'webshop', ['alfworld']))).rejects.toThrow('budget (without --env)');
    await expect(keptTable(folder, 'transfer', 'transfer')).rejects.toThrow(
      'There is no kept result named transfer. To make it, run the experiment without --summary.',
    );
    expect((await keptTable(folder, 'paper-table', tableName('paper-table', 'alfworld', own))).experiment).toBe('paper-table-alfworld');
  });

  test.each(['{"rows": [', 'null', '{"command": "x", "rows": []}'])('that holds %j is named as damaged', async (text) => {
    const path = join(folder, 'damaged.json');
    await writeFile(path, text);
    await expect(keptTable(folder, 'damaged', 'damaged')).rejects.toThrow(`${path} is damaged; run the experiment without --summary`);
  });
});

const program = fileURLToPath(new URL('../experiment.ts', import.meta.url));

test.each([
  [['toString'], /^There is no experiment "toString"; there are .*\n$/],
  [['budget', '--plan', '--workers', '0'], /^--workers must be a whole number of at least 1, not "0"\.\n$/],
  [['budget', '--plan', '--workers', 'abc'], /^--workers must be a whole number of at least 1, not "abc"\.\n$/],
  [['budget', '--plan', '--kl', '-1'], /^kl was -1\. Allowed: 0 to 1\.\n$/],
  [['budget', '--env', 'mars', '--summary'], /^"mars" is not an environment; use --env alfworld, webshop or both\.\n$/],
])('%j ends with one sentence and code 2', (args, sentence) => {
  const { stderr, stdout, status } = spawnSync(process.execPath, ['--import', 'tsx', program, ...args], { encoding: 'utf8' });
  expect(stderr).toMatch(sentence);
  expect([stdout, status]).toEqual(['', 2]);
});
