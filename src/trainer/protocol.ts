/** Every message between the page and the trainer worker. */
import type { AdapterState, PolicyInfo } from '../policy/policy.ts';
import type { WorldInfo } from '../envs/env.ts';
import type { LoadProgress } from '../envs/protocol.ts';
import type { Metrics, Phase, PoolAction, Trajectory } from '../types.ts';
import type { RunConfig } from './config.ts';
import type { Hint, Situation } from './hint.ts';
import type { Grain } from './pace.ts';

export type BackendName = 'webgpu' | 'wasm' | 'cpu';

/** Page to trainer. */
export type Command =
  /** First message: choose a backend (null: the fastest that works), load the policy from `modelUrl`. */
  | {
      type: 'open';
      backend: BackendName | null;
      modelUrl: string;
      /** Threads that compute; by default as many as pay. */
      workers?: number;
      /** A language model's files may be fetched; else only one that is in this browser is opened. */
      download?: boolean;
    }
  /** Read a person's own games (a zip, or the files of a folder) or shop (items_*.json) into a stored game set. */
  | { type: 'loadGames'; name: string; files: { path: string; blob: Blob }[] }
  /** Give up reading them; answered by `failed`. */
  | { type: 'stopReading' }
  /** Begin a new run and train as far as `until`; `gameSet` null plays the games that come with the app. */
  | { type: 'start'; runId: string; config: RunConfig; gameSet: string | null; until: Grain }
  /** Store a new run without training it, so that rules can be written or imported first; answered by `paused`. */
  | { type: 'create'; runId: string; config: RunConfig; gameSet: string | null; /** Begin with these weights. */ adapter?: AdapterState }
  /** Go on with a stored run, as far as `until`. */
  | { type: 'resume'; runId: string; until: Grain }
  /** The run in hand, held or not, goes this much further. */
  | { type: 'go'; until: Grain }
  /** Slow motion on or off, for the run in hand and the next ones. */
  | { type: 'slow'; on: boolean }
  /** Stop after the work in hand is safe: the unfinished iteration is dropped and will be done again. */
  | { type: 'pause' }
  /**
   * A person's changes to the rules of a run; they take effect at the next iteration. Answered by `edited` with their
   * ticket, once they are stored, be it as waiting. `key` tells them from all others, those of an earlier page too.
   */
  | { type: 'editRule'; ticket: number; key: string; runId: string; actions: PoolAction[] }
  /** Make the changes that wait for runs which nobody has in hand: their page was closed in the middle of an iteration. */
  | { type: 'makeWaiting' }
  /** Play games of a stored run with a rule and without it; answered by `trial` and at last `tried`, or by `failed`. */
  | { type: 'tryWithout'; runId: string; rule: string; games: number }
  | { type: 'stopTrial' }
  /** What would the agent of a run (null: the untrained one) do here? Answered by `hint`. */
  | { type: 'askAgent'; ticket: number; runId: string | null; situation: Situation };

/** Trainer to page. */
export type Event =
  /** One of the stages before anything can be played; bytes for the weights, steps for the warm-up, percent for WebLLM's engine, else 0 of 0. */
  | { type: 'opening'; stage: 'weights' | 'backend' | 'warmup' | 'engine'; what: string; done: number; total: number }
  /** The worker is alive: sent every few seconds whatever it does. */
  | { type: 'beat' }
  | {
      type: 'ready';
      backend: BackendName;
      /** Backends tried and why they were not taken. */ passedOver: { backend: BackendName; why: string }[];
      policy: PolicyInfo;
      /** What training takes at most, in a sentence; where that is worth saying. */ memory?: string;
    }
  /** How a language model decodes and takes new weights, in a sentence; told anew when that is another way, and after each sync. */
  | { type: 'serving'; how: string }
  /** How fast the policy plays here, timed after it was opened. */
  | { type: 'timed'; secondsPerAction: number }
  /** A person's files are being read; `total` 0 says that they are. */
  | ({ type: 'games' } & LoadProgress)
  | {
      type: 'gamesLoaded';
      gameSet: string;
      world: WorldInfo;
      kept: number;
      /** How it became training and validation, in a sentence. */ note: string;
      /** What could not be used, one sentence each. */ dropped: string[];
      /** How many were dropped in all. */ droppedCount: number;
    }
  /** Where the loop is. `done` of `total` counts tokens or episodes of the phase; seconds since the phase began. */
  | {
      type: 'phase';
      runId: string;
      iteration: number;
      phase: Phase;
      done: number;
      total: number;
      detail: string;
      /** For `act`: one mark per episode. */ pips?: ('wait' | 'won' | 'lost')[];
      /** For episodes: actions per second since the phase began. */ rate?: number;
    }
  /** A new run is stored: from now on it can be found. */
  | { type: 'begun'; runId: string }
  /** A run that goes step by step waits for `go`. */
  | { type: 'held'; runId: string }
  /** `problem`: what of it could not be made, and why. */
  | { type: 'edited'; ticket: number; problem?: string }
  /** A change that waited could not be made: why, in a sentence, and what had been written. */
  | { type: 'dropped'; runId: string; message: string; written: string[] }
  /** A rule is being measured: episodes over, of all. */
  | { type: 'trial'; runId: string; rule: string; done: number; total: number }
  /** It is over, and its result is stored with the run; or it was stopped or could not be done. */
  | { type: 'tried'; runId: string; rule: string }
  /** What it would do; null when it cannot say, and why. */
  | { type: 'hint'; ticket: number; hint: Hint | null; why: string }
  /** The turns of one episode of the group being played, for the live view; at most a few times a second. */
  | { type: 'live'; runId: string; trajectory: Trajectory }
  | { type: 'iteration'; runId: string; metrics: Metrics }
  /** Something went wrong and was mended: one sentence. */
  | { type: 'note'; message: string }
  | { type: 'paused'; runId: string }
  | { type: 'finished'; runId: string }
  /**
   * `fatal` ends the worker's usefulness; otherwise the previous state stands. `cause` tells what can be mended; `inHand` is
   * the run that goes on and stands in the way.
   */
  | { type: 'failed'; runId: string | null; message: string; fatal: boolean; cause?: FailureCause; inHand?: string };

/** The graphics device went away, or was given back on purpose; the browser has no room left; the worker died or fell silent; no model has the name; the model is not in this browser and may not be fetched. */
export type FailureCause = 'lost' | 'destroyed' | 'full' | 'crash' | 'model' | 'download';
