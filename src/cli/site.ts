/** What the built site needs beyond its bundles: one policy for headers and markup, and a list of what lies beside it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plugin } from 'vite';

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

/** Headers of the preview; without isolation they are those of a host that knows nothing of `_headers`. */
export function previewHeaders(publicDir: string, isolated: boolean): Record<string, string> {
  return isolated ? siteHeaders(readFileSync(join(publicDir, '_headers'), 'utf8')) : {};
}

/** Puts the policy into the page and lists what lies in `public/results`: tables (NAME.json) and runs to take in (ready/NAME.run.json). */
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
      const list = (folder: string, ending: string) => {
        const path = join(publicDir, 'results', folder);
        return existsSync(path) ? readdirSync(path).filter((name) => name.endsWith(ending) && name !== 'index.json') : [];
      };
      this.emitFile({
        type: 'asset',
        fileName: 'results/index.json',
        source: JSON.stringify({ results: list('.', '.json'), runs: list('ready', '.run.json') }),
      });
    },
  };
}
