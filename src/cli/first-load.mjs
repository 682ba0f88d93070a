/** How many bytes, gzipped, a visitor loads before any model or backend: the page, its scripts and its styles. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';

export const most = 200 * 1024;

/** @returns the files with their gzipped sizes, the page first; what is imported only when needed is not among them. */
export function firstLoad(dist) {
  const html = readFileSync(join(dist, 'index.html'), 'utf8');
  const wanted = [...html.matchAll(/<(?:script|link)\b[^>]*?\b(?:src|href)="(\.?\/?[^":]+\.(?:js|css))"/g)].map(([, path]) =>
    join(dist, path),
  );
  const seen = new Map([[join(dist, 'index.html'), html]]);
  for (let path = wanted.shift(); path; path = wanted.shift()) {
    if (seen.has(path) || !existsSync(path)) continue;
    const text = readFileSync(path, 'utf8');
    seen.set(path, text);
    // Static imports of a bundle are written `from"./x.js"` or `import"./x.js"`; dynamic ones have a parenthesis.
    if (path.endsWith('.js'))
      for (const [, other] of text.matchAll(/(?:from|import)\s*"(\.[^"]+\.js)"/g)) wanted.push(join(dirname(path), other));
  }
  return [...seen].map(([path, text]) => ({ path, bytes: gzipSync(text, { level: 9 }).length }));
}
