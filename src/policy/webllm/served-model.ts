/** The served model as the policy sees it: it holds the weights that are asked for, and is loaded again when its device goes away. */
import { gigabytes } from '../decoder/memory.ts';
import { EngineLost } from './lost.ts';
import type { Serving, ServingInfo, SyncReport, TensorBytes } from './port.ts';

/** So often in a row the served model is loaded again before its loss is told as a failure. */
const mostRebuilds = 2;

/** What the person is told meanwhile. */
export const lostNote =
  'The graphics device under WebLLM went away; the model is loaded again from this browser, and the episodes go on where they were.';

export interface ServedHooks {
  /** How it is served from here on, whenever that is another way, or new weights have gone in. */
  onServing?: (how: string) => void;
  /** Something that the person should know: one sentence. */
  onNote?: (text: string) => void;
}

/** New weights go over in parts of about so many bytes, so that the matrices of a model are never all held at once. */
const partBytes = 2 ** 26;

const decoded = ({ decoding }: ServingInfo): string =>
  `Rows are decoded ${decoding.kind === 'batched' ? 'together' : `one at a time, because ${decoding.why}`}`;

/** How rows advance, for a person. */
export const rowsSentence = (info: ServingInfo): string => `${decoded(info)}.`;

/** How rows advance and new weights get in. */
export function servingSentence(info: ServingInfo, last: SyncReport | null): string {
  const { syncing } = info;
  const weights = syncing.kind === 'in place' ? 'are written in place' : `come by loading it again, because ${syncing.why}`;
  const took = last ? ` (the last time ${gigabytes(last.bytes)} in ${last.seconds.toFixed(last.seconds < 10 ? 2 : 0)} s)` : '';
  return `${decoded(info)}; new weights ${weights}${took}.`;
}

export class ServedModel {
  /** The change of the weights that was brought last, 0 for the base weights, null when that is not known. */
  private holds: number | null = 0;
  private lastSync: SyncReport | null = null;
  private told = '';

  constructor(
    private readonly serving: Serving,
    private readonly hooks: ServedHooks,
    private readonly describe: typeof servingSentence = servingSentence,
  ) {}

  /** How it is served, in a sentence. */
  get how(): string {
    return this.describe(this.serving.info, this.lastSync);
  }

  /** Loads it again; it then holds the base weights. */
  async rebuild(): Promise<void> {
    this.hooks.onNote?.(lostNote);
    this.holds = null;
    await this.serving.rebuild();
    this.holds = 0;
  }

  /** Runs calls on it, and loads it again when its device goes away; `run` must be safe to repeat. */
  async standing<T>(run: () => Promise<T>): Promise<T> {
    for (let left = mostRebuilds; ; left--) {
      try {
        return await run();
      } catch (error) {
        if (!(error instanceof EngineLost) || left === 0) throw error;
        await this.rebuild();
      }
    }
  }

  /**
   * Brings the weights of a change to it, unless they are there.
   * @param same they are the base weights' equals
   * @param tensors all that the change replaces
   */
  async take(change: number, same: boolean, tensors: () => AsyncIterable<TensorBytes>): Promise<void> {
    if (this.holds === change) return;
    if (same && this.holds === 0) {
      this.holds = change;
      return;
    }
    this.holds = null;
    let all: SyncReport | null = null;
    for await (const [part, last] of this.parts(tensors())) {
      const report = await this.serving.sync(part, last ? change : null);
      all = all === null ? report : joined(all, report);
    }
    this.holds = change;
    this.lastSync = all;
    this.tell();
  }

  /** Says how it is served, if that has not been said. */
  tell(): void {
    const { how } = this;
    if (how !== this.told) this.hooks.onServing?.(how);
    this.told = how;
  }

  /** The bytes of tensors in parts, each with whether it is the last; in one where the model is loaded again with all of them. */
  private async *parts(tensors: AsyncIterable<TensorBytes>): AsyncGenerator<[TensorBytes[], boolean]> {
    const most = this.serving.info.syncing.kind === 'in place' ? partBytes : Infinity;
    let part: TensorBytes[] = [];
    let size = 0;
    for await (const tensor of tensors) {
      const { bytes } = tensor;
      if (part.length > 0 && size + bytes.length > most) {
        yield [part, false];
        part = [];
        size = 0;
      }
      part.push(tensor);
      size += bytes.length;
    }
    yield [part, true];
  }
}

const joined = (a: SyncReport, b: SyncReport): SyncReport => ({
  ...b,
  tensors: a.tensors + b.tensors,
  bytes: a.bytes + b.bytes,
  seconds: a.seconds + b.seconds,
});
