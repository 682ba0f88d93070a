import fc from 'fast-check';
import { expect, test } from 'vitest';
import { analyze } from './analyzer.ts';
import { byteToLength, IndexBuilder, lengthToByte } from './bm25.ts';
import { stem } from './porter.ts';
import { tokenize } from './tokenizer.ts';

test('words, numbers, ideographs, kana and emoji are cut as Lucene cuts them', () => {
  const cases: Record<string, string[]> = {
    'RM-ADU138 19V, 15.6" 4:3 x:y it\'s_ok': ['RM', 'ADU138', '19V', '15.6', '4', '3', 'x:y', "it's_ok"],
    '1,299.99 a.b. c..d': ['1,299.99', 'a.b', 'c', 'd'],
    '___ _a_ _1': ['_a_', '_1'],
    漢字かなカタカナ한국: ['漢', '字', 'か', 'な', 'カタカナ', '한국'],
    'กินข้าว ok': ['กินข้าว', 'ok'],
    '👍🏽👩‍💻❤️™ #⃣1⃣🇩🇪': ['👍🏽', '👩‍💻', '❤️', '™', '#⃣', '1⃣', '🇩🇪'],
    'צה"ל א\'': ['צה"ל', "א'"],
  };
  for (const [text, tokens] of Object.entries(cases)) expect(tokenize(text)).toEqual(tokens);
});

test('a token longer than 255 units is cut there', () => {
  expect(tokenize('a'.repeat(600)).map((token) => token.length)).toEqual([255, 255, 90]);
});

test('tokens never hold blanks and stand in the text in order', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      let at = 0;
      for (const token of tokenize(text)) {
        expect(token).not.toMatch(/[ \n\t]/);
        at = text.indexOf(token, at);
        expect(at).toBeGreaterThanOrEqual(0);
        at += token.length;
      }
    }),
  );
});

test('stems, stop words and possessives follow the analyzer of the original', () => {
  expect(analyze("The women's Dresses aren't running; of İstanbul ΣΑΣ")).toEqual(['women', 'dress', "aren't", 'run', 'istanbul', 'σασ']);
  const stems = 'ies sses eed logitryying station national relational hopping hoping falling agreed skies happy sky generalization';
  expect(stems.split(' ').map(stem).join(' ')).toBe('i ss eed logitri station nation relat hop hope fall agre ski happi sky gener');
});

test('a length survives its byte up to 40, and with four bits beyond', () => {
  for (let length = 0; length < 5000; length++) {
    const kept = byteToLength(lengthToByte(length));
    expect(kept).toBeLessThanOrEqual(length);
    if (length <= 40) expect(kept).toBe(length);
    expect(kept).toBeGreaterThanOrEqual(length * 0.88);
    expect(lengthToByte(length)).toBeLessThan(256);
  }
});

test('search finds what holds a word, best first, ties by id, at most as many as asked for', () => {
  const word = fc.constantFrom('red', 'blue', 'shoe', 'lamp', 'oak', 'tea', 'cup');
  const texts = fc.array(fc.array(word, { maxLength: 12 }), { minLength: 1, maxLength: 40 });
  fc.assert(
    fc.property(texts, fc.array(word, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 12 }), (docs, query, most) => {
      const ids = docs.map((_, i) => `id${(i * 7919) % 1000}-${i}`);
      const builder = new IndexBuilder();
      docs.forEach((doc) => builder.add(doc.join(' ')));
      const index = builder.finish(ids);
      const { docs: found, scores } = index.search(query.join(' '), most);
      const holding = docs.flatMap((doc, i) => (doc.some((w) => query.includes(w)) ? [i] : []));
      expect(found.length).toBe(Math.min(most, holding.length));
      found.forEach((doc, i) => {
        expect(holding).toContain(doc);
        if (i === 0) return;
        const [before, here] = [scores[i - 1] as number, scores[i] as number];
        expect(before).toBeGreaterThanOrEqual(here);
        if (before === here) expect((ids[found[i - 1] as number] as string) < (ids[doc] as string)).toBe(true);
      });
      // The best of a longer list are the shorter list, and a search leaves nothing behind.
      expect(index.search(query.join(' '), 50).docs.slice(0, most)).toEqual(found);
    }),
  );
});
