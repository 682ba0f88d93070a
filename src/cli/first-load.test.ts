import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { firstLoad } from './first-load.mjs';

test('scripts, what they import at once, and styles are counted; what is imported later is not', () => {
  const dist = mkdtempSync(join(tmpdir(), 'first-load-'));
  mkdirSync(join(dist, 'assets'));
  writeFileSync(
    join(dist, 'index.html'),
    '<link rel="stylesheet" crossorigin href="./assets/a.css"><script type="module" crossorigin src="./assets/a.js"></script>',
  );
  writeFileSync(join(dist, 'assets', 'a.css'), 'a{}');
  writeFileSync(join(dist, 'assets', 'a.js'), 'import{x}from"./b.js";import"./c.js";import("./late.js")');
  for (const name of ['b', 'c', 'late']) writeFileSync(join(dist, 'assets', `${name}.js`), 'export{}');
  const names = firstLoad(dist).map(({ path }) => path.slice(dist.length + 1));
  expect(names.sort()).toEqual(['assets/a.css', 'assets/a.js', 'assets/b.js', 'assets/c.js', 'index.html']);
});
