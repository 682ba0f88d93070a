import { expect, test } from 'vitest';
import { alternatives, spans } from './alternatives.ts';
import { buildTrie, type TrieNode } from './trie.ts';

const answers = [' go to fridge 1\n', ' go to shelf 1\n', ' look\n'];
// One id per word and one for each line end, as a tokenizer with whole words would give.
const trie = buildTrie([
  [1, 2, 3, 9],
  [1, 2, 4, 9],
  [5, 9],
]);
const child = (node: TrieNode, id: number) => node.children.get(id) as TrieNode;

test('a road with one answer is told in full, one with several by their common beginning', () => {
  const roads = [
    { node: child(trie.root, 5), logprob: Math.log(0.2) },
    { node: child(trie.root, 1), logprob: Math.log(0.5) },
  ];
  expect(alternatives(roads, answers)).toEqual([
    { action: ' go to …', logprob: -0.6931 },
    { action: ' look\n', logprob: -1.6094 },
  ]);
});

test('at most three are kept, and none below one percent', () => {
  const road = (p: number) => ({ node: child(trie.root, 5), logprob: Math.log(p) });
  expect(alternatives([0.005, 0.3, 0.1, 0.2, 0.05].map(road), answers).map(({ logprob }) => Math.exp(logprob).toFixed(2))).toEqual([
    '0.30',
    '0.20',
    '0.10',
  ]);
});

test('chosen tokens become spans of the text, neighbours joined', () => {
  // " go", " to", " fridge", " 1", newline
  expect(spans([3, 6, 13, 15, 16], [2])).toEqual([[6, 13]]);
  expect(spans([3, 6, 13, 15, 16], [0, 2, 3])).toEqual([
    [0, 3],
    [6, 15],
  ]);
});
