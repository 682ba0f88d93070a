/** The store in Node: maps in memory, with the promises of the one in the page. */
import { UserError } from '../lib/errors.ts';
import type { Metrics, RuleEvent, Trajectory } from '../types.ts';
import { checkEvents, checkIteration } from './rows.ts';
import type { ImportedRun } from './transfer.ts';
import type { Checkpoint, IterationCommit, RunManifest, RunRecord, RunStatus, RunStore, WaitingEdit } from './store.ts';

interface Shelf {
  run: RunRecord;
  metrics: Metrics[];
  events: RuleEvent[];
  trajectories: Trajectory[];
  waiting: WaitingEdit[];
  checkpoint?: Checkpoint;
}

export class MemoryStore implements RunStore {
  private readonly shelves = new Map<string, Shelf>();

  private need(runId: string): Shelf {
    const shelf = this.shelves.get(runId);
    if (!shelf) throw new UserError(`There is no run named ${runId} in this store; create it first.`);
    return shelf;
  }

  async create(manifest: RunManifest, start?: Checkpoint): Promise<void> {
    if (this.shelves.has(manifest.id)) throw new UserError(`A run named ${manifest.id} is stored already; give the new one another name.`);
    this.shelves.set(manifest.id, { run: { ...manifest, status: 'running', iteration: -1 }, metrics: [], events: [], trajectories: [], waiting: [], ...(start ? { checkpoint: structuredClone(start) } : {}) });
  }

  /** Puts an exported run on its shelf, to go on with. */
  load({ manifest, metrics, events, trajectories, checkpoint }: ImportedRun): void {
    const run: RunRecord = { ...manifest, status: 'imported', iteration: checkpoint?.iteration ?? -1 };
    this.shelves.set(manifest.id, { run, metrics, events, trajectories, waiting: [], checkpoint: checkpoint ?? undefined });
  }

  async commit(runId: string, { checkpoint, metrics, events, trajectories }: IterationCommit): Promise<void> {
    const shelf = this.need(runId);
    checkIteration(runId, metrics.iteration, shelf.run.iteration);
    checkEvents(runId, events, shelf.events.length);
    // Copies, so that what the trainer changes later does not reach into what is stored.
    shelf.events.push(...structuredClone(events));
    shelf.metrics.push(structuredClone(metrics));
    shelf.trajectories.push(...structuredClone(trajectories));
    shelf.checkpoint = structuredClone(checkpoint);
    shelf.run.iteration = metrics.iteration;
  }

  async setStatus(runId: string, status: RunStatus, failure?: string): Promise<void> {
    Object.assign(this.need(runId).run, { status, failure });
  }

  async addEvents(runId: string, events: RuleEvent[]): Promise<void> {
    const shelf = this.need(runId);
    checkEvents(runId, events, shelf.events.length);
    shelf.events.push(...structuredClone(events));
  }

  async addWaiting(runId: string, edit: WaitingEdit): Promise<void> {
    const { waiting } = this.need(runId);
    if (!waiting.some(({ key }) => key === edit.key)) waiting.push(structuredClone(edit));
  }

  async waiting(runId: string): Promise<WaitingEdit[]> {
    return structuredClone(this.shelves.get(runId)?.waiting ?? []);
  }

  async settleWaiting(runId: string, key: string, events: RuleEvent[]): Promise<void> {
    const shelf = this.need(runId);
    const place = shelf.waiting.findIndex((edit) => edit.key === key);
    if (place < 0) throw new UserError(`The change ${key} does not wait for run ${runId}; it has been made already.`);
    await this.addEvents(runId, events);
    shelf.waiting.splice(place, 1);
  }

  async run(runId: string): Promise<RunRecord | undefined> {
    const run = this.shelves.get(runId)?.run;
    return run && { ...run };
  }

  async checkpoint(runId: string): Promise<Checkpoint | undefined> {
    return structuredClone(this.shelves.get(runId)?.checkpoint);
  }

  async metrics(runId: string): Promise<Metrics[]> {
    return structuredClone(this.shelves.get(runId)?.metrics ?? []);
  }

  async events(runId: string): Promise<RuleEvent[]> {
    return structuredClone(this.shelves.get(runId)?.events ?? []);
  }

  async trajectories(runId: string): Promise<Trajectory[]> {
    return structuredClone(this.shelves.get(runId)?.trajectories ?? []);
  }
}
