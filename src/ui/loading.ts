/** How far a person's files are read and put in order, in words that promise no more than is known. */
import type { LoadProgress } from '../envs/protocol.ts';
import { ownGames } from './text.ts';

export interface Loading extends LoadProgress {
  /** When this phase began, on the page's clock, in milliseconds. */
  since: number;
}

/** The time that is left is told phase by phase: what one took says nothing about the other. */
export function loadingNow(before: Loading | null, progress: LoadProgress, now: number): Loading {
  return { ...progress, since: before?.phase === progress.phase ? before.since : now };
}

/** What follows "Reading your files" or "Opening the shop". */
export function loadingText(loading: Loading | null, now: number): string {
  if (!loading || loading.total === 0) return ' …';
  const { phase, done, total, since } = loading;
  const doing = phase === 'ordering' ? ownGames.ordering : '';
  // The last bytes are read before the last products are made.
  if (done >= total) return `${ownGames.ordering} …`;
  if (done === 0) return `${doing} …`;
  const left = ((now - since) / 1000 / done) * (total - done);
  return doing + ownGames.progress(done / total, left);
}
