import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { sampleCommit, sampleManifest } from '../storage/sample.ts';
import { runToText } from '../storage/transfer.ts';
import { policyForMarkup, resultsIndex, siteHeaders } from './site.ts';

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

test('tables and ready runs are listed with what a reader wants to know before fetching megabytes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'jerp-lab-results-'));
  try {
    expect(resultsIndex(join(folder, 'nothing'))).toEqual({ results: [], runs: [] });
    mkdirSync(join(folder, 'ready'));
    mkdirSync(join(folder, 'runs'));
    writeFileSync(join(folder, 'budget.json'), '{}');
    writeFileSync(join(folder, 'runs', 'kept.json'), '{}');
    const { checkpoint, metrics, events, trajectories } = sampleCommit(0);
    const text = runToText({
      format: 'jerp-lab run',
      version: 1,
      manifest: sampleManifest(),
      metrics: [metrics],
      events,
      trajectories,
      checkpoint,
    });
    const zipped = gzipSync(text);
    writeFileSync(join(folder, 'ready', 'jerp-1.run.json.gz'), zipped);
    expect(resultsIndex(folder)).toEqual({
      results: ['budget.json'],
      runs: [
        {
          file: 'jerp-1.run.json.gz',
          bytes: zipped.length,
          id: 'amber-kestrel',
          method: 'jerp',
          env: 'alfworld',
          seed: 1,
          iterations: 0,
          before: null,
          after: null,
          n: 0,
        },
      ],
    });
    writeFileSync(join(folder, 'ready', 'bad.run.json'), text.replace('"checkpoint"', '"other"'));
    expect(() => resultsIndex(folder)).toThrow('bad.run.json holds no usable weights');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
