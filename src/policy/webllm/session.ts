/** Conversations on a served model: walks each answer's token trie and draws where it branches, with this project's own generator. */
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import type { EpisodeTokens } from '../../types.ts';
import { choose } from '../choose.ts';
import type { ActRequest, Decision, PolicySession } from '../policy.ts';
import { allowedIds, buildTrie, forcedRun } from '../trie.ts';
import type { TrieNode } from '../trie.ts';
import type { ChatTemplate } from './chat.ts';
import type { Sequences } from './sequences.ts';

interface Row extends EpisodeTokens {
  /** How many of `ids` have been handed to the model. */
  sent: number;
}

interface Walk {
  row: number;
  node: TrieNode;
  logprob: number;
  rng: Rng;
}

export class ServedSession implements PolicySession {
  private readonly rows: Row[];

  /** @param ready makes sure, before each use, that the weights of this session's start are the ones served. */
  constructor(
    private readonly sequences: Sequences,
    private readonly template: ChatTemplate,
    private readonly context: number,
    prompts: readonly { ids: number[]; copies: number }[],
    private readonly ready: () => Promise<void>,
  ) {
    this.rows = prompts.flatMap(({ ids, copies }) =>
      Array.from({ length: copies }, () => ({ ids: [...ids], choices: [], sent: ids.length })),
    );
  }

  get tokensFed(): number {
    return this.sequences.tokensFed;
  }

  tokens(row: number): EpisodeTokens {
    const { ids, choices } = this.row(row);
    return { ids, choices };
  }

  finish(rows: number[]): void {
    // Its order with later calls is kept by the sequences; a failure shows at the next one.
    void this.sequences.finish(rows).catch(() => undefined);
  }

  dispose(): void {
    void this.sequences.dispose().catch(() => undefined);
  }

  async act(requests: ActRequest[], { temperature }: { temperature: number }): Promise<Decision[]> {
    await this.ready();
    const decisions: Decision[] = requests.map(() => ({ choice: null, logprob: 0 }));
    const walks = new Map<number, Walk>();
    requests.forEach(({ row: index, read, choices, rng }, i) => {
      const row = this.row(index);
      if (choices.length === 0) throw new UserError(`Row ${index} was given no answers to choose from.`);
      const text = read === '' ? [] : this.template.reply(read);
      const trie = buildTrie(choices.map((choice) => this.template.answer(choice)));
      if (row.ids.length + text.length + trie.depth > this.context) return;
      row.ids.push(...text);
      walks.set(i, { row: index, node: trie.root, logprob: 0, rng });
    });
    for (;;) {
      for (const [i, walk] of walks) {
        const run = forcedRun(walk.node);
        this.row(walk.row).ids.push(...run.ids);
        walk.node = run.node;
        if (run.node.end !== null) {
          decisions[i] = { choice: (requests[i] as ActRequest).choices[run.node.end] as string, logprob: walk.logprob };
          walks.delete(i);
        }
      }
      if (walks.size === 0) return decisions;
      const active = [...walks.values()];
      const allowed = active.map(({ node }) => allowedIds(node));
      const logits = await this.sequences.feed(
        active.map(({ row: index }, j) => {
          const row = this.row(index);
          const append = row.ids.slice(row.sent);
          row.sent = row.ids.length;
          return { row: index, append, allowed: allowed[j] as number[] };
        }),
      );
      active.forEach((walk, j) => this.take(walk, allowed[j] as number[], logits[j] as Float32Array, temperature));
    }
  }

  private take(walk: Walk, allowed: number[], logits: Float32Array, temperature: number): void {
    const row = this.row(walk.row);
    const { index, logprob } = choose(logits, temperature, walk.rng);
    const id = allowed[index] as number;
    row.choices.push({ at: row.ids.length, allowed, logprob });
    row.ids.push(id);
    walk.logprob += logprob;
    walk.node = walk.node.children.get(id) as TrieNode;
  }

  private row(index: number): Row {
    const row = this.rows[index];
    if (!row) throw new Error(`There is no row ${index} in this session.`);
    return row;
  }
}
