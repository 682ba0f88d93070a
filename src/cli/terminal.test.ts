import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { UserError } from '../lib/errors.ts';
import { readArguments, stopAsked, writableFolder, type CommandHelp } from './terminal.ts';

const command: CommandHelp = {
  usage: 'x',
  what: 'x',
  options: { kl: { value: 'N', help: 'x' }, seeds: { value: 'N', default: '3', help: 'x' }, plan: { help: 'x' } },
};

test('a negative number is the value of the option before it, so that the option can name its range', () => {
  expect(readArguments(command, ['budget', '--kl', '-1', '--seeds', '-.5'])).toMatchObject({
    values: { kl: '-1', seeds: '-.5' },
    positionals: ['budget'],
  });
  expect(readArguments(command, ['--kl=-1']).values.kl).toBe('-1');
});

test('elsewhere it is no value: after a flag, after a value, and where another option follows', () => {
  expect(() => readArguments(command, ['--plan', '-1'])).toThrow("Unknown option '-1'");
  expect(() => readArguments(command, ['--kl', '1', '-1'])).toThrow("Unknown option '-1'");
  expect(() => readArguments(command, ['--kl', '--plan'])).toThrow("Option '--kl' argument is ambiguous");
});

test('a folder in which nothing can be written is refused before the work, with the option that named it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'terminal-'));
  writeFileSync(join(folder, 'file'), '');
  await writableFolder('cache', join(folder, 'made', 'on', 'the', 'way'));
  for (const path of [join(folder, 'file'), join(folder, 'file', 'below')]) {
    const refused = writableFolder('cache', path);
    await expect(refused).rejects.toThrow(UserError);
    await expect(refused).rejects.toThrow(/^--cache: nothing can be written to the folder .*file.*; give another one\.$/);
  }
  rmSync(folder, { recursive: true });
});

test.each(['SIGINT', 'SIGTERM'] as const)("%s asks for a stop, says so once, and a second one is nobody's", (signal) => {
  const say = vi.spyOn(console, 'error').mockImplementation(() => {});
  const others = process.listenerCount(signal);
  const asked = stopAsked('Stopping.');
  expect(asked()).toBe(false);
  process.emit(signal);
  expect(asked()).toBe(true);
  expect(process.listenerCount(signal)).toBe(others);
  process.emit(signal === 'SIGINT' ? 'SIGTERM' : 'SIGINT');
  expect(say.mock.calls).toEqual([['Stopping.']]);
  say.mockRestore();
});
