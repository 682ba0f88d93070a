import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Expr } from './pddl.ts';
import { parsePddl, printPddl } from './pddl.ts';

const atom = fc.stringMatching(/^[a-z?:=_0-9-]{1,12}$/);
const { tree } = fc.letrec<{ tree: Expr; list: Expr[] }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small' }, atom, tie('list')),
  list: fc.array(tie('tree'), { maxLength: 5 }),
}));

test('what was printed is parsed back to the same expression', () => {
  fc.assert(
    fc.property(fc.array(tree, { maxLength: 6 }), (expr) => {
      expect(parsePddl(printPddl(expr), 'x')).toEqual(expr);
    }),
  );
});

test('case is folded and comments are skipped', () => {
  expect(parsePddl('(And ; (not this)\n (isHot ?O))', 'x')).toEqual(['and', ['ishot', '?o']]);
});

test('damaged text is refused with a sentence that names the file, the fault and the line', () => {
  expect(() => parsePddl('(a\n(b c)', 'game 7')).toThrow('game 7: a "(" is never closed in line 1');
  expect(() => parsePddl('(a))', 'game 7')).toThrow('game 7: there is text after the last closing parenthesis in line 1');
  expect(() => parsePddl(')', 'game 7')).toThrow('a ")" closes nothing');
  expect(() => parsePddl('\nhello', 'game 7')).toThrow('"hello" stands outside any parenthesis in line 2');
  expect(() => parsePddl('', 'game 7')).toThrow('game 7');
});

test('any text gives an expression or a sentence, never another error', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('(', ')', ' ', 'a', ';', '\n') }), (text) => {
      try {
        expect(Array.isArray(parsePddl(text, 'x'))).toBe(true);
      } catch (error) {
        expect((error as Error).name).toBe('UserError');
      }
    }),
  );
});
