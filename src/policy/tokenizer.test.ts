import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sentences } from './llama/testing.ts';
import { Tokenizer } from './tokenizer.ts';
import { specialTokens, trainTokenizer } from './train-tokenizer.ts';

const json = trainTokenizer(
  Array.from({ length: 20 }, () => sentences.join('\n')),
  { vocabulary: 400 },
);
const tokenizer = new Tokenizer(JSON.parse(JSON.stringify(json)));

/** Text of all kinds, spiced with spellings of special tokens. */
const anyText = fc
  .array(fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom(...specialTokens, ...sentences, ' ', '\n', '<', '<<s>')), {
    maxLength: 6,
  })
  .map((parts) => new TextDecoder().decode(new TextEncoder().encode(parts.join(''))));

describe('the tokenizer', () => {
  test('gives back any text, and never a special token, whatever the text spells', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = tokenizer.encode(text);
        expect(tokenizer.decode(ids)).toBe(text);
        expect(ids.some((id) => tokenizer.special.has(id))).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test('keeps digits apart, newlines alone, and joins words into phrases', () => {
    const pieces = (text: string) => tokenizer.encode(text).map((id) => tokenizer.decode([id]));
    expect(pieces(' 12\n\n3')).toEqual([' 1', '2', '\n', '\n', '3']);
    expect(pieces('go to cabinet 1')).toEqual(['go to', ' cabinet', ' 1']);
    for (const name of Object.keys((json as { model: { vocab: object } }).model.vocab)) expect(name).not.toMatch(/[a-z]Ġ?\d|\d[a-zĠ]/);
  });

  test('cuts text the same way however it is handed over at a prompt sign', () => {
    const [before, after] = [`${sentences[0]}\n>`, ' take mug 2 from cabinet 1\n'];
    expect([...tokenizer.encode(before), ...tokenizer.encode(after)]).toEqual(tokenizer.encode(before + after));
  });

  test('is the same file for the same texts, with exactly the asked vocabulary', () => {
    expect(
      trainTokenizer(
        Array.from({ length: 20 }, () => sentences.join('\n')),
        { vocabulary: 400 },
      ),
    ).toEqual(json);
    expect(tokenizer.vocabulary).toBeLessThanOrEqual(400);
    expect(specialTokens.map((text) => tokenizer.specialId(text))).toEqual([0, 1, 2]);
  });
});
