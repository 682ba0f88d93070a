/** The page's end of the messages: one trainer worker, commands in, events out, a crash told as a failure. */
import type { Command, Event } from '../trainer/protocol.ts';

export type PhaseEvent = Extract<Event, { type: 'phase' }>;

export class TrainerClient {
  private readonly worker: Worker;

  constructor(onEvent: (event: Event) => void) {
    this.worker = new Worker(new URL('../trainer/worker.ts', import.meta.url), { type: 'module', name: 'trainer' });
    this.worker.onmessage = (message: MessageEvent<Event>) => onEvent(message.data);
    const crashed = (why: string) =>
      onEvent({
        type: 'failed',
        runId: null,
        message: `The trainer stopped unexpectedly (${why}). What was stored is safe; reload the page to go on.`,
        fatal: true,
      });
    this.worker.onerror = (event) => {
      event.preventDefault();
      crashed(event.message || 'its program could not be loaded');
    };
    this.worker.onmessageerror = () => crashed('a message could not be read');
  }

  send(command: Command): void {
    this.worker.postMessage(command);
  }

  close(): void {
    this.worker.terminate();
  }
}
