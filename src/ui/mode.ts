/** What can be done with the run in view: one word from the trainer, the locks and what is stored. */
import type { RunRecord } from '../storage/store.ts';

export type Mode =
  /** Policy and backend are being opened. */
  | 'loading'
  | 'broken'
  /** No run yet. */
  | 'ready'
  | 'running'
  /** Goes step by step and waits for the next word. */
  | 'held'
  | 'pausing'
  /** Another tab trains it. */
  | 'elsewhere'
  | 'paused'
  /** Stored as running, but nobody runs it: its tab was closed. */
  | 'interrupted'
  | 'failed'
  | 'finished';

export interface Facts {
  machine: 'opening' | 'ready' | 'broken';
  busy: string | null;
  /** A new run is on its way into the store, and the page stands where it will be seen. */
  coming: boolean;
  pausing: boolean;
  holding: boolean;
  held: ReadonlySet<string>;
  /** How runs were put down in this tab: known a moment before it can be read from the store. */
  putDown: ReadonlyMap<string, 'paused' | 'finished' | 'failed'>;
}

export function modeOf(run: RunRecord | null, routed: string | null, facts: Facts): Mode {
  const { machine, busy, coming, pausing, holding, held, putDown } = facts;
  if (machine === 'broken') return 'broken';
  const mine = run ? busy === run.id : coming || (busy !== null && busy === routed);
  if (mine) return pausing ? 'pausing' : holding ? 'held' : 'running';
  if (run && held.has(run.id)) return 'elsewhere';
  // A worker that was ended to pause a run opens again behind its back.
  if (machine === 'opening') return run && putDown.get(run.id) === 'paused' ? 'paused' : 'loading';
  if (!run) return 'ready';
  if (run.status === 'running') return putDown.get(run.id) ?? 'interrupted';
  if (run.status === 'imported') return 'paused';
  return run.status;
}
