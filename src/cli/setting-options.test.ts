import { expect, test } from 'vitest';
import { settings, type Setting } from '../trainer/config.ts';
import { settingOptions } from './setting-options.ts';

test('every setting is an option whose help begins with its symbol and ends with its default', () => {
  const list = Object.entries(settings) as [string, Setting<string | number>][];
  expect(Object.keys(settingOptions)).toEqual(list.map(([name]) => name));
  for (const [name, { symbol, help, default: usual }] of list)
    expect(settingOptions[name]?.help).toBe(`${symbol ? `${symbol}: ` : ''}${help} (${usual})`);
  expect(settingOptions.lr?.help).toMatch(/^η: Learning rate .*\(0\.001\)$/);
});
