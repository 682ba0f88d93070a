/** Conversations on a served model: walks each answer's token trie and draws where it branches, with this project's own generator. */
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import type { EpisodeTokens } from '../../types.ts';
import { alternatives, spans, type Road } from '../alternatives.ts';
import { choose } from '../choose.ts';
import type { ActRequest, Decision, PolicySession } from '../policy.ts';
import { allowedIds, buildTrie, forcedRun } from '../trie.ts';
import type { TrieNode } from '../trie.ts';
import { pagesOf } from './cache-plan.ts';
import type { ChatTemplate } from './chat.ts';
import { EngineLost } from './lost.ts';
import type { Sequences } from './sequences.ts';

interface Row extends EpisodeTokens {
  /** How many of `ids` have been handed to the model, and how many the prompt had. */
  sent: number;
  prompt: number;
  /** Which prompt that is, and how many tokens the row's last turn had. */
  from: number;
  turn: number;
}

interface Walk {
  row: number;
  node: TrieNode;
  logprob: number;
  rng: Rng;
  /** Tokens of the answer so far, which of them were chosen, and what was passed by. */
  said: number;
  chosen: number[];
  roads: Road[];
}

/** So often one step is tried again after the device went away. */
const mostRepeats = 2;

export class ServedSession implements PolicySession {
  private readonly rows: Row[];

  /** Tokens fed to sequences that were lost. */
  private fedBefore = 0;

  constructor(
    private sequences: Sequences,
    private readonly template: ChatTemplate,
    private readonly context: number,
    prompts: readonly { ids: number[]; copies: number }[],
    private readonly served: {
      /** Tokens of keys and values that rows have together; 0 where they advance one at a time. */
      room: () => number;
      /** Makes sure that the weights of this session's start are the ones served. */
      ready: () => Promise<void>;
      /** Loads the model again and begins the same sequences anew. */
      again: () => Promise<Sequences>;
    },
  ) {
    this.rows = prompts.flatMap(({ ids, copies }, from) =>
      Array.from({ length: copies }, () => ({ ids: [...ids], choices: [], sent: ids.length, prompt: ids.length, from, turn: 0 })),
    );
  }

  get tokensFed(): number {
    return this.fedBefore + this.sequences.tokensFed;
  }

  tokens(row: number): EpisodeTokens {
    const { ids, choices } = this.row(row);
    return { ids, choices };
  }

  /** As many of the first as the cache holds with another turn like their last: who has to leave it is read again from the start. */
  fitting(rows: readonly number[]): number[] {
    const room = this.served.room();
    const parents = new Set<number>();
    let tokens = 0;
    const end = rows.findIndex((index, i) => {
      const { ids, from, prompt, turn } = this.row(index);
      if (!parents.has(from)) tokens += pagesOf(prompt);
      parents.add(from);
      tokens += pagesOf(ids.length + turn);
      return i > 0 && tokens > room;
    });
    return end < 0 ? [...rows] : rows.slice(0, end);
  }

  finish(rows: number[]): void {
    // Its order with later calls is kept by the sequences; a failure shows at the next one.
    void this.sequences.finish(rows).catch(() => undefined);
  }

  dispose(): void {
    void this.sequences.dispose().catch(() => undefined);
  }

  async act(requests: ActRequest[], { temperature }: { temperature: number }): Promise<Decision[]> {
    await this.served.ready();
    const decisions: Decision[] = requests.map(() => ({ choice: null, logprob: 0 }));
    const walks = new Map<number, Walk>();
    requests.forEach(({ row: index, read, choices, rng }, i) => {
      const row = this.row(index);
      if (choices.length === 0) throw new UserError(`Row ${index} was given no answers to choose from.`);
      const text = read === '' ? [] : this.template.reply(read);
      const trie = buildTrie(choices.map((choice) => this.template.answer(choice)));
      if (row.ids.length + text.length + trie.depth > this.context) return;
      row.turn = text.length + trie.depth;
      row.ids.push(...text);
      walks.set(i, { row: index, node: trie.root, logprob: 0, rng, said: 0, chosen: [], roads: [] });
    });
    for (;;) {
      for (const [i, walk] of walks) {
        const run = forcedRun(walk.node);
        this.row(walk.row).ids.push(...run.ids);
        walk.said += run.ids.length;
        walk.node = run.node;
        if (run.node.end !== null) {
          decisions[i] = this.decided(walk, (requests[i] as ActRequest).choices, run.node.end);
          walks.delete(i);
        }
      }
      if (walks.size === 0) return decisions;
      const active = [...walks.values()];
      const allowed = active.map(({ node }) => allowedIds(node));
      const logits = await this.feed(
        active.map(({ row }) => row),
        allowed,
      );
      active.forEach((walk, j) => this.take(walk, allowed[j] as number[], logits[j] as Float32Array, temperature));
    }
  }

  private decided({ logprob, roads, chosen }: Walk, choices: readonly string[], end: number): Decision {
    const choice = choices[end] as string;
    return { choice, logprob, others: alternatives(roads, choices), chosen: spans(this.template.ends(choice), chosen) };
  }

  /** Logits of the allowed tokens after each row's last one; when the device goes away, everything said so far is read again. */
  private async feed(rows: number[], allowed: number[][]): Promise<Float32Array[]> {
    for (let left = mostRepeats; ; left--) {
      try {
        return await this.sequences.feed(
          rows.map((index, j) => {
            const row = this.row(index);
            const append = row.ids.slice(row.sent);
            row.sent = row.ids.length;
            return { row: index, append, allowed: allowed[j] as number[] };
          }),
        );
      } catch (error) {
        if (!(error instanceof EngineLost) || left === 0) throw error;
        const { tokensFed } = this.sequences;
        this.sequences = await this.served.again();
        this.fedBefore += tokensFed;
        for (const row of this.rows) row.sent = row.prompt;
      }
    }
  }

  private take(walk: Walk, allowed: number[], logits: Float32Array, temperature: number): void {
    const row = this.row(walk.row);
    const { index, logprob, logprobs } = choose(logits, temperature, walk.rng);
    const id = allowed[index] as number;
    allowed.forEach((other, i) => {
      if (i !== index)
        walk.roads.push({ node: walk.node.children.get(other) as TrieNode, logprob: walk.logprob + (logprobs[i] as number) });
    });
    walk.chosen.push(walk.said++);
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
