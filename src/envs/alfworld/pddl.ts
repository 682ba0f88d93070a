/** Reads PDDL text into nested lists of lower-case atoms (PDDL folds case). */
import { UserError } from '../../lib/errors.ts';

export type Expr = string | Expr[];

const blank = /\s/;

/**
 * Parses exactly one parenthesised expression; `;` starts a comment.
 * @param source names the text in error sentences.
 */
export function parsePddl(text: string, source: string): Expr[] {
  const open: Expr[][] = [];
  const openedAt: number[] = [];
  let root: Expr[] | null = null;
  let i = 0;
  const fail = (what: string, at: number): never => {
    const line = text.slice(0, at).split('\n').length;
    throw new UserError(`${source}: ${what} in line ${line} of its PDDL text; the file is damaged, download it again.`);
  };
  while (i < text.length) {
    const c = text[i] as string;
    if (blank.test(c)) {
      i++;
    } else if (c === ';') {
      const end = text.indexOf('\n', i);
      i = end < 0 ? text.length : end + 1;
    } else if (root !== null) {
      fail(`there is text after the last closing parenthesis`, i);
    } else if (c === '(') {
      open.push([]);
      openedAt.push(i++);
    } else if (c === ')') {
      const done = open.pop();
      openedAt.pop();
      if (done === undefined) return fail('a ")" closes nothing', i);
      const parent = open[open.length - 1];
      if (parent) parent.push(done);
      else root = done;
      i++;
    } else {
      const start = i;
      while (i < text.length && !/[\s();]/.test(text[i] as string)) i++;
      const parent = open[open.length - 1];
      const atom = text.slice(start, i);
      if (!parent) return fail(`"${atom.slice(0, 40)}" stands outside any parenthesis`, start);
      parent.push(atom.toLowerCase());
    }
  }
  if (root === null) return fail('a "(" is never closed', openedAt[openedAt.length - 1] ?? 0);
  return root;
}

/** Writes an expression back as text; the inverse of `parsePddl` on lower-case atoms. */
export function printPddl(expr: Expr): string {
  return typeof expr === 'string' ? expr : `(${expr.map(printPddl).join(' ')})`;
}
