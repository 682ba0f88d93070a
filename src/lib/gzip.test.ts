import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { textOf } from './gzip.ts';

const text = JSON.stringify({ rule: 'Look for the mug on the coffeemachine first – “always”.' });
const blob = (bytes: Uint8Array) => new Blob([new Uint8Array(bytes)]);

test('a text is the same plain and gzipped, whatever the file is called', async () => {
  expect(await textOf(new Blob([text]), 'a.json.gz')).toBe(text);
  expect(await textOf(blob(gzipSync(text)), 'a.json')).toBe(text);
  expect(await textOf(new Blob([]), 'empty')).toBe('');
});

test('a damaged gzip file is told by its name', async () => {
  const whole = gzipSync(text);
  await expect(textOf(blob(whole.subarray(0, whole.length - 12)), 'a.json.gz')).rejects.toThrow('a.json.gz is gzipped, but damaged');
});
