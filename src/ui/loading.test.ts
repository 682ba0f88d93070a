import { expect, test } from 'vitest';
import { maybeShopFile } from '../envs/webshop/files.ts';
import { nameOf, type Found } from './files.ts';
import { loadingNow, loadingText, type Loading } from './loading.ts';

test('each phase of a load tells its own share and time; at its end no time is promised', () => {
  const at = (phase: Loading['phase'], done: number, now: number, before: Loading | null = null): [string, Loading] => {
    const loading = loadingNow(before, { phase, done, total: 100 }, now);
    return [loadingText(loading, now), loading];
  };
  expect(loadingText(null, 0)).toBe(' …');
  const [begun, first] = at('reading', 0, 0);
  expect(begun).toBe(' …');
  const [half, second] = at('reading', 50, 10_000, first);
  expect(half).toBe(': 50 %, about 10 s left');
  const [read, third] = at('reading', 100, 20_000, second);
  expect(read).toBe(': read, being put in order …');
  const [ordering, fourth] = at('ordering', 0, 30_000, third);
  expect(ordering).toBe(': read, being put in order …');
  // The twenty seconds of the reading say nothing about the rest.
  expect(at('ordering', 25, 31_000, fourth)[0]).toBe(': read, being put in order: 25 %, about 3 s left');
});

test('files chosen one by one are named by the one that matters, a folder by its name', () => {
  const found = (...paths: string[]): Found[] => paths.map((path) => ({ path, blob: new File([], path.slice(path.lastIndexOf('/') + 1)) }));
  expect(nameOf(found('items_ins_v2.json', 'items_shuffle.json', 'nouns.json'))).toBe('items_shuffle.json and 2 more');
  expect(nameOf(found('games.zip'))).toBe('games.zip');
  expect(nameOf(found('shop/items_a.json', 'shop/items_b.json'))).toBe('shop');
});

test('a file of JSON chosen by hand may be a shop whatever it is called; in a folder only by its name', () => {
  expect(['products.json', 'mine.json.gz', 'a/items_shuffle.json'].map(maybeShopFile)).toEqual([true, true, true]);
  expect(['a/traj_data.json', 'games.zip', 'readme.txt'].map(maybeShopFile)).toEqual([false, false, false]);
});
