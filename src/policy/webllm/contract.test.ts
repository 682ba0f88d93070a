import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { batchMembers } from './engine.ts';

const require = createRequire(import.meta.url);

/**
 * What of each generation no run without a compiled library reaches: its runtime, as the bundle names it. All above it is run:
 * 0.2.86 by `e2e/webllm-engine.spec.ts`, 0.2.79 with its library by `e2e/real-engine`.
 */
describe.each([
  ['@mlc-ai/web-llm', '0.2.86', 'tensorCacheGet'],
  ['web-llm-0279', '0.2.79', 'ndarrayCacheGet'],
])('%s %s', (name, version, cacheGet) => {
  const file = require.resolve(name);
  const source = readFileSync(file, 'utf8');

  test('is the version that the private members were read from', () => {
    const { version: found } = JSON.parse(readFileSync(file.replace(/lib\/index\.js$/, 'package.json'), 'utf8')) as { version: string };
    expect(found).toBe(version);
  });

  test('its runtime has the calls by name', () => {
    for (const member of [...batchMembers, cacheGet, 'copyFromRawBytes', 'copyFrom', 'toArray']) {
      expect(source, member).toMatch(new RegExp(`^\\s+${member}\\(.*\\) \\{$`, 'm'));
    }
    // Where the loss of the device is listened to.
    expect(source).toContain('this.lib.webGPUContext = webGPUContext;');
  });
});
