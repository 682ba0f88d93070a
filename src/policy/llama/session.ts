/** Conversations that advance together: reads text, walks the answers' trie, and samples where it branches. */
import * as tf from '@tensorflow/tfjs';
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import type { EpisodeTokens } from '../../types.ts';
import { alternatives, spans, type Road } from '../alternatives.ts';
import { choose } from '../choose.ts';
import { LONGEST_LINE } from '../policy.ts';
import type { ActRequest, Decision, PolicySession } from '../policy.ts';
import type { Tokenizer } from '../tokenizer.ts';
import { allowedIds, buildTrie, forcedRun } from '../trie.ts';
import type { TrieNode } from '../trie.ts';
import { openCache } from './cache.ts';
import type { Chunk, KeyValueCache } from './cache.ts';
import { embeddingName } from './config.ts';
import type { LlamaConfig } from './config.ts';
import { allowedLogits } from './kernels/choices.ts';
import { blocks, hiddenAt, weight } from './model.ts';
import type { Linear, Weights } from './model.ts';
import type { RopeTable } from './kernels/rope.ts';

/** What a session samples with; fixed for its lifetime, so that all its tokens come from one policy. */
export interface SamplingModel {
  config: LlamaConfig;
  weights: Weights;
  linear: Linear;
  table: RopeTable;
  tokenizer: Tokenizer;
}

interface Row extends EpisodeTokens {
  /** How many of `ids` are in the cache. */
  fed: number;
  finished: boolean;
}

/** An answer under construction. */
interface Walk {
  row: number;
  node: TrieNode;
  logprob: number;
  rng: Rng;
  /** Tokens said so far, and which of them were chosen. */
  said: number;
  chosen: number[];
  roads: Road[];
}

/** Most tokens of one forward pass; longer reads are cut, to bound memory. */
const chunkTokens = 4096;

export class LlamaSession implements PolicySession {
  private fed = 0;
  private readonly rows: Row[] = [];
  private cache: KeyValueCache;

  private constructor(
    private readonly model: SamplingModel,
    prompts: number[][],
  ) {
    const longest = Math.max(...prompts.map((ids) => ids.length));
    this.cache = openCache(model.config, prompts.length, Math.min(model.config.context, longest + 256));
    this.rows = prompts.map((ids) => ({ ids, choices: [], fed: 0, finished: false }));
  }

  /** Reads each prompt once, then continues it in `copies` rows. */
  static async open(model: SamplingModel, prompts: { text: string; copies: number }[]): Promise<LlamaSession> {
    const start = model.tokenizer.specialId('<s>');
    const ids = prompts.map(({ text }) => [start, ...model.tokenizer.encode(text)]);
    for (const prompt of ids) {
      if (prompt.length > model.config.context) {
        throw new UserError(
          `A prompt has ${prompt.length} tokens, but the policy's context is ${model.config.context}; use fewer or shorter rules.`,
        );
      }
    }
    // The last token is held back: each row feeds it itself, since its logits may decide the first choice.
    const session = new LlamaSession(
      model,
      ids.map((prompt) => prompt.slice(0, -1)),
    );
    await session.feed(
      session.rows.flatMap((row, i) => (row.ids.length > 0 ? [i] : [])),
      [],
    );
    const sources = prompts.flatMap(({ copies }, i) => Array.from({ length: copies }, () => i));
    const read = session.cache;
    session.cache = read.tile(sources);
    read.dispose();
    const originals = session.rows.splice(0);
    for (const source of sources) {
      const original = originals[source] as Row;
      session.rows.push({ ...original, ids: [...(ids[source] as number[])], choices: [] });
    }
    return session;
  }

  get tokensFed(): number {
    return this.fed;
  }

  tokens(row: number): EpisodeTokens {
    const { ids, choices } = this.row(row);
    return { ids, choices };
  }

  finish(rows: number[]): void {
    for (const row of rows) this.row(row).finished = true;
  }

  dispose(): void {
    this.cache.dispose();
  }

  async act(requests: ActRequest[], { temperature }: { temperature: number }): Promise<Decision[]> {
    const decisions: Decision[] = requests.map(() => ({ choice: null, logprob: 0 }));
    const walks = new Map<number, Walk>();
    requests.forEach(({ row: index, read, choices, rng }, i) => {
      const row = this.row(index);
      if (row.finished) throw new Error(`Row ${index} has finished; it cannot act.`);
      if (choices.length === 0) throw new UserError(`Row ${index} was given no answers to choose from.`);
      const text = this.model.tokenizer.encode(read);
      const trie = buildTrie(choices.map((choice) => this.model.tokenizer.encode(choice)));
      if (row.ids.length + text.length + trie.depth > this.model.config.context) return;
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
          const { choices } = requests[i] as ActRequest;
          const choice = choices[run.node.end] as string;
          const others = alternatives(walk.roads, choices);
          decisions[i] = { choice, logprob: walk.logprob, others, chosen: spans(this.model.tokenizer.ends(choice), walk.chosen) };
          walks.delete(i);
        }
      }
      if (walks.size === 0) return decisions;
      const active = [...walks.values()];
      const allowed = active.map((walk) => allowedIds(walk.node));
      const logits = await this.feed(
        active.map((walk) => walk.row),
        allowed,
      );
      active.forEach((walk, j) => this.sample(walk, allowed[j] as number[], logits[j] as Float32Array, temperature));
    }
  }

  async say(requests: Omit<ActRequest, 'choices'>[], { temperature }: { temperature: number }): Promise<Decision[]> {
    const { tokenizer, config } = this.model;
    const [newline] = tokenizer.encode('\n') as [number];
    const decisions: Decision[] = requests.map(() => ({ choice: null, logprob: 0 }));
    let speaking: { row: number; rng: Rng; decision: Decision; ids: number[] }[] = [];
    requests.forEach(({ row: index, read, rng }, i) => {
      const row = this.row(index);
      const text = tokenizer.encode(read);
      if (row.ids.length + text.length + LONGEST_LINE > config.context) return;
      row.ids.push(...text);
      speaking.push({ row: index, rng, decision: decisions[i] as Decision, ids: [] });
    });
    while (speaking.length > 0) {
      const logits = await this.feed(
        speaking.map(({ row }) => row),
        speaking.map(() => tokenizer.words),
      );
      speaking.forEach(({ row, rng, decision, ids }, j) => {
        const { index, logprob } = choose(logits[j] as Float32Array, temperature, rng);
        const id = ids.length === LONGEST_LINE - 1 ? newline : (tokenizer.words[index] as number);
        if (id !== newline || ids.length < LONGEST_LINE - 1) {
          this.row(row).choices.push({ at: this.row(row).ids.length, allowed: tokenizer.words, logprob });
          decision.logprob += logprob;
        }
        this.row(row).ids.push(id);
        ids.push(id);
        if (id === newline) decision.choice = tokenizer.decode(ids);
      });
      speaking = speaking.filter(({ ids }) => ids.at(-1) !== newline);
    }
    return decisions;
  }

  private sample(walk: Walk, allowed: number[], logits_A: Float32Array, temperature: number): void {
    const row = this.row(walk.row);
    const { index, logprob, logprobs } = choose(logits_A, temperature, walk.rng);
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

  /** Brings the rows' tokens into the cache; returns the logits of the tokens `allowed` after each row's last one. */
  private async feed(rows: number[], allowed: number[][]): Promise<Float32Array[]> {
    if (rows.length === 0) return [];
    this.cache.reserve(Math.max(...rows.map((row) => this.row(row).ids.length)));
    const logits: Float32Array[] = [];
    // A row is never cut in two, so that its last token stands in the same pass as the rest.
    for (let from = 0; from < rows.length;) {
      let to = from;
      let total = 0;
      while (to < rows.length && (to === from || total + this.pending(rows[to] as number) <= chunkTokens)) {
        total += this.pending(rows[to++] as number);
      }
      const here = allowed.slice(from, to);
      const result = this.forward(rows.slice(from, to), total, here);
      if (result) {
        const data = (await result.data()) as Float32Array;
        const most = result.shape[1];
        here.forEach(({ length }, i) => logits.push(data.subarray(i * most, i * most + length)));
        result.dispose();
      }
      from = to;
    }
    return logits;
  }

  private pending(row: number): number {
    const { ids, fed } = this.row(row);
    return ids.length - fed;
  }

  /** Logits [B, A] of the allowed tokens, A being the most that a row has; null when none are asked for. */
  private forward(rows: number[], total: number, allowed: number[][]): tf.Tensor2D | null {
    const { config, weights, linear, table } = this.model;
    const chunk: Chunk = {
      rows,
      total,
      starts: rows.map((row) => this.row(row).fed),
      counts: rows.map((row) => this.pending(row)),
    };
    const ids_M = new Int32Array(total);
    const positions_M = new Int32Array(total);
    const last_B = new Int32Array(rows.length);
    let m = 0;
    rows.forEach((index, j) => {
      const row = this.row(index);
      for (let t = row.fed; t < row.ids.length; t++, m++) {
        ids_M[m] = row.ids[t] as number;
        positions_M[m] = t;
      }
      last_B[j] = m - 1;
      row.fed = row.ids.length;
    });
    this.fed += total;
    let logits: tf.Tensor2D | null = null;
    tf.tidy(() => {
      const x = blocks(config, weights, linear, table, tf.tensor1d(ids_M, 'int32'), tf.tensor1d(positions_M, 'int32'), (layer, qkv) =>
        this.cache.attend(layer, qkv, chunk),
      );
      const most = Math.max(0, ...allowed.map(({ length }) => length));
      if (most === 0) return;
      const ids_B_A = new Int32Array(rows.length * most).fill(-1);
      allowed.forEach((ids, i) => ids_B_A.set(ids, i * most));
      const hidden = hiddenAt(config, weights, x, tf.tensor1d(last_B, 'int32'));
      const ids = tf.tensor2d(ids_B_A, [rows.length, most], 'int32');
      logits = tf.keep(allowedLogits(hidden, weight(weights, embeddingName) as tf.Tensor2D, ids));
    });
    return logits;
  }

  private row(index: number): Row {
    const row = this.rows[index];
    if (!row) throw new Error(`There is no row ${index} in this session.`);
    return row;
  }
}
