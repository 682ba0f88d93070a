/**
 * Answers as a grammar in XGrammar's EBNF, which WebLLM masks its logits with. The grammar fixes the strings; among their
 * tokenisations the walk below admits the tokenizer's own alone, since that is what WebLLM reads back in later turns and
 * what the trainer scores: so the mask is the token trie's, on both sides.
 */
import { UserError } from '../../lib/errors.ts';
import { choose } from '../choose.ts';
import { allowedIds, buildTrie, type TrieNode } from '../trie.ts';

/** A string literal; whatever a lexer might take for its own is written as a number. */
function literal(text: string): string {
  const escaped = Array.from(text, (character) => {
    const code = character.codePointAt(0) as number;
    if (character === '"' || character === '\\') return `\\${character}`;
    if (code >= 0x20 && code !== 0x7f) return character;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
  return `"${escaped.join('')}"`;
}

/** The grammar whose strings are exactly the answers. @throws UserError when there is none, or an empty one */
export function answersGrammar(answers: readonly string[]): string {
  const distinct = [...new Set(answers)];
  if (distinct.length === 0 || distinct.includes('')) throw new UserError('A grammar needs at least one answer, and none may be empty.');
  return `root ::= ${distinct.map(literal).join(' | ')}\n`;
}

/** Logits below this were masked (runtimes write the smallest number of their type). */
const masked = -1e30;

/** One token of an answer: what was allowed, and the logits of those. */
export interface AnswerStep {
  allowed: number[];
  logits: Float32Array;
}

/** Follows an answer while the engine speaks it: sees each masked distribution, draws, and leaves only the drawn token possible. */
export class AnswerWalk {
  readonly ids: number[] = [];
  readonly steps: AnswerStep[] = [];
  private node: TrieNode;
  private used = 0;

  /**
   * @param answers token ids of each answer with the token that ends it
   * @param uniforms numbers in [0, 1), one for each branching at most
   */
  constructor(
    answers: readonly number[][],
    private readonly temperature: number,
    private readonly uniforms: readonly number[],
  ) {
    this.node = buildTrie(answers).root;
  }

  /** The logits to go on with. @throws when the engine's mask forbids what the answers allow */
  next(logits_V: Float32Array): Float32Array {
    const allowed = allowedIds(this.node);
    const logits = Float32Array.from(allowed, (id) => logits_V[id] as number);
    const forbidden = allowed.find((_, i) => !((logits[i] as number) > masked));
    if (forbidden !== undefined) throw new Error(`WebLLM's grammar forbids token ${forbidden}, which begins one of the answers.`);
    const one = allowed.length === 1;
    const { index } = one ? { index: 0 } : choose(logits, this.temperature, { uniform: () => this.uniforms[this.used++] as number });
    const id = allowed[index] as number;
    this.ids.push(id);
    this.steps.push({ allowed, logits });
    this.node = this.node.children.get(id) as TrieNode;
    const out = new Float32Array(logits_V.length).fill(-3e38);
    out[id] = 0;
    return out;
  }

  /** @throws when the engine's sampler took anything else than the one token it was left */
  sampled(token: number): void {
    if (token !== this.ids.at(-1)) throw new Error(`WebLLM sampled token ${token} where only ${this.ids.at(-1)} was possible.`);
  }

  /** Index of the answer that was said; null when it was not said to its end. */
  get end(): number | null {
    return this.node.end;
  }
}
