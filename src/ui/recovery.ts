/** What becomes of a run whose worker or graphics device is gone: sentences and decisions, nothing else. */
import type { RunRecord } from '../storage/store.ts';
import type { FailureCause } from '../trainer/protocol.ts';
import { recovery as text } from './text.ts';

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
  const safe = text.stored(run?.iteration ?? -1);
  if (cause === 'crash') {
    const failure = text.during(message.replace(/\.$/, ''), at);
    return {
      text: `${failure} ${safe} ${text.startedAgain}`,
      more: [],
      goOn: false,
      failure,
      ask: false,
    };
  }
  if (cause === 'lost' && losses <= MOST_LOSSES) {
    const told = `${text.during(text.deviceLost, at)} ${safe} ${text.openedAgain(losses, MOST_LOSSES)}`;
    return { text: told, more: [message], goOn: true, failure: null, ask: false };
  }
  // A device that was given back on purpose is not asked for again.
  const failure = text.during(cause === 'destroyed' ? text.deviceGivenBack : text.deviceLostTimes(losses), at);
  return { text: `${failure} ${safe}`, more: [message], goOn: false, failure, ask: true };
}
