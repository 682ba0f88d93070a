/** Episodes as conversations: the model's own chat template, as token ids that no text of an episode can imitate. */
import { UserError } from '../../lib/errors.ts';
import type { Tokenizer } from '../tokenizer.ts';

/** The fields of mlc-chat-config.json's conv_template that matter for two roles. */
export interface ConvTemplate {
  system_template: string;
  system_prefix_token_ids?: number[];
  roles: { user: string; assistant: string };
  seps: string[];
  role_content_sep?: string;
  role_empty_sep?: string;
  stop_token_ids: number[];
  add_role_after_system_message?: boolean;
}

/** What the model is told before the first observation. */
export const instruction =
  'You play a text game. Read the task and the rules, then answer every observation with one command and nothing else.';

/** Texts of the policy's interface end with this mark of who speaks next; in a chat the roles say it. */
const speakMark = /\n?>$/;

export class ChatTemplate {
  private readonly conv: ConvTemplate;
  /** Ends the model's turn: of the tokens that stop it, the one with which the template ends an answer. */
  readonly stop: number;
  /** What stands in the template after that token, before the next turn. */
  private readonly afterStop: number[];
  /** A model without roles goes on with plain text. */
  readonly plain: boolean;

  /** @param config mlc-chat-config.json */
  constructor(
    config: unknown,
    private readonly tokenizer: Tokenizer,
  ) {
    const conv = (config as { conv_template?: ConvTemplate } | null)?.conv_template;
    if (!conv?.roles || !Array.isArray(conv.seps) || !Array.isArray(conv.stop_token_ids)) {
      throw new UserError('mlc-chat-config.json has no usable conv_template; this model cannot hold a conversation here.');
    }
    this.conv = conv;
    this.plain = conv.roles.assistant === '' && conv.roles.user === '';
    // Qwen's and Llama 3's lists begin with <|endoftext|>, which ends a document, not a turn.
    const after = tokenizer.encodeMarkup(conv.seps[conv.seps.length > 1 ? 1 : 0] ?? '');
    const at = after.findIndex((id) => conv.stop_token_ids.includes(id));
    const stop = after[at] ?? conv.stop_token_ids[0];
    if (stop === undefined && !this.plain) throw new UserError("The model's conv_template names no token that ends a turn.");
    this.stop = stop ?? -1;
    this.afterStop = after.slice(at + 1);
  }

  /** Tokens at the very beginning that come from no text; WebLLM reads them, but does not count them. */
  get prefix(): number {
    return this.conv.system_prefix_token_ids?.length ?? 0;
  }

  /** Ids of everything up to where the model speaks for the first time. */
  opening(text: string): number[] {
    const { conv, tokenizer } = this;
    const first = conv.system_prefix_token_ids ?? [];
    if (this.plain) return [...first, ...tokenizer.encode(text)];
    const [before = '', after = ''] = conv.system_template.split('{system_message}');
    const system = [...tokenizer.encodeMarkup(before), ...tokenizer.encode(instruction), ...tokenizer.encodeMarkup(after)];
    return [...first, ...system, ...this.user(text, conv.add_role_after_system_message !== false)];
  }

  /** Ids of an observation after an answer, up to where the model speaks again. */
  reply(text: string): number[] {
    if (this.plain) return this.tokenizer.encode(text);
    // The answer ended with the stop token; what else separates turns is read with the observation.
    return [...this.afterStop, ...this.user(text, true)];
  }

  /** A text of the policy's interface as a message's content. */
  said(text: string): string {
    return text.replace(speakMark, '');
  }

  private user(text: string, named: boolean): number[] {
    const { roles, seps, role_content_sep: content = ': ', role_empty_sep: empty = ':' } = this.conv;
    return [
      ...(named ? this.tokenizer.encodeMarkup(roles.user + content) : []),
      ...this.tokenizer.encode(this.said(text)),
      ...this.tokenizer.encodeMarkup(`${seps[0] ?? ''}${roles.assistant}${empty}`),
    ];
  }

  /** Where each token of a complete answer ends in its text (the token that ends it: at the text's end). */
  ends(text: string): readonly number[] {
    if (this.plain) return this.tokenizer.ends(text);
    const skipped = text.length - text.trimStart().length;
    return [...this.tokenizer.ends(text.trim()).map((end) => skipped + end), text.length];
  }

  /** Ids of a complete answer with the token that ends it. */
  answer(text: string): number[] {
    return this.plain ? this.tokenizer.encode(text) : [...this.tokenizer.encode(text.trim()), this.stop];
  }
}
