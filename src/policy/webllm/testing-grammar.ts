/** A reader of grammars for tests, independent of what writes them. */

/** The strings of a grammar that is one rule of literals: an EBNF reader of its own, as strict as its few forms allow. */
export function grammarStrings(grammar: string): string[] {
  let at = 0;
  const fail = (): never => {
    throw new Error(`EBNF parse error at ${at}: ${grammar.slice(at, at + 20)}`);
  };
  const skip = (pattern: RegExp): string => {
    const found = pattern.exec(grammar.slice(at));
    if (!found || found.index !== 0) return fail();
    at += found[0].length;
    return found[0];
  };
  skip(/root\s*::=\s*/);
  const strings: string[] = [];
  for (;;) {
    skip(/"/);
    let text = '';
    while (grammar[at] !== '"') {
      const plain = skip(/\\u[0-9a-f]{4}|\\["\\]|[^\\"\n\r]/);
      text += plain.length === 6 && plain.startsWith('\\u') ? String.fromCharCode(parseInt(plain.slice(2), 16)) : plain.replace(/^\\/, '');
    }
    at++;
    strings.push(text);
    if (/^\s*$/.test(grammar.slice(at))) return strings;
    skip(/\s*\|\s*/);
  }
}
