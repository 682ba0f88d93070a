import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { policyForMarkup, siteHeaders } from './site.ts';

const text = readFileSync(join(import.meta.dirname, '..', '..', 'public', '_headers'), 'utf8');

test('the headers of the whole site are read, those of single folders are not', () => {
  const headers = siteHeaders(text);
  expect(headers['Cross-Origin-Opener-Policy']).toBe('same-origin');
  expect(headers['Cross-Origin-Embedder-Policy']).toBe('require-corp');
  expect(headers).not.toHaveProperty('Cache-Control');
});

test('no script but our own files can run, and none can be made from text', () => {
  const policy = siteHeaders(text)['Content-Security-Policy'] ?? '';
  const scripts = /script-src ([^;]*)/.exec(policy)?.[1];
  expect(scripts).toBe("'self' 'wasm-unsafe-eval'");
  expect(policy).toContain("default-src 'none'");
});

test('in the markup the policy is the same without what only a header may say', () => {
  const policy = siteHeaders(text)['Content-Security-Policy'] ?? '';
  expect(policyForMarkup(policy)).not.toContain('frame-ancestors');
  expect(policy.startsWith(policyForMarkup(policy))).toBe(true);
});
