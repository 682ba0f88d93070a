/** What the built site needs beyond its bundles: one policy for headers and markup, and a list of what lies beside it. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { readRun } from '../storage/transfer.ts';

/** The headers of `/*` in a `_headers` file, as static hosts read it. */
export function siteHeaders(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  let here = false;
  for (const line of text.split('\n')) {
    if (/^\S/.test(line)) here = line.trim() === '/*';
    const [, name, value] = /^\s+([A-Za-z-]+):\s*(.+)$/.exec(line) ?? [];
    if (here && name && value) headers[name] = value.trim();
  }
  return headers;
}

/** The policy as it may stand in the page itself, for hosts that send no headers; there it cannot forbid framing. */
export function policyForMarkup(policy: string): string {
  return policy.replace(/;\s*frame-ancestors [^;]*/, '');
}

/** Headers of the preview: those that a static host reads from `_headers`. */
export function previewHeaders(publicDir: string): Record<string, string> {
  return siteHeaders(readFileSync(join(publicDir, '_headers'), 'utf8'));
}

/** Puts the policy into the page and lists what lies in `public/results`: tables (NAME.json) and runs to take in (ready/NAME.run.json.gz). */
export function site(publicDir: string): Plugin {
  return {
    name: 'jerp-lab site',
    apply: 'build',
    transformIndexHtml() {
      const policy = siteHeaders(readFileSync(join(publicDir, '_headers'), 'utf8'))['Content-Security-Policy'] ?? '';
      return [
        { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: policyForMarkup(policy) }, injectTo: 'head-prepend' },
      ];
    },
    generateBundle() {
      this.emitFile({ type: 'asset', fileName: 'results/index.json', source: JSON.stringify(resultsIndex(join(publicDir, 'results'))) });
    },
    writeBundle({ dir }) {
      // What an experiment keeps to go on from is no part of the page.
      if (dir) rmSync(join(dir, 'results', 'runs'), { recursive: true, force: true });
    },
  };
}

/** A run that can be taken in, told without reading all of it. */
export interface ReadyRun {
  file: string;
  bytes: number;
  id: string;
  method: string;
  env: string;
  seed: number;
  iterations: number;
  /** Share of validation games won before and after, of n; null when it was not measured. */
  before: number | null;
  after: number | null;
  n: number;
}

/** What lies in a folder of results: tables (NAME.json) and finished runs (ready/NAME.run.json.gz). */
export function resultsIndex(folder: string): { results: string[]; runs: ReadyRun[] } {
  const names = (path: string, ending: RegExp) =>
    existsSync(path)
      ? readdirSync(path)
          .filter((name) => ending.test(name) && name !== 'index.json')
          .sort()
      : [];
  const ready = join(folder, 'ready');
  return { results: names(folder, /\.json$/), runs: names(ready, /\.run\.json(\.gz)?$/).map((file) => readyRun(join(ready, file), file)) };
}

function readyRun(path: string, file: string): ReadyRun {
  const bytes = readFileSync(path);
  const { run, report } = readRun((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'), file);
  const measured = run.metrics.flatMap(({ evaluation }) => (evaluation ? [evaluation] : []));
  const { id, config } = run.manifest;
  if (!run.checkpoint) throw new Error(`${path} holds no usable weights (${report}); export it again or take it away.`);
  return {
    file,
    bytes: bytes.length,
    id,
    method: config.method,
    env: config.env,
    seed: config.seed,
    iterations: run.checkpoint.iteration,
    before: measured[0]?.success ?? null,
    after: measured.at(-1)?.success ?? null,
    n: measured.at(-1)?.n ?? 0,
  };
}
