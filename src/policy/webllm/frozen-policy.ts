/**
 * A language model that only WebLLM can compute, as a policy that never changes: it plays and writes rules, and its
 * log-probabilities are the engine's own. What learns rules only can be run on it.
 */
import { UserError } from '../../lib/errors.ts';
import type { EpisodeTokens } from '../../types.ts';
import { logSoftmax } from '../choose.ts';
import type { AdapterState, Policy, PolicyInfo, PolicySession } from '../policy.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { cacheSentence, pagesOf } from './cache-plan.ts';
import { ChatTemplate } from './chat.ts';
import { Player } from './player.ts';
import type { Serving } from './port.ts';
import { rowsSentence, ServedModel, type ServedHooks } from './served-model.ts';

export interface FrozenPolicyOptions extends ServedHooks {
  name: string;
  /** mlc-chat-config.json */
  chatConfig: unknown;
  tokenizer: Tokenizer;
  serving: Serving;
  parameters: number;
  hash: string;
  /** Most tokens of an episode. */
  context: number;
}

/** Weights are those of the download. */
const ready = async (): Promise<void> => {};

export class FrozenPolicy implements Policy {
  readonly weightVersion = 0;
  readonly info: PolicyInfo;
  private readonly served: ServedModel;
  private readonly player: Player;

  constructor(private readonly options: FrozenPolicyOptions) {
    const { name, chatConfig, tokenizer, serving, parameters, hash, context } = options;
    this.info = { name, parameters, adapterParameters: 0, context, hash, backend: 'webgpu', frozen: true };
    this.served = new ServedModel(serving, options, rowsSentence);
    this.player = new Player(serving, this.served, new ChatTemplate(chatConfig, tokenizer), context);
  }

  /** How the served model decodes, in a sentence. */
  get how(): string {
    return this.served.how;
  }

  /** What is done with it, and what playing takes. */
  get memory(): string {
    return `Nothing here can train this model: it plays and writes rules, its weights stay as they are. ${cacheSentence(this.options.serving.info.cache)}`;
  }

  start(prompts: { text: string; copies: number }[]): Promise<PolicySession> {
    return this.player.start(prompts, ready);
  }

  /** Reads the sequences through the engine, choice by choice, as many side by side as its cache holds. */
  async logprobs(sequences: EpisodeTokens[]): Promise<Float32Array[]> {
    const { cache, decoding } = this.options.serving.info;
    const room = decoding.kind === 'batched' && cache ? cache.tokens : 0;
    const out: Float32Array[] = [];
    for (let from = 0; from < sequences.length;) {
      let to = from;
      // A row and what it was forked from.
      for (let tokens = 0; to < sequences.length; to++) {
        tokens += 2 * pagesOf((sequences[to] as EpisodeTokens).ids.length);
        if (to > from && tokens > room) break;
      }
      const part = sequences.slice(from, to);
      out.push(...(await this.served.standing(() => this.score(part))));
      from = to;
    }
    return out;
  }

  private async score(sequences: readonly EpisodeTokens[]): Promise<Float32Array[]> {
    const out = sequences.map(({ choices }) => new Float32Array(choices.length));
    const beginnings = sequences.map(({ ids, choices }) => ({ ids: ids.slice(0, choices[0]?.at ?? ids.length), copies: 1 }));
    const rows = await this.options.serving.open(beginnings);
    try {
      for (let i = 0; ; i++) {
        const asked = sequences.flatMap(({ choices }, row) => (i < choices.length ? [row] : []));
        if (asked.length === 0) return out;
        const feeds = asked.map((row) => {
          const { ids, choices } = sequences[row] as EpisodeTokens;
          const { at, allowed } = choices[i] as (typeof choices)[number];
          return { row, append: ids.slice(choices[i - 1]?.at ?? at, at), allowed, chosen: ids[at] as number };
        });
        const logits = await rows.feed(feeds.map(({ row, append, allowed }) => ({ row, append, allowed })));
        feeds.forEach(({ row, allowed, chosen }, j) => {
          (out[row] as Float32Array)[i] = logSoftmax(logits[j] as Float32Array)[allowed.indexOf(chosen)] as number;
        });
        await rows.finish(asked.filter((row) => (sequences[row] as EpisodeTokens).choices.length === i + 1));
      }
    } finally {
      await rows.dispose();
    }
  }

  update(): never {
    throw new UserError(`The weights of ${this.info.name} cannot be trained here; only methods that learn rules alone can be run on it.`);
  }

  useAdapter(): void {}

  newAdapter(): void {}

  async exportAdapter(): Promise<AdapterState> {
    return { rank: 1, alpha: 1, step: 0, weightVersion: 0, tensors: {} };
  }

  async importAdapter({ tensors }: AdapterState): Promise<void> {
    if (Object.keys(tensors).length > 0) throw new UserError(`${this.info.name} cannot be trained here, so it takes no adapter.`);
  }

  /** An answer at temperature 0, valid under a JSON schema. */
  writeJson(prompt: string, schema: object): Promise<string> {
    return this.player.write(prompt, schema, ready);
  }

  /** Tokens read and written by `writeJson` so far. */
  get tokensWritten(): number {
    return this.player.tokensWritten;
  }

  dispose(): void {
    void this.options.serving.dispose().catch(() => undefined);
  }
}
