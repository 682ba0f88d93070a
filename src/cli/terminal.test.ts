import { expect, test } from 'vitest';
import { readArguments, type CommandHelp } from './terminal.ts';

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
