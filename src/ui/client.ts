/** The page's end of the messages: one trainer worker at a time, watched over, and replaced when it dies or falls silent. */
import type { Command, Event } from '../trainer/protocol.ts';
import { told } from './text.ts';

export type PhaseEvent = Extract<Event, { type: 'phase' }>;
type Open = Extract<Command, { type: 'open' }>;
type EditRule = Extract<Command, { type: 'editRule' }>;

/** What a worker is to its page. */
export interface WorkerLike {
  postMessage(message: Command): void;
  terminate(): void;
  onmessage: ((message: MessageEvent<Event>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: (() => void) | null;
}

type Opening = { state: 'opening' } & Omit<Extract<Event, { type: 'opening' }>, 'type'>;
/** What the trainer is to the page: being opened, ready, or at an end. */
export type Machine = Opening | { state: 'ready'; ready: Extract<Event, { type: 'ready' }> } | BrokenMachine;
/** `cause`: no model has the name in the address, so that to begin again would not help; or its download has to be agreed to first. */
export interface BrokenMachine {
  state: 'broken';
  message: string;
  cause?: 'model' | 'download';
}
export const beginning: Opening = { state: 'opening', stage: 'weights', what: told.opening, done: 0, total: 0 };

export function spawn(): WorkerLike {
  return new Worker(new URL('../trainer/worker.ts', import.meta.url), { type: 'module', name: 'trainer' }) as WorkerLike;
}

/** Milliseconds without a sign of life after which a worker counts as dead; it sends one every two seconds. */
export const SILENCE = 30_000;
/** How often the watch looks, in milliseconds. */
export const WATCH_EVERY = 5_000;

export class TrainerClient {
  private worker: WorkerLike | null = null;
  private opened: Open | null = null;
  /** Changes of rules that no worker has answered yet: a new worker is told them again. */
  private readonly unanswered = new Map<number, { edit: EditRule; answer: (problem: string | null) => void }>();
  private tickets = 0;
  private heardAt = 0;
  private lookedAt = 0;

  /** @param now milliseconds on a clock that only goes forward. */
  constructor(
    private readonly spawn: () => WorkerLike,
    private readonly onEvent: (event: Event) => void,
    private readonly now: () => number,
  ) {}

  open(command: Open): void {
    this.opened = command;
    this.restart();
  }

  /** Ends the worker in the middle of whatever it does and starts another; what is stored is whole at every moment. */
  restart(changes: Partial<Open> = {}): void {
    this.close();
    const worker = this.spawn();
    this.worker = worker;
    this.heardAt = this.lookedAt = this.now();
    worker.onmessage = ({ data }) => {
      this.heardAt = this.now();
      if (data.type === 'edited') this.answered(data);
      if (data.type !== 'beat') this.onEvent(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.crashed(event.message || told.programMissing);
    };
    worker.onmessageerror = () => this.crashed(told.messageUnreadable);
    if (this.opened) worker.postMessage((this.opened = { ...this.opened, ...changes }));
    for (const { edit } of this.unanswered.values()) worker.postMessage(edit);
    // After those: one of them may wait already, and must be found there rather than be made a second time.
    worker.postMessage({ type: 'makeWaiting' });
  }

  private crashed(why: string): void {
    this.close();
    this.onEvent({ type: 'failed', runId: null, message: told.crashed(why), fatal: true, cause: 'crash' });
  }

  /** Called every few seconds: is the worker still there? */
  look(): void {
    const now = this.now();
    // A page that was frozen or hidden looks late, and hears the worker only after this: it gives it time first.
    const late = now - this.lookedAt > 2 * WATCH_EVERY;
    this.lookedAt = now;
    if (!this.worker) return;
    if (late) this.heardAt = now;
    else if (now - this.heardAt > SILENCE) this.crashed(told.silent(SILENCE / 1000));
  }

  send(command: Exclude<Command, EditRule>): void {
    this.worker?.postMessage(command);
  }

  /** @returns what of it could not be made, and why; null when all was. */
  editRule(command: Pick<EditRule, 'runId' | 'actions'>): Promise<string | null> {
    const ticket = this.tickets++;
    const edit: EditRule = { type: 'editRule', ticket, key: `${performance.timeOrigin} ${ticket}`, ...command };
    this.worker?.postMessage(edit);
    return new Promise((answer) => this.unanswered.set(edit.ticket, { edit, answer }));
  }

  private answered({ ticket, problem }: Extract<Event, { type: 'edited' }>): void {
    this.unanswered.get(ticket)?.answer(problem ?? null);
    this.unanswered.delete(ticket);
  }

  close(): void {
    if (!this.worker) return;
    this.worker.onmessage = this.worker.onerror = this.worker.onmessageerror = null;
    this.worker.terminate();
    this.worker = null;
  }
}
