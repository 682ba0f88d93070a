/** What `npm run bench -- --help` lists: every bench with the first sentence of its help. */
const WIDTH = 110;

export function benchList(whats: readonly (readonly [name: string, what: string])[]): string {
  const indent = Math.max(...whats.map(([name]) => name.length)) + 4;
  return whats
    .map(([name, what]) => `  ${name}`.padEnd(indent) + wrapped(firstSentence(what), WIDTH - indent).join(`\n${' '.repeat(indent)}`))
    .join('\n');
}

/** Up to the first full stop that ends a word. */
const firstSentence = (what: string): string => {
  const line = what.replaceAll('\n', ' ');
  return /^.*?\.(?= |$)/.exec(line)?.[0] ?? line;
};

function wrapped(text: string, width: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) as string;
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
