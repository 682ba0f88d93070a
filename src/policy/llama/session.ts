/** Conversations that advance together: reads text, walks the answers' trie, and samples where it branches. */
import { UserError } from '../../lib/errors.ts';
import type { Rng } from '../../lib/rng.ts';
import type { EpisodeTokens } from '../../types.ts';
import { alternatives, spans, type Road } from '../alternatives.ts';
import { choose, logSoftmax } from '../choose.ts';
import { LONGEST_LINE } from '../policy.ts';
import type { ActRequest, Decision, PolicySession } from '../policy.ts';
import { allowedIds, buildTrie, forcedRun } from '../trie.ts';
import type { TrieNode } from '../trie.ts';
import { openDecoder } from './decoding.ts';
import type { Decoder, SamplingModel } from './decoding.ts';

interface Row extends EpisodeTokens {
  /** How many of `ids` are in the cache. */
  fed: number;
  finished: boolean;
}

/**
 * Before the first token of an answer is chosen, its likely candidates are tried: each is weighed by the share of
 * what the policy would say next that is allowed. Else a mask that is applied token by token makes "take" as likely
 * where the wanted thing is absent as where it lies, and then has another thing taken.
 */
const FORESIGHT = 0.02;

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

export class LlamaSession implements PolicySession {
  private fed = 0;

  private constructor(
    private readonly model: SamplingModel,
    private readonly decoder: Decoder,
    private readonly promptTokens: number,
    private readonly rows: Row[],
  ) {}

  /** Each prompt is continued in `copies` rows; it is read once, when the first row is asked for something. */
  static open(model: SamplingModel, prompts: { text: string; copies: number }[]): LlamaSession {
    const start = model.tokenizer.specialId('<s>');
    const ids = prompts.map(({ text }) => [start, ...model.tokenizer.encode(text)]);
    for (const prompt of ids) {
      if (prompt.length > model.config.context) {
        throw new UserError(
          `A prompt has ${prompt.length} tokens, but the policy's context is ${model.config.context}; use fewer or shorter rules.`,
        );
      }
    }
    const sources = prompts.flatMap(({ copies }, i) => Array.from({ length: copies }, () => i));
    // The last token is held back: each row feeds it itself, since its logits may decide the first choice.
    const shared = ids.map((prompt) => prompt.slice(0, -1));
    const rows = sources.map((source): Row => {
      const own = ids[source] as number[];
      return { ids: [...own], choices: [], fed: own.length - 1, finished: false };
    });
    const total = shared.reduce((sum, { length }) => sum + length, 0);
    return new LlamaSession(model, openDecoder(model, shared, sources), total, rows);
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
    this.decoder.dispose();
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
      const priors = await this.foresee(active, allowed, logits);
      active.forEach((walk, j) => this.sample(walk, allowed[j] as number[], logits[j] as Float32Array, priors[j], temperature));
    }
  }

  /** For walks at their beginning, log of the share of allowed continuations after each allowed token; 0 after unlikely ones. */
  private async foresee(walks: Walk[], allowed: number[][], logits: Float32Array[]): Promise<(number[] | undefined)[]> {
    const tries = walks.map(({ said }, j) => {
      if (said > 0) return [];
      const logprobs = logSoftmax(logits[j] as Float32Array);
      const likely = (allowed[j] as number[]).map((id, a) => ({ id, a, logprob: logprobs[a] as number }));
      const some = likely.filter(({ logprob }) => logprob >= Math.log(FORESIGHT));
      return some.length > 1 ? some : [];
    });
    const priors = tries.map((some, j) => (some.length > 0 ? (allowed[j] as number[]).map(() => 0) : undefined));
    const asked = tries.flatMap((some, j) => some.map(({ id, a }) => ({ j, id, a })));
    const candidates = asked.map(({ j, id }) => {
      const { row, node } = walks[j] as Walk;
      return { row, id, start: this.row(row).fed, follow: new Set((node.children.get(id) as TrieNode).children.keys()) };
    });
    const shares = candidates.length > 0 ? await this.decoder.foresee(candidates, this.model.tokenizer.words) : [];
    this.fed += asked.length;
    asked.forEach(({ j, a }, i) => ((priors[j] as number[])[a] = Math.log(Math.max(shares[i] as number, 1e-4))));
    return priors;
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

  private sample(walk: Walk, allowed: number[], logits_A: Float32Array, prior: number[] | undefined, temperature: number): void {
    const row = this.row(walk.row);
    const weighed_A = prior ? logits_A.map((logit, a) => logit + (prior[a] as number)) : logits_A;
    const { index, logprob, logprobs } = choose(weighed_A, temperature, walk.rng);
    const id = allowed[index] as number;
    allowed.forEach((other, i) => {
      if (i !== index)
        walk.roads.push({ node: walk.node.children.get(other) as TrieNode, logprob: walk.logprob + (logprobs[i] as number) });
    });
    walk.chosen.push(walk.said++);
    row.choices.push({ at: row.ids.length, allowed, logprob, ...(prior && { prior }) });
    row.ids.push(id);
    walk.logprob += logprob;
    walk.node = walk.node.children.get(id) as TrieNode;
  }

  /** Brings the rows' tokens into the cache; returns the logits of the tokens `allowed` after each row's last one. */
  private async feed(rows: number[], allowed: number[][]): Promise<Float32Array[]> {
    if (this.fed === 0) this.fed = this.promptTokens;
    const fresh = rows.map((index) => {
      const row = this.row(index);
      const next = { row: index, ids: row.ids.slice(row.fed), start: row.fed };
      row.fed = row.ids.length;
      this.fed += next.ids.length;
      return next;
    });
    return this.decoder.read(fresh, allowed);
  }

  private row(index: number): Row {
    const row = this.rows[index];
    if (!row) throw new Error(`There is no row ${index} in this session.`);
    return row;
  }
}
