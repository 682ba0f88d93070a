/** A person's own games or shop: being read, what came of it, and which are chosen for the next run. */
import type { Command, Event } from '../trainer/protocol.ts';
import { loadingNow, type Loading } from './loading.ts';

type GameEvent = Extract<Event, { type: 'games' | 'gamesLoaded' }>;
type Report = Extract<Event, { type: 'gamesLoaded' }>;

export class OwnGames {
  /** Games for the next run; null are those of the app. */
  chosen = $state<string | null>(null);
  reading = $state.raw<Loading | null>(null);
  report = $state.raw<Report | null>(null);

  constructor(private readonly send: (command: Extract<Command, { type: 'loadGames' | 'stopReading' }>) => void) {}

  load(name: string, files: { path: string; blob: Blob }[]): void {
    this.report = null;
    this.reading = { phase: 'reading', done: 0, total: 0, since: performance.now() };
    this.send({ type: 'loadGames', name, files });
  }

  stop(): void {
    this.send({ type: 'stopReading' });
  }

  /** @param playable the next run can play what was read. */
  hear(event: GameEvent, playable = true): void {
    if (event.type === 'games') {
      const { phase, done, total } = event;
      this.reading = total === 0 ? null : loadingNow(this.reading, { phase, done, total }, performance.now());
    } else {
      this.reading = null;
      this.report = event;
      if (playable) this.chosen = event.gameSet;
    }
  }

  /** It could not be read, or was stopped. */
  ended(): void {
    this.reading = null;
  }
}
