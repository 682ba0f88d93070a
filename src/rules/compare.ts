/** Two pools side by side: which rules say the same, which nearly so, and which stand in one of them only. */

/** What comparing needs of a rule. */
export interface Said {
  scope: string;
  text: string;
  score: number;
}

export interface Comparison<A extends Said, B extends Said> {
  /** Word for word the same, for the same pool key. */
  same: { mine: A; theirs: B }[];
  /** Nearly the same: most words are shared. */
  reworded: { mine: A; theirs: B }[];
  onlyMine: A[];
  onlyTheirs: B[];
}

/** A word of more rules than this tells none of them apart; following it would make large pools of one pattern endless. */
const COMMON = 200;

/** From this share of common words on, one sentence is taken for a rewording of the other. */
const NEAR = 0.7;

const wordsOf = (text: string): Set<string> => new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []);

/** Matches each rule at most once, the most alike first; rules of different pool keys are never matched. */
export function comparePools<A extends Said, B extends Said>(mine: readonly A[], theirs: readonly B[]): Comparison<A, B> {
  const key = ({ scope, text }: Said) => `${scope}\n${text}`;
  const exact = new Map(mine.map((rule) => [key(rule), rule]));
  const same = theirs.flatMap((rule) => {
    const twin = exact.get(key(rule));
    return twin ? [{ mine: twin, theirs: rule }] : [];
  });
  const [mineTaken, theirsTaken] = [new Set<A>(same.map((pair) => pair.mine)), new Set<B>(same.map((pair) => pair.theirs))];

  // Only rules that share a word can be near: an index by word keeps large pools quick.
  const index = new Map<string, A[]>();
  const words = new Map<A, Set<string>>();
  for (const rule of mine) {
    if (mineTaken.has(rule)) continue;
    const own = wordsOf(rule.text);
    words.set(rule, own);
    for (const word of own) {
      const entry = `${rule.scope}\n${word}`;
      const list = index.get(entry);
      if (list) list.push(rule);
      else index.set(entry, [rule]);
    }
  }
  const near: { mine: A; theirs: B; likeness: number }[] = [];
  for (const rule of theirs) {
    if (theirsTaken.has(rule)) continue;
    const own = wordsOf(rule.text);
    const candidates = new Set<A>();
    for (const word of own) {
      const holders = index.get(`${rule.scope}\n${word}`) ?? [];
      if (holders.length <= COMMON) for (const other of holders) candidates.add(other);
    }
    for (const other of candidates) {
      const theirWords = words.get(other) as Set<string>;
      let shared = 0;
      for (const word of own) if (theirWords.has(word)) shared++;
      const likeness = (2 * shared) / (own.size + theirWords.size);
      if (likeness >= NEAR) near.push({ mine: other, theirs: rule, likeness });
    }
  }
  const reworded: Comparison<A, B>['reworded'] = [];
  for (const { mine: a, theirs: b } of near.sort((x, y) => y.likeness - x.likeness)) {
    if (mineTaken.has(a) || theirsTaken.has(b)) continue;
    mineTaken.add(a);
    theirsTaken.add(b);
    reworded.push({ mine: a, theirs: b });
  }
  return {
    same,
    reworded,
    onlyMine: mine.filter((rule) => !mineTaken.has(rule)),
    onlyTheirs: theirs.filter((rule) => !theirsTaken.has(rule)),
  };
}
