/** The reflector that is a language model: the policy itself, its adapter off, writes edits line by line under the grammar. */
import { UserError } from '../lib/errors.ts';
import { Rng } from '../lib/rng.ts';
import type { Policy, PolicySession } from '../policy/policy.ts';
import type { RuleEdit } from '../types.ts';
import { candidateRules } from './candidates.ts';
import { scopeFor } from './keys.ts';
import { DONE, editLines, lineText, MOST_EDITS, MOST_RULES, nextLine, parseEdits, promptOf, reflectionView, type ReflectionView } from './reflection-text.ts';
import type { ProposedEdit, ReflectInput, Reflector } from './reflector.ts';

/**
 * Less sure than this, an edit is not made and the answer ends: on contrast pairs with a known truth the small policy was right in
 * nine of ten edits that it gave more than half of its probability, and in a third of the others.
 */
const LEAST_SURE = 0.5;

/** Every line that may come next: DONE, votes, and each candidate sentence as a new rule or in the place of listed ones. */
export function possibleLines({ keys, rules }: ReflectionView, sentences: readonly string[], taken: readonly RuleEdit[]): string[] {
  const touched = new Set(taken.flatMap((edit) => (edit.op === 'MERGE' ? edit.ids : edit.op === 'ADD' ? [] : [edit.id])));
  const free = rules.filter((rule) => !touched.has(rule.id));
  const said = new Set([...rules.map((rule) => rule.text), ...taken.flatMap((edit) => ('text' in edit ? [edit.text] : []))]);
  const fresh = sentences.filter((text) => !said.has(text));
  const edits: RuleEdit[] = [
    ...free.flatMap(({ id }): RuleEdit[] => [{ op: 'UPVOTE', id }, { op: 'DOWNVOTE', id }]),
    ...fresh.flatMap((text): RuleEdit[] => [{ op: 'ADD', scope: scopeFor(text, keys), text }, ...free.map(({ id }): RuleEdit => ({ op: 'EDIT', id, text }))]),
    // A merge keeps the words of one of its parts.
    ...free.flatMap((a, i) => free.slice(i + 1).map((b): RuleEdit => ({ op: 'MERGE', ids: [a.id, b.id], text: a.text }))),
  ];
  return [DONE, ...editLines(edits, rules.map((rule) => rule.id))];
}

export class PolicyReflector implements Reflector {
  readonly name: string;
  private fed = 0;

  constructor(private readonly policy: Policy) {
    this.name = `${policy.info.name}, adapter off`;
  }

  /** Tokens fed to the model for reflection so far. */
  get tokensFed(): number {
    return this.fed;
  }

  async reflect(input: ReflectInput): Promise<ProposedEdit[]> {
    const { view, session } = await this.open(input);
    const ids = view.rules.map((rule) => rule.id);
    const trajectories = view.episodes.map((episode) => episode.id);
    const sentences = candidateRules(view);
    const proposals: ProposedEdit[] = [];
    try {
      for (let read = ''; proposals.length < MOST_EDITS; read = nextLine) {
        const lines = possibleLines(view, sentences, proposals.map(({ edit }) => edit));
        // Greedy, as the paper's reflector at temperature 0: the generator is asked for but decides nothing.
        const request = { row: 0, read, choices: lines.map(lineText), rng: new Rng(0) };
        const [decision] = await session.act([request], { temperature: 0 });
        if (!decision || decision.choice === null) break;
        const probability = Math.exp(decision.logprob);
        if (probability < LEAST_SURE) break;
        const [edit] = parseEdits(decision.choice, ids, input.keys).edits;
        if (!edit) break;
        proposals.push({ edit, why: `Written by the model with probability ${probability.toFixed(2)}.`, trajectories });
      }
    } finally {
      this.fed += session.tokensFed;
      session.dispose();
    }
    return proposals;
  }

  /** Rules in a language that the tokenizer spells byte by byte may not fit the context: then fewer are listed. */
  private async open(input: ReflectInput): Promise<{ view: ReflectionView; session: PolicySession }> {
    this.policy.useAdapter(false);
    try {
      for (let rules = MOST_RULES; ; rules = Math.floor(rules / 2)) {
        const view = reflectionView(input, rules);
        try {
          return { view, session: await this.policy.start([{ text: promptOf(view), copies: 1 }]) };
        } catch (error) {
          if (!(error instanceof UserError) || rules === 0) throw error;
        }
      }
    } finally {
      this.policy.useAdapter(true);
    }
  }
}
