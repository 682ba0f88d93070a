/** The English of the page, in one file for who translates it: first what its parts share, then what each part says, by part. */
import { MAX_RULE_LENGTH } from '../rules/text.ts';
import type { PhaseEvent } from './client.ts';
import type { Metrics, Phase } from '../types.ts';

export const appName = 'jerp-lab';

/** Kinds of AlfWorld tasks, as headings and as short tabs. */
const families: Record<string, { long: string; short: string; rules: string }> = {
  pick: { long: 'Pick and place', short: 'Pick', rules: 'Rules for picking and placing' },
  look: { long: 'Look under a lamp', short: 'Look', rules: 'Rules for looking under a lamp' },
  clean: { long: 'Clean and place', short: 'Clean', rules: 'Rules for cleaning things' },
  heat: { long: 'Heat and place', short: 'Heat', rules: 'Rules for heating things' },
  cool: { long: 'Cool and place', short: 'Cool', rules: 'Rules for cooling things' },
  webshop: { long: 'Shopping', short: 'Shop', rules: 'Rules for shopping' },
  two: { long: 'Pick two and place', short: 'Pick two', rules: 'Rules for placing two things' },
};

export const knownFamilies = Object.keys(families);

export function familyName(family: string, form: 'long' | 'short' | 'rules' = 'long'): string {
  return families[family]?.[form] ?? (form === 'rules' ? `Rules for ${family}` : family);
}

export const backendNames = { webgpu: 'WebGPU', wasm: 'the processor (WebAssembly)', cpu: 'the processor (plain JavaScript)' };

export const phaseNames: Record<Phase, string> = {
  retrieve: 'Retrieve',
  act: 'Act',
  reward: 'Reward',
  advantage: 'Advantage',
  step: 'Policy step',
  edit: 'Rule edits',
  evaluate: 'evaluation',
};

export const stopReasons = {
  won: 'Won',
  done: 'Ended by the environment',
  steps: 'Lost: the step limit was reached',
  context: 'Lost: the next observation would not have fitted the context',
};

/** Kinds of finished experiments, as headings. */
const experiments: Record<string, string> = {
  'paper-table': 'Every method at equal episodes',
  'frozen-pool': 'A pool that goes on, against one that is frozen',
  'rules-vs-weights': 'Rules, weights, both, neither',
  'beside-rules': 'Rules with and without weights',
  'grpo-alone': 'Weights alone, for long',
  absorption: 'Do the weights take in the rules?',
  budget: 'Equal tokens, reflection counted',
  transfer: 'A pool read by a new agent',
  reflector: 'How well edits are written',
};

export function experimentName(name: string): string {
  const kind = Object.keys(experiments).find((kind) => name === kind || name.startsWith(`${kind}-`));
  return kind ? (experiments[kind] as string) : name;
}

const numbers = ['None', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine', 'Ten', 'Eleven', 'Twelve'];

/** A number at the start of a sentence: a word up to twelve. */
export function Count(n: number): string {
  return numbers[n] ?? String(n);
}

/** The same inside a sentence. */
export function count(n: number): string {
  return Count(n).toLowerCase();
}

export function plural(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

export function percent(share: number): number {
  return Math.round(share * 100);
}

/** A signed number with a real minus. */
export function signed(n: number, digits = 2): string {
  const size = Math.abs(n).toFixed(digits);
  return Number(size) === 0 ? size : `${n < 0 ? '−' : '+'}${size}`;
}

/** Seconds as people say them. */
export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** How long ago, as people say it. */
export function ago(seconds: number): string {
  const steps: [number, string][] = [
    [86_400, 'day'],
    [3600, 'hour'],
    [60, 'minute'],
  ];
  for (const [size, name] of steps) if (seconds >= size) return `${plural(Math.floor(seconds / size), name)} ago`;
  return 'just now';
}

/** Seconds as on a clock, for tables. */
export function clockTime(seconds: number): string {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

export function megabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

export function compact(n: number): string {
  if (n < 1000) return String(n);
  if (n < 1e6) return `${(n / 1e3).toFixed(n < 1e4 ? 1 : 0)} k`;
  return `${(n / 1e6).toFixed(2)} M`;
}

export interface Sentence {
  lead: string;
  rest: string;
  /** Printed in italics at the end. */
  goal?: string;
  hue?: 'r' | 'w';
}

/** The sentence about now, one per phase. */
export function nowSentence(event: PhaseEvent, k: number): Sentence {
  const { phase, done, total, detail, pips, iteration } = event;
  const won = pips?.filter((pip) => pip === 'won').length ?? 0;
  const over = pips?.filter((pip) => pip !== 'wait').length ?? done;
  switch (phase) {
    case 'retrieve':
      return {
        lead: 'Choosing rules.',
        rest: k === 0 ? 'None: this run shows the agent no rules.' : `The ${count(k)} best for each kind of task.`,
        hue: 'r',
      };
    case 'act':
      return {
        lead: 'Playing.',
        rest: `${Count(over)} of ${count(total)} episodes ${over < 2 ? 'is' : 'are'} over; ${count(won)} ${won < 2 ? 'was' : 'were'} won.`,
      };
    case 'reward':
      return { lead: 'Counting.', rest: `${Count(done)} won, ${count(total - done)} lost.`, hue: 'w' };
    case 'advantage':
      return done === 0
        ? { lead: 'No step this time.', rest: 'The episodes of each task all ended alike, so no action was better than another.', hue: 'w' }
        : {
            lead: 'Comparing.',
            rest: `${Count(done)} of ${count(total)} tasks had won and lost episodes; only these say what was better.`,
            hue: 'w',
          };
    case 'step':
      return { lead: 'Changing weights.', rest: 'Making the won episodes a little likelier.', hue: 'w' };
    case 'edit':
      return {
        lead: 'Writing rules.',
        rest: detail ? 'Comparing won and lost episodes of ' : 'Comparing won and lost episodes.',
        goal: detail || undefined,
        hue: 'r',
      };
    case 'evaluate':
      return {
        lead: iteration === 0 ? 'Measuring first.' : 'Measuring.',
        rest: `${Count(over)} of ${count(total)} games that are never trained on ${over < 2 ? 'is' : 'are'} over${pips ? `; ${count(won)} ${won < 2 ? 'was' : 'were'} won` : ''}.`,
      };
  }
}

export const sentences = {
  ready: {
    lead: 'Ready.',
    rest: 'Press Train: the agent plays the same games several times, and learns from where won and lost episodes part.',
  },
  opening: (what: string): Sentence => ({ lead: 'Getting ready.', rest: what }),
  example: {
    lead: 'An example is playing.',
    rest: 'Press Train: an agent of your own plays such games again and again, and learns from where won and lost ones part.',
  },
  starting: { lead: 'Starting.', rest: 'Loading the games and setting up the agent.' },
  pausing: { lead: 'Pausing.', rest: 'The work in hand is being put down safely.' },
  paused: (iteration: number): Sentence =>
    iteration < 0
      ? { lead: 'Not trained yet.', rest: 'Rules can be written or imported before the first iteration.' }
      : {
          lead: 'Paused.',
          rest:
            iteration === 0
              ? 'The untrained agent has been measured; training comes next.'
              : `Everything up to iteration ${iteration} is stored.`,
        },
  interrupted: (iteration: number): Sentence => ({
    lead: 'Interrupted.',
    rest:
      iteration < 0
        ? 'Nothing was stored yet; go on to begin again.'
        : `Everything up to iteration ${iteration} is stored; go on from there.`,
  }),
  finished: (iteration: number): Sentence => ({
    lead: 'Done.',
    rest: `All ${iteration} iterations are stored in this browser. Go on with more, or start over with other settings.`,
  }),
  failed: (why: string): Sentence => ({ lead: 'Stopped.', rest: why }),
  broken: { lead: 'Stopped.', rest: 'Nothing can be trained until the page is reloaded; stored runs can still be read and exported.' },
  elsewhere: { lead: 'Training in another tab.', rest: 'This one reads along; the controls are over there.' },
} satisfies Record<string, Sentence | ((...args: never[]) => Sentence)>;

/** Details under the stations of the loop, after an iteration. */
export function stepDetail(metrics: Metrics | undefined): string {
  if (!metrics || metrics.iteration === 0) return 'not yet';
  return metrics.update ? `KL ${metrics.update.kl.toPrecision(2)}` : 'no step';
}

export const editNames: Record<string, { mark: string; done: string }> = {
  ADD: { mark: 'add', done: 'added' },
  EDIT: { mark: 'edit', done: 'edited' },
  UPVOTE: { mark: 'upvote', done: 'upvoted' },
  DOWNVOTE: { mark: 'downvote', done: 'downvoted' },
  MERGE: { mark: 'merge', done: 'merged' },
  PRUNE: { mark: 'prune', done: 'pruned' },
  IMPORT: { mark: 'add', done: 'imported' },
  ENABLE: { mark: 'add', done: 'switched on' },
  DISABLE: { mark: 'prune', done: 'switched off' },
  RESTORE: { mark: 'edit', done: 'put back' },
};

/** How much of a rule's room is used, once that matters: more is neither typed nor pasted. */
export function lengthNote(draft: string): string {
  const { length } = draft;
  if (length < 0.8 * MAX_RULE_LENGTH) return '';
  return `${length} of ${MAX_RULE_LENGTH} characters${length < MAX_RULE_LENGTH ? '' : ': no more fits'}.`;
}

/* Episodes, rules and play */
