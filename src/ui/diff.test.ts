import { expect, test } from 'vitest';
import { wordDiff } from './diff.ts';

const told = (before: string, after: string) =>
  wordDiff(before, after)
    .map(({ kind, text }) => (kind === 'same' ? text : kind === 'del' ? `[-${text}-]` : `[+${text}+]`))
    .join(' ');

test('names what was taken out and what was put in', () => {
  expect(told('go to the fridge on the way to it', 'go to the fridge before you go to it')).toBe(
    'go to the fridge [-on the way-] [+before you go+] to it',
  );
});

test('equal sentences have no marks, and empty ones are all one mark', () => {
  expect(told('a b', 'a b')).toBe('a b');
  expect(told('', 'a b')).toBe('[+a b+]');
  expect(told('a b', '')).toBe('[-a b-]');
});
