/** The twelve task sentences: writing them from a goal, and reading a goal back from one. */
import type { Family, Goal } from './game.ts';

const adjectives = { heat: 'hot', cool: 'cool', clean: 'clean' } as const;

/** The two sentences of a goal, with their full stops. */
export function sentences({ family, object, target }: Goal): [string, string] {
  if (family === 'pick') return [`put a ${object} in ${target}.`, `put some ${object} on ${target}.`];
  if (family === 'two') return [`put two ${object} in ${target}.`, `find two ${object} and put them in ${target}.`];
  if (family === 'look') return [`look at ${object} under the ${target}.`, `examine the ${object} with the ${target}.`];
  return [`put a ${adjectives[family]} ${object} in ${target}.`, `${family} some ${object} and put it in ${target}.`];
}

const patterns: [RegExp, Family][] = [
  [/^(?:look at|examine the) (?<object>\w+) (?:under|with) the (?<target>\w+)$/, 'look'],
  [/^put two (?<object>\w+) in (?<target>\w+)$/, 'two'],
  [/^find two (?<object>\w+) and put them in (?<target>\w+)$/, 'two'],
  ...Object.entries(adjectives).flatMap(([family, adjective]): [RegExp, Family][] => [
    [new RegExp(`^put a ${adjective} (?<object>\\w+) in (?<target>\\w+)$`), family as Family],
    [new RegExp(`^${family} some (?<object>\\w+) and put it in (?<target>\\w+)$`), family as Family],
  ]),
  [/^put (?:a|some) (?<object>\w+) (?:in|on) (?<target>\w+)$/, 'pick'],
];

/** The goal that a task sentence states (full stop optional), or null for a sentence in other words. */
export function parseSentence(sentence: string): Goal | null {
  const text = sentence.trim().replace(/\.$/, '');
  for (const [pattern, family] of patterns) {
    const found = pattern.exec(text)?.groups;
    if (found) return { family, object: found.object as string, target: found.target as string };
  }
  return null;
}
