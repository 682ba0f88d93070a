import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Tokenizer } from '../tokenizer.ts';
import { trainTokenizer } from '../train-tokenizer.ts';
import { buildTrie } from '../trie.ts';
import { answersGrammar, AnswerWalk } from './grammar.ts';
import { grammarStrings } from './testing-grammar.ts';

const tokenizer = new Tokenizer(trainTokenizer(['go to cabinet 1', 'go to cabinet 12', 'take mug 2 from shelf'], { vocabulary: 280 }));
const stop = 2;
const ids = (text: string) => [...tokenizer.encode(text), stop];
const command = fc.oneof(
  fc.constantFrom(
    'go to drawer 1',
    'go to drawer 12',
    'go',
    'search["4k" TV]',
    'back\\slash',
    'tab\there',
    'line\nbreak',
    '</s>',
    'größe 🛒',
  ),
  fc.string({ minLength: 1, maxLength: 12 }),
);
const commands = fc.uniqueArray(command, { minLength: 1, maxLength: 8 });

/** Does the trie lead from its root over these ids to the end of an answer? */
function accepts(answers: string[], said: number[]): boolean {
  let node = buildTrie(answers.map(ids)).root;
  for (const id of said) {
    const next = node.children.get(id);
    if (!next) return false;
    node = next;
  }
  return node.end !== null;
}

describe('grammar and trie', () => {
  test('accept the same strings, whatever the commands hold', () => {
    fc.assert(
      fc.property(commands, command, (answers, other) => {
        const strings = grammarStrings(answersGrammar(answers));
        expect(new Set(strings)).toEqual(new Set(answers));
        for (const text of [...answers, other, ...answers.map((answer) => answer.slice(0, -1)), ...answers.map((answer) => `${answer}x`)]) {
          expect(accepts(answers, ids(text)), text).toBe(strings.includes(text));
        }
      }),
    );
  });

  test('a list without answers, or with an empty one, is refused', () => {
    expect(() => answersGrammar([])).toThrow(/at least one answer/);
    expect(() => answersGrammar(['look', ''])).toThrow(/none may be empty/);
  });
});

describe('the walk through an answer', () => {
  const answers = ['go to cabinet 1', 'go to cabinet 12', 'look'];
  const logits = Float32Array.from({ length: 300 }, (_, id) => Math.sin(id));

  test('leaves one token at a time, and ends where an answer ends', () => {
    const walk = new AnswerWalk(answers.map(ids), 1, [0.999, 0.1, 0.5, 0.5]);
    while (walk.end === null) {
      const left = walk.next(logits);
      const possible = [...left.keys()].filter((id) => (left[id] as number) > -1e30);
      expect(possible).toEqual([walk.ids.at(-1)]);
      walk.sampled(possible[0] as number);
    }
    expect(tokenizer.decode(walk.ids.slice(0, -1))).toBe(answers[walk.end]);
    expect(walk.ids.at(-1)).toBe(stop);
    expect(
      walk.steps.every(({ allowed, logits: some }, i) => allowed.includes(walk.ids[i] as number) && allowed.length === some.length),
    ).toBe(true);
  });

  test('an engine that masks what an answer needs, or samples something else, is found out', () => {
    const masked = logits.map((logit, id) => (id === tokenizer.encode('look')[0] ? -3.4e38 : logit));
    expect(() => new AnswerWalk(answers.map(ids), 1, [0.5]).next(masked)).toThrow(/grammar forbids token/);
    const walk = new AnswerWalk(answers.map(ids), 1, [0.5]);
    walk.next(logits);
    expect(() => walk.sampled(0)).toThrow(/sampled token 0 where only/);
  });
});
