/**
 * Token sequences that advance on a served model: which tokens it has read, and the logits after the last one.
 * Ids go in and logits come out, so that nothing is ever tokenised twice and every choice is drawn by this project.
 */
import { pagesOf, pageSize, sessionTokens } from './cache-plan.ts';
import type { BatchFunctions, Engine, Handle, Pipeline, TvmTensor } from './engine.ts';
import type { LogitTap } from './tap.ts';

/** A row's next tokens; `allowed` are the ids whose logits are asked for, null for all of them. */
export interface Feed {
  row: number;
  append: number[];
  allowed: number[] | null;
}

export interface Sequences {
  /** Appends tokens to rows and gives the logits after the last one, in the order of `allowed`. */
  feed(feeds: readonly Feed[]): Promise<Float32Array[]>;
  finish(rows: readonly number[]): Promise<void>;
  /** Tokens read by the model so far; what had to be read again counts again. */
  readonly tokensFed: number;
  dispose(): Promise<void>;
}

/** Each prompt is read once and continued by `copies` rows, numbered in that order. */
export interface Prompt {
  ids: number[];
  copies: number;
}

const pick = (logits_V: Float32Array, allowed: number[] | null): Float32Array =>
  allowed === null ? logits_V.slice() : Float32Array.from(allowed, (id) => logits_V[id] as number);

interface Row {
  ids: number[];
  /** Tokens in the key-value cache; the sequence is there when it is above 0. */
  fed: number;
  /** The prompt that it continues. */
  prompt: number;
  finished: boolean;
}

/**
 * All rows in one key-value cache of their own, through the compiled library's batched functions. Prompts are read once and
 * forked; when the cache is too small for all rows, those that are not needed now leave it and are read again later.
 */
export class BatchedSequences implements Sequences {
  private fed = 0;
  private readonly rows: Row[];
  private cache: Handle;
  /** Prompts whose tokens are in the cache; their sequence ids follow those of the rows. */
  private readonly prompts: { ids: number[]; ready: boolean }[];
  private readonly capacity: number;

  /**
   * @param options.tokens most tokens of all rows together (memory of the cache)
   * @param options.longest most tokens of one row
   * @param options.together most rows of one step (the library's own limit is 80)
   */
  constructor(
    private readonly pipeline: Pipeline,
    private readonly call: BatchFunctions,
    prompts: readonly Prompt[],
    private readonly options: { tokens: number; longest: number; together: number },
  ) {
    this.prompts = prompts.map(({ ids }) => ({ ids: ids.slice(0, -1), ready: false }));
    this.rows = prompts.flatMap(({ ids, copies }, prompt) =>
      Array.from({ length: copies }, () => ({ ids: [...ids], fed: 0, prompt, finished: false })),
    );
    this.capacity = sessionTokens(options, prompts);
    const { tvm } = pipeline;
    const shape = (size: number) => tvm.makeShapeTuple([size]);
    const slots = this.rows.length + this.prompts.length;
    this.cache = this.scoped(() =>
      tvm.detachFromCurrentScope(
        call.createCache(shape(slots), shape(this.capacity), shape(pipeline.prefillChunkSize), shape(pageSize), shape(0)),
      ),
    );
  }

  get tokensFed(): number {
    return this.fed;
  }

  /** Runs runtime calls whose temporaries are freed at the end. */
  private scoped<T>(run: () => T): T {
    const { tvm } = this.pipeline;
    tvm.beginScope();
    try {
      return run();
    } finally {
      tvm.endScope();
    }
  }

  private id(sequence: number): Handle {
    return this.pipeline.tvm.scalar(sequence, 'int64');
  }

  async feed(feeds: readonly Feed[]): Promise<Float32Array[]> {
    const out: Float32Array[] = [];
    for (const { row, append } of feeds) this.row(row).ids.push(...append);
    for (let from = 0; from < feeds.length;) {
      let to = from;
      let tokens = 0;
      // As many rows as fit the cache with all their tokens; prompts that they share are counted with each, to be safe.
      while (to < feeds.length && to - from < this.options.together) {
        const { ids } = this.row((feeds[to] as Feed).row);
        const pages = pagesOf(ids.length);
        if (to > from && tokens + pages > this.capacity) break;
        tokens += pages;
        to++;
      }
      out.push(...(await this.step(feeds.slice(from, to), tokens)));
      from = to;
    }
    return out;
  }

  /** One part of the rows: missing prompts and observations are read, then all last tokens are decoded together. */
  private async step(feeds: readonly Feed[], tokens: number): Promise<Float32Array[]> {
    this.makeRoom(new Set(feeds.map(({ row }) => row)), tokens);
    for (const { row: index } of feeds) {
      const row = this.row(index);
      if (row.fed === 0) await this.enter(index, row);
      const pending = row.ids.slice(row.fed, -1);
      if (pending.length > 0) await this.read(index, pending);
      row.fed = row.ids.length;
    }
    const last = feeds.map(({ row }) => this.row(row).ids.at(-1) as number);
    const logits = await this.decode(
      feeds.map(({ row }) => row),
      last,
    );
    return feeds.map(({ allowed }, i) => pick(logits[i] as Float32Array, allowed));
  }

  /** Puts a row into the cache: as a fork of its prompt, which is read first where needed. */
  private async enter(index: number, row: Row): Promise<void> {
    const prompt = this.prompts[row.prompt] as { ids: number[]; ready: boolean };
    const parent = this.rows.length + row.prompt;
    if (prompt.ids.length === 0) {
      this.scoped(() => this.call.addSequence(this.cache, this.id(index)));
      return;
    }
    if (!prompt.ready) {
      this.scoped(() => this.call.addSequence(this.cache, this.id(parent)));
      await this.read(parent, prompt.ids);
      prompt.ready = true;
    }
    // -1: the child begins with all of the parent's tokens.
    this.scoped(() => this.call.forkSequence(this.cache, this.id(parent), this.id(index), this.id(-1)));
    row.fed = prompt.ids.length;
  }

  /** Rows outside `needed`, and prompts with no row in it, leave the cache when all would not fit. */
  private makeRoom(needed: ReadonlySet<number>, tokens: number): void {
    const others = this.rows.flatMap((row, i) => (row.fed > 0 && !needed.has(i) ? [i] : []));
    const sum = others.reduce((total, i) => total + pagesOf(this.row(i).ids.length), tokens);
    const parents = this.prompts.reduce((total, { ids, ready }) => total + (ready ? pagesOf(ids.length) : 0), 0);
    if (sum + parents <= this.capacity) return;
    for (const i of others) this.leave(i);
    this.prompts.forEach((prompt, p) => {
      if (!prompt.ready || [...needed].some((i) => this.row(i).prompt === p)) return;
      this.remove(this.rows.length + p);
      prompt.ready = false;
    });
  }

  private leave(index: number): void {
    const row = this.row(index);
    if (row.fed > 0) this.remove(index);
    row.fed = 0;
  }

  private remove(sequence: number): void {
    this.scoped(() => this.call.removeSequence(this.cache, this.id(sequence)));
  }

  /** Reads tokens into one sequence, chunk by chunk; their logits are not wanted. */
  private async read(sequence: number, ids: readonly number[]): Promise<void> {
    for (let from = 0; from < ids.length; from += this.pipeline.prefillChunkSize) {
      const part = ids.slice(from, from + this.pipeline.prefillChunkSize);
      this.forward([sequence], part.length, part, part.length === 1 ? this.call.batchDecode : this.call.prefill, null);
    }
    await this.pipeline.device.sync();
  }

  private async decode(sequences: number[], ids: number[]): Promise<Float32Array[]> {
    const { tvm, device } = this.pipeline;
    const host = this.forward(sequences, 1, ids, this.call.batchDecode, (logits) =>
      tvm.detachFromCurrentScope(tvm.empty(logits.shape, logits.dtype, tvm.cpu()).copyFrom(logits)),
    ) as TvmTensor;
    await device.sync();
    const all = host.toArray();
    host.dispose();
    const vocabulary = all.length / sequences.length;
    return sequences.map((_, i) => all.subarray(i * vocabulary, (i + 1) * vocabulary));
  }

  /** One call of the model on `length` tokens of each sequence; `take` sees the logits before they are freed. */
  private forward<T>(
    sequences: number[],
    length: number,
    ids: readonly number[],
    run: BatchFunctions[keyof BatchFunctions],
    take: ((logits: TvmTensor) => T) | null,
  ): T | null {
    const { tvm, params, device } = this.pipeline;
    const { embed, beginForward, endForward } = this.call;
    this.fed += ids.length;
    return this.scoped(() => {
      const input = tvm.empty([ids.length], 'int32', device).copyFrom(Int32Array.from(ids));
      const embedded = embed(input, params) as TvmTensor;
      const width = embedded.shape.at(-1) as number;
      const batched = embedded.view([sequences.length, length, width]);
      beginForward(this.cache, tvm.makeShapeTuple(sequences), tvm.makeShapeTuple(sequences.map(() => length)));
      const result = run(batched, this.cache, params) as { get(i: number): TvmTensor };
      endForward(this.cache);
      return take ? take(result.get(0)) : null;
    });
  }

  async finish(rows: readonly number[]): Promise<void> {
    for (const index of rows) {
      this.leave(index);
      this.row(index).finished = true;
    }
  }

  private row(index: number): Row {
    const row = this.rows[index];
    if (!row) throw new Error(`There is no row ${index} in this session.`);
    if (row.finished) throw new Error(`Row ${index} has finished.`);
    return row;
  }

  async dispose(): Promise<void> {
    (this.cache as { dispose?: () => void } | null)?.dispose?.();
    this.cache = null;
  }
}

/**
 * Rows one after the other, through public calls only. The engine keeps one sequence: whoever comes next is read again from
 * its first token, unless it goes on where the last one stopped.
 */
export class SingleSequences implements Sequences {
  private fed = 0;
  private readonly rows: { ids: number[]; fed: number }[];

  constructor(
    private readonly engine: Engine,
    private readonly modelId: string,
    private readonly tap: LogitTap,
    prompts: readonly Prompt[],
  ) {
    this.rows = prompts.flatMap(({ ids, copies }) => Array.from({ length: copies }, () => ({ ids: [...ids], fed: 0 })));
  }

  get tokensFed(): number {
    return this.fed;
  }

  async feed(feeds: readonly Feed[]): Promise<Float32Array[]> {
    const out: Float32Array[] = [];
    for (const { row: index, append, allowed } of feeds) {
      const row = this.rows[index];
      if (!row) throw new Error(`There is no row ${index} in this session.`);
      row.ids.push(...append);
      if (this.tap.owner?.session !== this || this.tap.owner.row !== index) {
        await this.engine.resetChat(false, this.modelId);
        row.fed = 0;
        this.tap.owner = { session: this, row: index };
      }
      const pending = row.ids.slice(row.fed);
      this.tap.latest = null;
      await this.engine.forwardTokensAndSample(pending, pending.length > 1, this.modelId);
      const logits = this.tap.latest as Float32Array | null;
      if (!logits) throw new Error('WebLLM did not hand over its logits.');
      row.fed = row.ids.length;
      this.fed += pending.length;
      out.push(pick(logits, allowed));
    }
    return out;
  }

  async finish(): Promise<void> {}

  async dispose(): Promise<void> {
    if (this.tap.owner?.session === this) this.tap.owner = null;
  }
}
