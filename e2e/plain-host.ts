/** A host that knows nothing of this project, as GitHub Pages: the files of dist/ below a path, no headers but the type. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, resolve } from 'node:path';

const dist = resolve(import.meta.dirname, '..', 'dist');
const base = '/jerp-lab/';
const port = Number(process.argv[2]);
const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

createServer((request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const inside = pathname.startsWith(base) ? normalize(decodeURIComponent(pathname.slice(base.length))) : '..';
  const path = join(dist, inside === '.' || inside === '' ? 'index.html' : inside);
  if (inside.startsWith('..') || !existsSync(path) || statSync(path).isDirectory()) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end('There is no such file.');
    return;
  }
  response.writeHead(200, { 'Content-Type': types[extname(path)] ?? 'application/octet-stream' });
  createReadStream(path).pipe(response);
}).listen(port, 'localhost');
