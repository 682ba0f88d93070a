/** A served model as one that plays and writes: conversations in its chat template, and answers under a schema. */
import { UserError } from '../../lib/errors.ts';
import type { PolicySession } from '../policy.ts';
import type { ChatTemplate } from './chat.ts';
import { GrammarSession } from './grammar-session.ts';
import type { Serving } from './port.ts';
import type { ServedModel } from './served-model.ts';
import { ServedSession } from './session.ts';

/** Makes sure that the right weights are served. */
export type Ready = () => Promise<void>;

export class Player {
  /** Tokens read and written by `write` so far. */
  tokensWritten = 0;

  /** @param context most tokens of an episode */
  constructor(
    private readonly serving: Serving,
    private readonly served: ServedModel,
    private readonly template: ChatTemplate,
    private readonly context: number,
  ) {}

  async start(prompts: readonly { text: string; copies: number }[], ready: Ready): Promise<PolicySession> {
    const { context, serving, served, template } = this;
    const opened = prompts.map(({ text, copies }) => ({ text, ids: template.opening(text), copies }));
    for (const { ids } of opened) {
      if (ids.length > context) {
        throw new UserError(`A prompt has ${ids.length} tokens, but the policy's context is ${context}; use fewer or shorter rules.`);
      }
    }
    await served.standing(ready);
    // A model without roles cannot be asked by chat.
    if (serving.info.decoding.kind === 'single' && !template.plain) {
      return new GrammarSession(template, context, opened, (request) =>
        served.standing(async () => {
          await ready();
          return serving.answer(request);
        }),
      );
    }
    const open = async () => {
      const sequences = await served.standing(async () => {
        await ready();
        return serving.open(opened);
      });
      served.tell();
      return sequences;
    };
    return new ServedSession(await open(), template, context, opened, {
      room: () => (serving.info.decoding.kind === 'batched' ? (serving.info.cache?.tokens ?? 0) : 0),
      ready: () => served.standing(ready),
      again: async () => {
        await served.rebuild();
        return open();
      },
    });
  }

  /** An answer at temperature 0, valid under a JSON schema. */
  async write(prompt: string, schema: object, ready: Ready): Promise<string> {
    const { text, tokens } = await this.served.standing(async () => {
      await ready();
      return this.serving.write(prompt, schema, 512);
    });
    this.tokensWritten += tokens;
    return text;
  }
}
