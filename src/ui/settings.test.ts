import { beforeEach, expect, test, vi } from 'vitest';
import { defaultConfig, type RunConfig } from '../trainer/config.ts';

let address = '';

/** The settings of a page that was opened with such an address. */
async function openedWith(search: string) {
  vi.resetModules();
  vi.stubGlobal('location', { search, pathname: '/', hash: '' });
  vi.stubGlobal('history', { replaceState: (_state: unknown, _title: string, to: string) => (address = to) });
  return (await import('./settings.svelte.ts')).chosen;
}
beforeEach(() => (address = ''));

const old: RunConfig = { ...defaultConfig, method: 'grpo', seed: 9, iterations: 20, tasks: 8, lr: 0.002 };

test('the settings of a run that is looked at never take the place of those that a link fixed', async () => {
  const chosen = await openedWith('?method=rules-only&seed=3&iterations=2&method_hide=1&seed_hide=1&iterations_hide=1');
  chosen.use(old);
  const fixed = { method: 'rules-only', seed: 3, iterations: 2 };
  expect(chosen.config).toEqual({ ...old, ...fixed });
  chosen.reset();
  expect(chosen.config).toEqual({ ...defaultConfig, ...fixed });
  for (const [name, value] of Object.entries(fixed)) expect(new URLSearchParams(address.slice(2)).get(name)).toBe(String(value));
});

test('where a link fixes nothing, a run brings all of its settings', async () => {
  const chosen = await openedWith('?method=rules-only&seed=3');
  chosen.use(old);
  expect(chosen.config).toEqual(old);
});

test('that the address named an unknown experiment is told until it is read, whichever run is opened', async () => {
  const chosen = await openedWith('?preset=nonsense');
  chosen.use(old);
  expect(chosen.notes.map(({ text }) => text)).toEqual([expect.stringContaining('"nonsense" is not a known preset')]);
  chosen.usePreset({ name: 'x', title: 'X', values: {} });
  expect(chosen.notes).toEqual([]);
});

test('what a person chose for the next run is known as their own, until a run brings its settings', async () => {
  const chosen = await openedWith('');
  expect(chosen.own).toBe(false);
  chosen.set('tasks', '3');
  expect(chosen.own).toBe(true);
  chosen.use(old);
  expect(chosen.own).toBe(false);
  chosen.reset();
  expect(chosen.own).toBe(true);
});

test('a fixed setting is not changed by any control, and counts neither as changed nor as one that can be put back', async () => {
  const chosen = await openedWith('?env=webshop&seed=3&tasks=3&env_hide=1&seed_hide=1');
  chosen.set('env', 'alfworld');
  expect(chosen.config.env).toBe('webshop');
  expect(chosen.changed).toEqual(['tasks']);
  expect([...chosen.fixed].sort()).toEqual(['env', 'seed']);
});
