/** The served model as the policy sees it: it holds the weights that are asked for, and is loaded again when its device goes away. */
import type { Quantisation } from '../mlc/format.ts';
import { encode } from '../mlc/tensors.ts';
import type { NamedTensor } from '../mlc/tensors.ts';
import { EngineLost } from './lost.ts';
import type { Serving, SyncReport } from './port.ts';

/** So often in a row the served model is loaded again before its loss is told as a failure. */
const mostRebuilds = 2;

/** What the person is told meanwhile. */
export const lostNote =
  'The graphics device under WebLLM went away; the model is loaded again from this browser, and the episodes go on where they were.';

export interface ServedHooks {
  onSync?: (report: SyncReport) => void;
  /** Something that the person should know: one sentence. */
  onNote?: (text: string) => void;
}

export class ServedModel {
  /** The change of the weights that was brought last, 0 for the base weights, null when that is not known. */
  private holds: number | null = 0;

  constructor(
    private readonly serving: Serving,
    private readonly quantisation: Quantisation,
    private readonly hooks: ServedHooks,
  ) {}

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
  async take(change: number, same: boolean, tensors: () => AsyncIterable<NamedTensor>): Promise<void> {
    if (this.holds === change) return;
    if (same && this.holds === 0) {
      this.holds = change;
      return;
    }
    const stored = [];
    for await (const tensor of tensors())
      stored.push({ name: tensor.name, bytes: encode(tensor, this.quantisation, { exact: true }).bytes });
    this.holds = null;
    const report = await this.serving.sync(stored, change);
    this.holds = change;
    this.hooks.onSync?.(report);
  }
}
