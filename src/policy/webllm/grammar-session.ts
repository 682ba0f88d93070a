/**
 * Conversations on the public chat call, for engines whose batched functions cannot be reached: the engine holds the answer
 * to a grammar of the commands, reads the conversation anew for each answer, and this project draws the tokens.
 */
import { UserError } from '../../lib/errors.ts';
import { Rng } from '../../lib/rng.ts';
import type { EpisodeTokens } from '../../types.ts';
import { alternatives, spans, type Road } from '../alternatives.ts';
import { logSoftmax } from '../choose.ts';
import type { ActRequest, Decision, PolicySession } from '../policy.ts';
import { buildTrie, type TrieNode } from '../trie.ts';
import { instruction, type ChatTemplate } from './chat.ts';
import type { ChatMessage } from './engine.ts';
import type { AnswerRequest, AnswerResult } from './port.ts';

interface Row extends EpisodeTokens {
  messages: ChatMessage[];
}

export class GrammarSession implements PolicySession {
  tokensFed = 0;
  private readonly rows: Row[];

  /** @param answer asks the served model, with the weights of this session's start. */
  constructor(
    private readonly template: ChatTemplate,
    private readonly context: number,
    prompts: readonly { text: string; ids: number[]; copies: number }[],
    private readonly answer: (request: AnswerRequest) => Promise<AnswerResult>,
  ) {
    this.rows = prompts.flatMap(({ text, ids, copies }) =>
      Array.from({ length: copies }, () => ({
        ids: [...ids],
        choices: [],
        messages: [
          { role: 'system' as const, content: instruction },
          { role: 'user' as const, content: template.said(text) },
        ],
      })),
    );
  }

  async act(requests: ActRequest[], { temperature }: { temperature: number }): Promise<Decision[]> {
    const decisions: Decision[] = [];
    // One after the other: the engine keeps one conversation.
    for (const request of requests) decisions.push(await this.actOne(request, temperature));
    return decisions;
  }

  private async actOne({ row: index, read, choices, rng }: ActRequest, temperature: number): Promise<Decision> {
    const row = this.row(index);
    if (choices.length === 0) throw new UserError(`Row ${index} was given no answers to choose from.`);
    const text = read === '' ? [] : this.template.reply(read);
    const answers = choices.map((choice) => this.template.answer(choice));
    const depth = Math.max(...answers.map(({ length }) => length));
    if (row.ids.length + text.length + depth > this.context) return { choice: null, logprob: 0 };
    row.ids.push(...text);
    if (read !== '') row.messages.push({ role: 'user', content: this.template.said(read) });
    // The draws are made over there; here as many are taken from the stream as were used.
    const ahead = Rng.from(rng.save());
    const result = await this.answer({
      messages: row.messages,
      texts: choices.map((choice) => choice.trim()),
      answers,
      temperature,
      uniforms: Array.from({ length: depth }, () => ahead.uniform()),
    });
    // A template of the engine's that reads otherwise than ours would learn from what was never read.
    const counted = row.ids.length - this.template.prefix;
    if (result.promptTokens !== counted) {
      throw new UserError(
        `WebLLM read the prompt as ${result.promptTokens} tokens, this page as ${counted}; this model's chat template is not understood here, so it cannot be used.`,
      );
    }
    let logprob = 0;
    let node = buildTrie(answers).root;
    const roads: Road[] = [];
    const chosen: number[] = [];
    result.steps.forEach(({ allowed, logits }, i) => {
      const id = result.ids[i] as number;
      if (allowed.length > 1) {
        const logprobs = logSoftmax(logits);
        const taken = logprobs[allowed.indexOf(id)] as number;
        allowed.forEach((other, a) => {
          if (other !== id) roads.push({ node: node.children.get(other) as TrieNode, logprob: logprob + (logprobs[a] as number) });
        });
        chosen.push(i);
        row.choices.push({ at: row.ids.length, allowed, logprob: taken });
        logprob += taken;
        rng.uniform();
      }
      row.ids.push(id);
      node = node.children.get(id) as TrieNode;
    });
    this.tokensFed += result.promptTokens + result.ids.length;
    const choice = choices[result.answer] as string;
    row.messages.push({ role: 'assistant', content: choice.trim() });
    return { choice, logprob, others: alternatives(roads, choices), chosen: spans(this.template.ends(choice), chosen) };
  }

  tokens(row: number): EpisodeTokens {
    const { ids, choices } = this.row(row);
    return { ids, choices };
  }

  finish(): void {}

  dispose(): void {}

  private row(index: number): Row {
    const row = this.rows[index];
    if (!row) throw new Error(`There is no row ${index} in this session.`);
    return row;
  }
}
