/** Word diff: what was taken out of a sentence and what was put in. */
import { diffArrays } from 'diff';

export interface Piece {
  kind: 'same' | 'del' | 'ins';
  text: string;
}

/** Pieces in reading order, whole words each; deletions come before insertions. */
export function wordDiff(before: string, after: string): Piece[] {
  const words = (text: string) => text.split(/\s+/).filter(Boolean);
  return diffArrays(words(before), words(after)).map(({ added, removed, value }) => ({
    kind: added ? 'ins' : removed ? 'del' : 'same',
    text: value.join(' '),
  }));
}
