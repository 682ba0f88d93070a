/** What a walk along the answers' trie passed by: the likeliest answers not taken, and which tokens were chosen. */
import type { Alternative } from '../types.ts';
import type { TrieNode } from './trie.ts';

/** A branch that was not taken. */
export interface Road {
  node: TrieNode;
  /** log of the probability of going there from the root, in nats. */
  logprob: number;
}

/** Kept of every turn: enough to read, small to store. */
const MOST = 3;
const LEAST = Math.log(0.01);

/** The likeliest roads, at most three of at least one percent; a road with several answers is told by what they share. */
export function alternatives(roads: readonly Road[], answers: readonly string[]): Alternative[] {
  return roads
    .filter(({ logprob }) => logprob >= LEAST)
    .sort((a, b) => b.logprob - a.logprob)
    .slice(0, MOST)
    .map(({ node, logprob }) => {
      const below = answersBelow(node).map((end) => answers[end] as string);
      const action = below.length === 1 ? (below[0] as string) : `${beginning(below)}…`;
      return { action, logprob: Math.round(logprob * 1e4) / 1e4 };
    });
}

function answersBelow(node: TrieNode): number[] {
  return [...(node.end === null ? [] : [node.end]), ...[...node.children.values()].flatMap(answersBelow)];
}

function beginning([first = '', ...rest]: readonly string[]): string {
  let length = first.length;
  for (const text of rest) while (!text.startsWith(first.slice(0, length))) length--;
  return first.slice(0, length);
}

/** Spans [from, to) of the chosen tokens, neighbours joined; `ends` says where each token of the answer ends in it. */
export function spans(ends: readonly number[], chosen: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const index of chosen) {
    const from = index === 0 ? 0 : (ends[index - 1] as number);
    const to = ends[index] as number;
    const last = found.at(-1);
    if (last && last[1] === from) last[1] = to;
    else found.push([from, to]);
  }
  return found;
}
