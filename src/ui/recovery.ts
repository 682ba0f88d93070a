/** What becomes of a run whose worker or graphics device is gone: sentences and decisions, nothing else. */
import type { RunRecord } from '../storage/store.ts';
import type { FailureCause } from '../trainer/protocol.ts';

/** A device that goes away is opened again so many times before a person is asked. */
export const MOST_LOSSES = 3;

export interface Recovery {
  text: string;
  more: string[];
  /** The run goes on by itself from what is stored. */
  goOn: boolean;
  /** Why the run is marked as failed; null when it is not. */
  failure: string | null;
  /** A person decides whether to go on with the device or without. */
  ask: boolean;
}

/**
 * @param losses how often the device has gone since a person last started something, this time included.
 * @param at the iteration under way, if one was.
 */
export function planRecovery(
  { cause, message }: { cause?: FailureCause; message: string },
  { run, at, losses }: { run: Pick<RunRecord, 'iteration'> | undefined; at: number | undefined; losses: number },
): Recovery {
  const safe = run && run.iteration >= 0 ? `Everything up to iteration ${run.iteration} is saved.` : 'Nothing was stored yet.';
  const where = at === undefined ? '' : ` at iteration ${at}`;
  if (cause === 'crash') {
    const failure = `${message.replace(/\.$/, '')}${where}.`;
    return {
      text: `${failure} ${safe} The trainer has been started again; go on when you like.`,
      more: [],
      goOn: false,
      failure,
      ask: false,
    };
  }
  if (cause === 'lost' && losses <= MOST_LOSSES) {
    const text = `The graphics device went away${where}. ${safe} It is being opened again (${losses} of ${MOST_LOSSES}).`;
    return { text, more: [message], goOn: true, failure: null, ask: false };
  }
  // A device that was given back on purpose is not asked for again.
  const why = cause === 'destroyed' ? 'The graphics device was given back' : `The graphics device went away ${losses} times`;
  return { text: `${why}${where}. ${safe}`, more: [message], goOn: false, failure: `${why}${where}.`, ask: true };
}
