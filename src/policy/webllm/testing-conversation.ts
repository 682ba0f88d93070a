/** How WebLLM reads conversations, for the engine of the tests: message by message as strings, independent of `chat.ts`. */
import type { Tokenizer } from '../tokenizer.ts';
import type { ConvTemplate } from './chat.ts';
import type { ChatMessage } from './engine.ts';

/** The model's template (mlc-chat-config.json's conv_template) and tokenizer. */
export interface FakeChat {
  conv: ConvTemplate;
  tokenizer: Tokenizer;
}

const same = (a: readonly ChatMessage[], b: readonly ChatMessage[]): boolean =>
  a.length === b.length && a.every(({ role, content }, i) => role === b[i]?.role && content === b[i]?.content);

/** One engine's conversation: what has been said, and which tokens lie in its key-value cache. */
export class FakeConversation {
  ids: number[] = [];
  private said: ChatMessage[] = [];

  reset(): void {
    this.ids = [];
    this.said = [];
  }

  /**
   * Reads what of a request has not been read yet. @returns how many tokens WebLLM says it has read.
   *
   * A request that goes on where the last answer ended has only its last message read. The token that ended the answer was
   * never fed, nor is what the template puts behind it: WebLLM's prefix of a continued conversation differs from that of a new one.
   */
  read({ conv, tokenizer }: FakeChat, messages: readonly ChatMessage[]): number {
    const goesOn = this.said.length > 0 && same(this.said, messages.slice(0, -1));
    const [system, ...turns] = messages as [ChatMessage, ...ChatMessage[]];
    const texts = turns.map(({ role, content }, i) => {
      const bare = conv.add_role_after_system_message === false && i === 0;
      const name = bare ? '' : conv.roles[role as 'user'] + (conv.role_content_sep ?? ': ');
      return name + content + (conv.seps[i % conv.seps.length] as string);
    });
    const header = conv.roles.assistant + (conv.role_empty_sep ?? ': ');
    const unread = goesOn
      ? [texts.at(-1) as string, header]
      : [conv.system_template.replace('{system_message}', system.content), ...texts, header];
    if (!goesOn) this.ids = [...(conv.system_prefix_token_ids ?? [])];
    const ids = unread.flatMap((text) => tokenizer.encodeMarkup(text));
    this.ids.push(...ids);
    this.said = [...messages];
    return ids.length;
  }

  answered(content: string): void {
    this.said.push({ role: 'assistant', content });
  }
}
