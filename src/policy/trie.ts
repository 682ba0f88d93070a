/** The token trie over complete answers: where it does not branch a token is forced, where it does the policy chooses. */
import { UserError } from '../lib/errors.ts';

export interface TrieNode {
  children: Map<number, TrieNode>;
  /** Index of the answer that ends here. */
  end: number | null;
}

export interface Trie {
  root: TrieNode;
  /** Tokens of the longest answer. */
  depth: number;
}

const emptyNode = (): TrieNode => ({ children: new Map(), end: null });

/** @param answers token ids of each answer; none may be a beginning of another, since nothing would say which was meant. */
export function buildTrie(answers: readonly number[][]): Trie {
  const root = emptyNode();
  let depth = 0;
  answers.forEach((ids, index) => {
    let node = root;
    for (const id of ids) {
      if (node.end !== null) throw new UserError(`Answer ${node.end} is the beginning of answer ${index}; end both with a newline.`);
      let next = node.children.get(id);
      if (!next) node.children.set(id, (next = emptyNode()));
      node = next;
    }
    if (node.children.size > 0 || ids.length === 0) {
      throw new UserError(`Answer ${index} is empty or the beginning of another answer; end answers with a newline.`);
    }
    // The first of equal answers stands for all.
    node.end ??= index;
    depth = Math.max(depth, ids.length);
  });
  return { root, depth };
}

/** Allowed ids at a node in ascending order, so that a draw does not depend on the order of the answers. */
export function allowedIds(node: TrieNode): number[] {
  return [...node.children.keys()].sort((a, b) => a - b);
}

/** Follows forced tokens from a node: the tokens, and the node that branches or ends an answer. */
export function forcedRun(node: TrieNode): { ids: number[]; node: TrieNode } {
  const ids: number[] = [];
  while (node.children.size === 1) {
    const [id, next] = node.children.entries().next().value as [number, TrieNode];
    ids.push(id);
    node = next;
  }
  return { ids, node };
}
