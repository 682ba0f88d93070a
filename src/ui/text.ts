/** The English of the page, in one file for who translates it: first what its parts share, then what each part says, by part. */
import { MAX_RULE_LENGTH, ruleLength } from '../rules/text.ts';
import type { PhaseEvent } from './client.ts';
import type { Metrics, Phase } from '../types.ts';
import { fileSize } from '../lib/sizes.ts';
import type { Ability } from '../trainer/language-models.ts';

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
  'paper-table': 'Every method, with equally many episodes',
  'frozen-pool': 'A pool that keeps changing, against one that is frozen',
  'rules-vs-weights': 'Rules, weights, both, neither',
  'grpo-alone': 'Weights alone, over many iterations',
  absorption: 'Do the weights take in the rules?',
  budget: 'Equally many tokens, those for writing rules counted',
  transfer: 'A pool given to a new agent',
  reflector: 'How well rules are written',
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

/** At most so many characters; where some were cut off, the end says so. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).trimEnd()}…` : text;
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

/** A measured number in a table: all digits of a whole one, six of another. */
export function digits(n: number): string {
  return n.toLocaleString('en', { maximumSignificantDigits: Number.isInteger(n) ? 15 : 6 });
}

/** A share as percents in a table, with the digits that tell one game in ten thousand. */
export function percents(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
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

/** Games that are won end first: what is over says nothing without what is still being played. */
function soFar(won: number, over: number, total: number): string {
  const playing = total - over;
  return [
    `${count(won)} won${playing ? ' so far' : ''}`,
    `${count(over - won)} lost`,
    ...(playing ? [`${count(playing)} still playing`] : []),
  ].join(', ');
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
        rest: `Of ${count(total)} episodes: ${soFar(won, over, total)}.`,
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
        rest: pips
          ? `Of ${count(total)} games that are never trained on: ${soFar(won, over, total)}.`
          : `${Count(over)} of ${count(total)} games that are never trained on ${over < 2 ? 'is' : 'are'} over.`,
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
    rest: `${iteration === 1 ? 'Its one iteration is' : `All ${iteration} iterations are`} stored in this browser. Go on with more, or start over: a new run with the settings below.`,
  }),
  failed: (why: string): Sentence => ({ lead: 'Stopped.', rest: why }),
  broken: {
    other: { lead: 'Stopped.', rest: 'Nothing can be trained until the page is reloaded; stored runs can still be read and exported.' },
    model: { lead: 'No such model.', rest: 'Choose another to train one; stored runs can still be read and exported.' },
    download: { lead: 'Not loaded.', rest: 'It is for you to say whether the model may be downloaded; stored runs can be read meanwhile.' },
  },
  elsewhere: { lead: 'Training in another tab.', rest: 'This one reads along; the controls are over there.' },
} satisfies Record<string, Sentence | Record<string, Sentence> | ((...args: never[]) => Sentence)>;

/** Details under the stations of the loop, after an iteration. */
export function stepDetail(metrics: Metrics | undefined): string {
  if (!metrics || metrics.iteration === 0) return 'not yet';
  return metrics.update ? `KL ${metrics.update.kl.toPrecision(2)}` : 'no step';
}

/** The six kinds of edits and their taking back, as they are printed at their marks. */
export const staffNames = {
  ADD: 'add',
  EDIT: 'edit',
  UPVOTE: 'upvote',
  DOWNVOTE: 'downvote',
  MERGE: 'merge',
  PRUNE: 'prune',
  RESTORE: 'undo',
};

export const editNames: Record<string, { done: string }> = {
  ADD: { done: 'added' },
  EDIT: { done: 'edited' },
  UPVOTE: { done: 'upvoted' },
  DOWNVOTE: { done: 'downvoted' },
  MERGE: { done: 'merged' },
  PRUNE: { done: 'pruned' },
  IMPORT: { done: 'imported' },
  ENABLE: { done: 'switched on' },
  DISABLE: { done: 'switched off' },
  RESTORE: { done: 'put back' },
};

/** How much of a rule's room is used, once that matters; or by how much a draft is too long. */
export function lengthNote(draft: string): string {
  const length = ruleLength(draft);
  if (length < 0.8 * MAX_RULE_LENGTH) return '';
  if (length <= MAX_RULE_LENGTH) return `${length} of ${MAX_RULE_LENGTH} characters.`;
  return `${plural(length - MAX_RULE_LENGTH, 'character')} too long: a rule holds at most ${MAX_RULE_LENGTH}.`;
}

/* Words of many places. */

export const common = {
  close: 'Close',
  copied: 'Copied',
  deleteIt: 'Delete it',
  dismiss: 'Dismiss',
  exportIt: 'Export it',
  keepIt: 'Keep it',
  notYet: 'not yet',
  of: (some: number, all: number) => `${some} of ${all}`,
  range: (low: number | string, high: number | string) => `${low} to ${high}`,
  /** Buttons that change a drawing for the table with its numbers, and back. */
  table: 'table',
  curve: 'curve',
  curves: 'curves',
  strip: 'strip',
} as const;

/* The bar, the keys, and what is told above every page. */

export const pageNames = {
  train: 'Train',
  episodes: 'Episodes',
  rules: 'Rules',
  runs: 'Runs',
  learn: 'Learn',
  play: 'Play',
  models: 'Models',
};

export const page = {
  title: (name: string, run: string | undefined) => `${name}${run ? ` · ${run}` : ''} · ${appName}`,
  notLoaded: 'This page could not be loaded; check the connection and reload.',
} as const;

export const bar = {
  skip: 'Skip to the page',
  pages: 'Pages',
  model: (name: string) => `Model: ${name}`,
  opening: 'opening',
  broken: { other: 'the trainer has stopped', model: 'no such model', download: 'the model is not loaded' },
  brokenBrief: { other: 'stopped', model: 'no model', download: 'not loaded' },
  machine: (policy: string, parameters: number, backend: string) => `${policy} ${compact(parameters)} on ${backend}`,
} as const;

export const keys = {
  title: 'Keys',
  train: 'on Train: train, pause, go on',
  iteration: 'on Train: one iteration',
  turns: 'next and previous turn of an episode',
  search: 'search',
  edit: 'edit the rule that has the focus',
  keep: 'keep what was written',
  leave: 'leave it',
  these: 'these keys',
  where:
    'A button that has the focus is pressed by Space, as everywhere; the other keys work whatever button has the focus, except where text is written.',
} as const;

export const notices = {
  region: 'Messages',
  brokenBy: { other: 'The trainer has stopped.', model: 'There is no such model.', download: 'The model is not loaded.' },
  downloadIt: 'Download and load it',
  chooseModel: 'Choose another',
  startAgain: 'Start it again',
  reload: 'Reload',
  noWebGpu: 'No WebGPU here',
  instead: (backend: string) => `Training on ${backend} instead.`,
  whatHelps: 'What would help',
  help: 'The embedded policy does not need it. For language models: a recent Chrome, Edge, Firefox or Safari on a machine with a graphics driver. WebGPU is offered on secure addresses only: https, or localhost.',
  noPage: (name: string) => `There is no page named “${name.length > 40 ? `${name.slice(0, 40)}…` : name}”; this is ${pageNames.train}.`,
  noRun: (name: string) => `There is no run named ${name} in this browser.`,
  importUnder: 'Import its file under',
  or: ', or',
  beginNew: 'begin a new one',
  BeginNew: 'Begin a new one',
  settingChanged: 'A setting was changed.',
  presetUnknown: 'An experiment is not known.',
  changeSetting: 'Change it',
  showMore: (n: number) => `Show ${n === 1 ? 'it' : `all ${n}`}`,
} as const;

/* The lab: what is told of the trainer, its runs and the page itself. */

export const told = {
  opening: 'Opening the trainer.',
  openedElsewhere: 'A newer version of this page was opened in another tab; reload to use it here too.',
  newVersion: 'A new version of this page is here. Stored runs go on in it.',
  notStored: 'The new run was put down before it was stored.',
  showRun: (run: string) => `Show ${run}`,
  loadingStopped: 'Loading was stopped before the policy was there.',
  exportEverything: 'Export everything',
  makeRoom: 'Free space under Runs',
  goOnFrom: (iteration: number) => `Go on from ${iteration}`,
  goOnWithoutDevice: 'Go on without it',
  ruleWaits: (iteration: number) => `The change takes effect when iteration ${iteration} is stored.`,
  trainerRestarted: 'The trainer had to be started again; ask once more.',
  crashed: (why: string) => `The trainer stopped unexpectedly (${why}).`,
  programMissing: 'its program could not be loaded',
  messageUnreadable: 'a message could not be read',
  silent: (seconds: number) => `it gave no sign of life for ${seconds} seconds`,
  fileFailed: (why: string) => `The file could not be handled (${why}). Nothing was changed.`,
  fileWorkerStopped: 'the worker for files stopped',
  notFetched: (name: string, online: boolean) =>
    `${name} could not be loaded: ${online ? 'its server does not answer' : 'this device is offline, and the file is not kept here'}. Try again when it is there.`,
  refused: (name: string, status: number) => `${name} could not be loaded: the server answered ${status}.`,
  unknownBackend: (asked: string, known: string) => `"${asked}" is not a known backend; choosing the fastest. Known: ${known}.`,
  unknownModel: (asked: string) => `"${asked}" cannot be the name of a model; using tiny.`,
  unknownThreads: (asked: string) => `"${asked}" is not a number of threads from 1 to 99; using as many as there are cores, at most 4.`,
  methodUnfit: (model: string, method: string, used: string, known: string) =>
    `Nothing here can train ${model}, and ${method} trains weights; using ${used} (allowed: ${known}).`,
  /** Games of one environment where a link fixed another. */
  otherWorld: (name: string, theirs: string, fixed: string) =>
    `${name} is for ${environmentNames[theirs] ?? theirs}, and this link fixes ${environmentNames[fixed] ?? fixed}: it is kept in this browser, but not played here.`,
  unknownPreset: (asked: string, known: string) => `"${asked}" is not a known preset; known: ${known}.`,
} as const;

/** What became of a run whose trainer or device was lost. */
export const recovery = {
  stored: (iteration: number) => (iteration >= 0 ? `Everything up to iteration ${iteration} is saved.` : 'Nothing was stored yet.'),
  during: (what: string, iteration: number | undefined) => `${what}${iteration === undefined ? '' : ` at iteration ${iteration}`}.`,
  startedAgain: 'The trainer has been started again; go on when you like.',
  deviceLost: 'The graphics device went away',
  deviceLostTimes: (times: number) => `The graphics device went away ${times} times`,
  deviceGivenBack: 'The graphics device was given back',
  openedAgain: (times: number, most: number) => `It is being opened again (${times} of ${most}).`,
} as const;

/* Train: what can be pressed, what happens now, and whether it gets better. */

export const train = {
  now: 'What is happening now',
  better: 'Is it getting better',
  readRules: 'Read its rules',
  watchEpisodes: 'Watch its episodes',
  waits: 'It waits for the next step.',
  noReason: 'The reason was not recorded.',
} as const;

export const transport = {
  toolbar: 'Training',
  train: 'Train',
  pause: 'Pause',
  goOn: 'Go on',
  trainMore: (n: number) => `Train ${n} more`,
  step: 'Step',
  byOne: 'by one',
  stepByOne: 'Step by one',
  grains: { action: 'action', group: 'group', iteration: 'iteration' },
  grainHelp: {
    action: 'Every episode takes one action; outside of episodes, one phase.',
    group: 'Until the groups of this iteration are over; then phase by phase, and the edits group by group.',
    iteration: 'To the end of this iteration, which is then stored.',
  },
  slow: 'Slow',
  motion: 'motion',
  slowMotion: 'Slow motion',
  key: (name: string) => `Key: ${name}`,
  startOver: 'Start over',
  startOverElsewhere: 'Another tab trains this run: a second one beside it would slow both down. Pause it over there first.',
  startOverHelp: 'Begins a new run with the settings below; this one stays stored.',
} as const;

export const loop = {
  title: 'The loop: rules and weights are changed by the same episodes',
  rules: (n: number) => plural(n, 'rule'),
  weights: 'Weights',
  adapter: (rank: number) => `adapter of rank ${rank}`,
  of: 'of',
  sameEpisodes: 'the same episodes,',
  twice: 'twice',
  noRules: 'none yet',
  bestOfKind: (k: number) => `the ${k} best of a kind`,
  episodes: (n: number) => plural(n, 'episode'),
  wonLost: (won: number, lost: number) => `${won} won, ${lost} lost`,
  wonOrLost: 'won or lost',
  tasks: (some: number, all: number) => `${some} of ${all} tasks`,
  againstGroup: 'against the group',
  done: 'done',
  task: (some: number, all: number) => `task ${some} of ${all}`,
  edits: (n: number) => (n ? `${n} made` : 'none'),
} as const;

export const timeBar = {
  iteration: (n: number) => (n === 0 ? 'Measuring the untrained agent' : `Iteration ${n}`),
  took: 'took',
  perSecond: (rate: number, what: string) => `${compact(rate)} ${what}`,
  rollouts: 'tokens/s in rollouts',
  actions: 'actions/s',
  step: 'tokens/s in the step',
} as const;

export const verdict = {
  wonOf: (n: number) => `of ${n} games it never trains on won`,
  beforeTraining: 'before any training',
  asAtStart: (percent: number) => `as at the start (${percent} %)`,
  sinceStart: (up: boolean, percent: number) => `${up ? 'up' : 'down'} from ${percent} % at the start`,
  level: (baseline: string) => `Level with ${baseline}.`,
  against: (points: number, baseline: string) => `${plural(Math.abs(points), 'point')} ${points > 0 ? 'above' : 'below'} ${baseline}.`,
  details: (won: number, iteration: number, low: number, high: number) =>
    `${won} won after iteration ${iteration}; 95 % interval ${low} to ${high}`,
  none: 'Not measured yet',
  whenMeasured: 'The agent is measured before training, on games that it never trains on, and then again every few iterations.',
} as const;

export const curve = {
  title: 'Games won, and the edits that came with it',
  tableTitle: 'Success and edits by iteration',
  iteration: 'Iteration',
  validation: 'Validation',
  training: 'Training',
  seconds: 'Seconds',
  legend: 'The first point is the untrained agent. Thick: validation games, with the 95 % interval; thin: training episodes.',
  nothing: 'Success on validation games by iteration; nothing is measured yet.',
  summary: (last: number, from: number, to: number, edits: number) =>
    `Success on validation games by iteration, 0 to ${last}: from ${from} to ${to} percent. Below: ${plural(edits, 'rule edit')} by iteration.`,
  lastTick: (iteration: number) => `iteration ${iteration}`,
  /** What is read under the cursor. */
  at: (iteration: number) => `Iteration ${iteration}`,
  ofValidation: (percent: number) => `${percent} % of validation games`,
  ofTraining: (percent: number) => `${percent} % of training episodes`,
  update: (kl: string, entropy: string) => `KL ${kl}, entropy ${entropy}`,
  edits: (list: string) => `edits: ${list}`,
} as const;

export const kinds = {
  title: 'By kind of task',
  beforeTraining: 'before training',
  atIteration: (run: string, iteration: number) => `${run}, at ${iteration}`,
  marks: (iteration: number, hollow: string) => `filled: iteration ${iteration} · hollow: ${hollow}`,
  tableTitle: 'Games won by kind of task',
  kind: 'Kind of task',
  interval: 'Interval',
  won: 'Won, percent',
  before: 'Before',
  percentOf: (what: string) => `${what}, percent`,
  games: (n: number) => plural(n, 'game'),
  none: 'The first measurement comes before training.',
} as const;

export const measuring = {
  title: 'Everything else that is measured',
  smoothing: 'smoothing',
  tableTitle: 'Everything that is measured, by iteration',
  iteration: 'Iteration',
  seconds: (phase: string) => `${phase}, s`,
  chart: (name: string, low: string, high: string) => `${name} by iteration, from ${low} to ${high}`,
  at: (iteration: number) => `Iteration ${iteration}`,
  atLast: 'The numbers are those of the last iteration; point at a curve to read another.',
} as const;

/** Names of what is measured, and one line of meaning with the unit. */
export const measureNames = {
  reward: { name: 'Reward', means: 'mean reward of the training episodes' },
  kl: { name: 'KL', means: 'of the policy from the one before the step, nats per choice' },
  ratio: { name: 'Ratio', means: 'largest ratio of new to old probability of a choice' },
  entropy: { name: 'Entropy', means: 'of the policy at its choices, nats' },
  mismatch: {
    name: 'Mismatch',
    means: 'between playing and training on the same choices, mean |log-ratio|, nats; above 0.001 the step weighs by importance',
  },
  rules: { name: 'Rules', means: 'active in the pool' },
  groups: { name: 'Groups that teach', means: 'tasks with won and lost episodes' },
  tokens: { name: 'Tokens', means: 'fed in rollouts, reflection and the policy step' },
  seconds: { name: 'Seconds', means: 'of the whole iteration' },
} as const;

export const settings = {
  nextRun: 'The next run in one sentence',
  thisRun: 'This run in one sentence',
  /** The sentence of settings, in the pieces between its values. */
  trainWith: 'Train with',
  on: 'on',
  tasks: 'tasks at a time with',
  episodes: 'episodes each and at most',
  steps: 'steps, showing the best',
  rules: 'rules, with an adapter of rank',
  learningRate: ', a learning rate of',
  seed: 'and seed',
  iterationsBefore: ', for',
  iterations: 'iterations.',
  helpRange: (help: string, min: number | undefined, max: number | undefined) => `${help} ${min} to ${max}.`,
  ownSettings: (run: string) => `${run} goes on with its own settings.`,
  difference: (name: string, there: number | string, here: number | string) => `${name} ${there} there, ${here} here`,
  putThemBack: 'Put them back',
  trainWithThese: 'Train a new run with these',
  changed: (n: number) => `${plural(n, 'setting differs', 'settings differ')} from the defaults`,
  fixed: (n: number) => `${plural(n, 'setting is', 'settings are')} fixed by the link`,
  putAllBack: (n: number) => `put ${n === 1 ? 'it' : 'all'} back`,
  presets: 'Begin with a ready experiment',
  presetsFirst: 'Ready experiments …',
  copyLink: 'Copy link to these settings',
  exportRun: (run: string) => `Export ${run}`,
  runsOn: (backend: string, threads: number) => `Runs on ${backend}${threads > 1 ? ` in ${threads} threads` : ''}`,
  passedOver: (backend: string, why: string) => `; ${backend} was passed over: ${why}`,
  chooseBackend: 'Add ?backend=webgpu, wasm or cpu to the address to choose.',
  chooseModel: 'Choose another model',
  all: (n: number) => `All ${n} settings`,
  symbol: "the paper's symbol",
  putBack: (value: string) => `put back ${value}`,
  default: (value: string) => `default ${value}`,
} as const;

/** Methods and environments as they are printed; others are called by their own name. */
export const methodNames: Record<string, string> = {
  jerp: 'JERP',
  'jerp-frozen-pool': 'JERP with a frozen pool',
  'rules-only': 'rules only',
  grpo: 'GRPO',
  rloo: 'RLOO',
  expel: 'ExpeL',
  'training-free-grpo': 'training-free GRPO',
  reflexion: 'Reflexion',
  'prompt-only': 'the prompt alone',
  base: 'untrained',
};

export const environmentNames: Record<string, string> = { alfworld: 'AlfWorld', webshop: 'WebShop' };

export const classLink = {
  button: 'Link for a class',
  title: 'A link for a class',
  what: (seed: number) =>
    `Everyone who opens it gets this experiment: every setting and seed ${seed}. What is ticked below is left out of their page; a setting that is fixed keeps its value, and the others can be changed.`,
  leaveOut: (out: number, all: number) => `Leave out of the page: ${out} of ${all}`,
  parts: {
    stepping: 'the buttons for single steps',
    slow: 'the switch for slow motion',
    reset: 'Start over',
    games: 'the choice of games',
    settings: 'the list of all settings (the sentence stays)',
    episodes: 'the Episodes page',
    rules: 'the Rules page',
    runs: 'the Runs page',
    learn: 'the Learn page',
  },
  fix: (fixed: number, all: number) => `Fix single settings: ${fixed} of ${all}`,
  fixed: 'Settings that cannot be changed',
  leaveFree: 'leave only this one free',
  link: 'The link',
  copy: 'Copy the link',
  open: 'Open it in a new tab',
} as const;

/* The strip of a pool's edits over training. */

export const timeline = {
  title: 'The pool over training',
  at: 'The pool as it was at iteration',
  iteration: (n: number, past: boolean) => `iteration ${n}${past ? '' : ', now'}`,
  now: ', now',
  chart: (total: number, list: string) => `${plural(total, 'edit')} by iteration: ${list}`,
  tableTitle: 'Edits by iteration',
  column: 'Iteration',
  past: (iteration: number) => `You see the pool after iteration ${iteration}; nothing has been changed.`,
  goBack: 'Go back to it',
  return: 'Return to now',
} as const;

/* Runs: the table, how runs compare, and what can be done with them. */

export const axisNames = {
  episodes: { title: 'episodes', unit: 'episodes played' },
  tokens: { title: 'tokens, those for writing rules too', unit: 'tokens' },
  iterations: { title: 'iterations', unit: 'iterations' },
  minutes: { title: 'minutes', unit: 'minutes of computing' },
} as const;

export const runs = {
  what: 'Everything is stored in this browser only. An exported run holds its settings, curves, rules, episodes and weights; another browser can take it in and train it further.',
  import: 'Import',
  exportAll: 'Export everything',
  newRun: 'New run',
  newRunElsewhere: (run: string) =>
    `${run} is being trained in another tab: a second run beside it would slow both down. Pause it over there first.`,
  noneBefore: 'No runs yet. Begin one under',
  noneAfter: ', or import a file that someone exported.',
  joinSeeds: 'average runs that differ only in their seed',
  compareBy: 'Compare by',
  joined: (first: string, others: number) => (others === 0 ? first : `${first} and ${others} more`),
  gamesWonBy: (unit: string) => `Games won, by ${unit}.`,
  seedBands: 'Bands go from the lowest to the highest seed.',
  intervalBands: 'Bands are 95 % intervals.',
  otherGames: 'These runs were measured on different games: compare them with care.',
  noTimes: (names: readonly string[]) =>
    `${names.join(', ')}: no times are stored, so that ${names.length === 1 ? 'it' : 'they'} cannot be drawn by minutes. Runs made by the command line, as those that came with the page, keep none.`,
  notAllDrawn: (most: number, gone: readonly string[], leftOut: readonly string[]) =>
    [
      `At most ${most} runs are drawn together.`,
      gone.length ? `Not drawn any more: ${gone.join(', ')}.` : '',
      leftOut.length
        ? `Added, but not drawn: ${leftOut.join(', ')}. Show ${leftOut.length === 1 ? 'it' : 'them'} in the table in place of others.`
        : '',
    ]
      .filter(Boolean)
      .join(' '),
  tableTitle: 'All runs',
  columns: {
    show: 'Show',
    run: 'Run, and how it differs from the run before it',
    iteration: 'Iteration',
    won: 'Games won, 95 % interval',
    tokens: 'Tokens',
    reflection: 'of these to write rules',
    time: 'Time',
    actions: 'Actions',
  },
  deleteRun: (run: string) => `Delete ${run}?`,
  deleteMeans: 'Its curves, rules, episodes and weights leave this browser for good. Export it first to keep them.',
} as const;

export const runRow = {
  show: (run: string) => `Show ${run}`,
  state: {
    loading: 'stored',
    broken: 'stored',
    ready: 'stored',
    running: 'running',
    held: 'step by step',
    pausing: 'pausing',
    elsewhere: 'running in another tab',
    paused: 'paused',
    interrupted: 'interrupted',
    failed: 'stopped',
    finished: 'finished',
    imported: 'imported',
    baseline: 'baseline',
  },
  forked: (run: string, iteration: number) => `forked from ${run} after iteration ${iteration}`,
  first: (method: string, seed: number, games: string) => `${method}, seed ${seed}, ${games}`,
  same: (run: string) => `same settings as ${run}`,
  /** Games or policies of one name can differ in what they hold. */
  otherGames: (before: string, now: string) => (before === now ? `other games of the name ${now}` : `games ${before} → ${now}`),
  otherPolicy: (before: string, now: string) => (before === now ? `another policy of the name ${now}` : `policy ${before} → ${now}`),
  busyHere: (run: string) => `${run} is being trained: pause it before it is deleted.`,
  busyElsewhere: (run: string) => `${run} is being trained in another tab: pause it there before it is deleted.`,
  gamesMissing: (games: string) => `Its games are not in this browser: load ${games} again under`,
  toGoOn: 'to go on.',
  resume: 'resume',
  fork: 'fork',
  baseline: 'baseline',
  export: 'export',
  elsewhere: 'other formats',
  delete: 'delete',
  /** What each of these does, in one line. */
  help: {
    resume: 'Trains it further, from where it stopped',
    fork: 'Begins a new run with its rules and weights',
    baseline: 'Draws it dashed behind other runs, which are compared with it',
    export: 'Saves all of it as one file, which Import takes back in any browser',
    elsewhere: 'Saves its weights or its episodes as files for other programs',
  },
  interval: (low: number, high: number) => `${percent(low)} to ${percent(high)}`,
} as const;

export const runsCurve = {
  tableTitle: 'Games won by the runs that are drawn',
  chart: (unit: string, names: string) => `Success on validation games by ${unit} for ${names}; the values are in the table`,
  at: (x: string, unit: string) => `At ${x} ${unit}:`,
  notBegun: 'not begun',
  withInterval: (y: number, low: number, high: number) => `${y.toFixed(2)} % (${low.toFixed(2)} to ${high.toFixed(2)})`,
  allBands: 'intervals of all runs',
} as const;

export const forkDialog = {
  title: (run: string) => `Fork ${run}`,
  what: (run: string) => `A new run begins with its weights, rules and curves as they were; ${run} stays as it is.`,
  after: 'After iteration',
  otherIterations: 'Of the other iterations the weights are not kept here.',
  onward: 'From there on',
  own: 'with its own settings',
  ofTrain: 'with the settings of the Train page',
  same: ', which are the same',
  fork: 'Fork it',
  leave: 'Leave it',
} as const;

export const elsewhereDialog = {
  title: (run: string) => `${run} in other formats`,
  peft: {
    label: 'Adapter for PEFT',
    what: 'A zip with adapter_config.json and adapter_model.safetensors, as peft, TRL and verl load them. LoRA only.',
  },
  adapter: {
    label: 'Adapter for jerp-lab',
    what: 'The weights with the optimiser’s state, of any kind. Import it here to begin a new run with them.',
  },
  chats: {
    label: 'Episodes as chats',
    what: 'JSON lines: the messages of each training episode, its reward, and the group it was compared in.',
  },
} as const;

export const readyRuns = {
  title: 'Results that came with the page',
  what: (n: number) => `${plural(n, 'finished run')}. Add them to your own to look at them, compare them, train them further or fork them.`,
  experiments: (n: number) =>
    `${plural(n, 'finished experiment')}, with charts and tables. Beside each title: games won by its best and by its weakest method.`,
  tableTitle: 'Runs that came with the page',
  columns: {
    run: 'Run',
    method: 'Method',
    environment: 'Environment',
    seed: 'Seed',
    iterations: 'Iterations',
    won: 'Games won, before and after',
    size: 'Size',
    actions: 'Actions',
  },
  gained: (before: number, after: number, games: number | null) => `${before} % to ${after} %${games === null ? '' : ` of ${games}`}`,
  open: 'open',
  openRun: (run: string) => `Open ${run}`,
  takeIn: 'add and open',
  takeInRun: (run: string) => `add and open ${run}`,
  fetching: 'fetching …',
  fetchingFile: (file: string) => `Fetching ${file} …`,
  takeAll: (n: number) => `Add all ${n}, to compare them above`,
} as const;

export const readyResult = {
  won: (method: string, percent: number) => `${method} ${percent} %`,
  meansOverSeeds: 'Means over seeds; bands go from the lowest to the highest seed.',
  oneSeed: 'One seed.',
  tableTitle: (result: string, environment: string) => `Result ${result}, ${environment}`,
  columns: {
    method: 'Method',
    won: 'Won, 95 % interval',
    interval: 'from, to',
    score: 'Score',
    seeds: 'Seeds',
    episodes: 'Episodes',
    tokens: 'Tokens',
  },
  draw: (method: string) => `Draw ${method}`,
  comparisons: (result: string, environment: string) => `Comparisons of ${result}, ${environment}`,
  comparisonColumns: {
    games: 'Game by game',
    points: 'points',
    interval: '95 % interval',
    pGames: 'p, over games',
    pSeeds: 'p, over seeds',
  },
  aboutP: (seeds: number) =>
    `p, over games: these runs, other games; p, over seeds: these games, other runs${seeds < 6 ? `; with ${plural(seeds, 'seed')} it cannot be below ${2 / 2 ** seeds}` : ''}.`,
  over: (a: string, b: string) => `${a} over ${b}`,
  madeBy: 'Made by',
} as const;

/* Learn: the loop explained, beside the paper's symbols; then the experiments for a lesson. */

export const learn = {
  title: 'How one agent learns two things at once',
  walk: 'Walk through the loop',
  stopWalk: 'Stop here',
  next: 'Next phase',
  endWalk: 'End the walk',
  opening: 'An agent plays the same game several times. What went well and badly is used twice: to nudge its',
  weights: 'weights',
  andRewrite: ', and to rewrite its',
  rules: 'rules',
  nextTime: '. The next time it plays, both are a little better.',
  dotted: 'Numbers with a dotted line come from your run,',
  dottedMoves: ', and move while it trains.',
  noRunBefore: 'Once you have',
  noRunLink: 'trained a run',
  noRunAfter: ', its own numbers stand in these sentences. Until then they are its settings.',
  retrieve: {
    title: '1. Retrieve',
    takes: 'Before an episode the agent takes the',
    best: (k: number) => (k === 1 ? 'best rule that is about its task' : 'best rules that are about its task'),
    /** Before the number that there were. */
    lastTime: (n: number) => (n === 1 ? '; the last time there was' : '; the last time there were'),
    stand: '. They stand in its prompt until the episode is over.',
    formula: 'K̃(d) = top-k of K(d)',
    note: (k: number) => `K(d) is the pool for tasks like d. Here k = ${k}; the paper does not give it.`,
  },
  act: {
    title: '2. Act',
    plays: 'It plays the same game',
    times: (n: number) => (n === 1 ? 'time' : 'times'),
    alike: '. Every episode starts alike, and chance in its choices lets them part',
    to: 'to',
    steps: 'steps, the last time',
    note: 'The policy π sees the task, what happened so far, and the rules.',
  },
  reward: {
    title: '3. Reward',
    text: 'One point if the game was won, none if it was not. Nothing in between, and nothing for trying. (In the shop: the share of the wish that was met.)',
    won: 'won,',
    lost: 'lost in this group',
    look: 'look at it',
  },
  advantage: {
    title: '4. Advantage',
    win: 'A win is worth',
    loss: 'here and a loss',
    rarer: ': the rarer outcome speaks louder.',
    general: 'Each episode is compared with the others of its game; the rarer outcome speaks louder.',
    alike: 'When all end alike, no action was better than another, and the weights stay as they are.',
    equation: 'Equation 19.',
    mean: 'μ is',
    deviation: 'and σ is',
    inGroup: 'in this group.',
  },
  step: {
    title: '5. Policy step',
    text: 'Actions of won episodes become a little likelier, the others a little less. A clip keeps the step small',
    moved: '; last time the policy moved by',
    nats: 'nats',
    formula: 'min(ρA, clip(ρ, 1−ε, 1+ε) A) − β KL',
    note: (epsilon: number, beta: number) =>
      `Only the adapter moves: pairs of thin matrices whose product is added to the frozen weights. Here ε = ${epsilon}, β = ${beta}. A nat measures information, as a bit does: e instead of 2.`,
  },
  edit: {
    title: '6. Rule edits',
    text: 'Then the same episodes are read once more. Won and lost ones are compared, and rules are added, reworded, voted on or merged: at most 4 edits for each task',
    last: 'in the last iteration',
    formula: 'K(d) ← Apply(K(d), O(d))',
    note: 'Rules whose score falls to 0 are pruned, and none is deleted from the history.',
    writtenBy: (reflector: string) => `Written by: ${reflector}.`,
    writesNone: (run: string) => `${run} is trained by a method that leaves this step out: it writes no rules.`,
  },
  experiments: 'Five experiments for a lesson',
  howLong:
    'A run of them took one to four minutes with the embedded policy on two cores, without a graphics card, and nine to fifteen where much else was computed on them. The marks fill when your runs have shown it.',
  aboutHere: (time: string) => `about ${time} on this machine`,
} as const;

/** The stops of the walk through the loop. */
export const walk = {
  choosing: 'Choosing rules.',
  noRules: 'None: this run shows the agent no rules.',
  bestRules: (k: number) => `The ${count(k)} best about the task go into the prompt.`,
  playing: 'Playing.',
  episodesOf: (n: number) => `${Count(n)} episodes of `,
  sameGame: (n: number) => `The same game ${count(n)} times; chance lets the episodes part.`,
  counting: 'Counting.',
  wonLost: (won: number, lost: number) => `${Count(won)} won, ${count(lost)} lost.`,
  wonOrLost: 'Each episode was won or lost.',
  noStep: 'No step from this group.',
  comparing: 'Comparing.',
  worth: (win: string, loss: string) => `A win is worth ${win} here, a loss ${loss}.`,
  alike: 'All its episodes ended alike, so no action was better than another.',
  measured: 'Each episode is measured against the others of its game.',
  changing: 'Changing weights.',
  moved: (kl: string) => `Won episodes become a little likelier; the policy moved by ${kl} nats.`,
  likelier: 'Making the won episodes a little likelier.',
  writing: 'Writing rules.',
  compared: (edits: number, iteration: number) =>
    `Won and lost episodes were compared: ${edits === 0 ? 'no edit' : plural(edits, 'edit')} in iteration ${iteration}.`,
  howWritten: 'Won and lost episodes are compared, and rules added, reworded, voted on or merged.',
} as const;

export const exerciseBar = {
  region: 'Exercise',
  lookFor: 'Look for this:',
  anotherRun: (run: string) => `The page shows ${run}, not the run that this exercise is about.`,
  openRun: (run: string) => `Open ${run}`,
  openFresh: 'Back to the exercise',
  runDone: (run: string) => `${run} is done.`,
  compareBoth: 'Compare both under Runs',
  training: (run: string) => `${run} is being trained.`,
  trainsMeanwhile: (run: string) =>
    `${run} is still being trained. To train here it has to be paused: it goes on later from its last stored iteration, and what it has done of the next one is lost.`,
  pauseIt: 'Pause it',
  waits: (run: string, iteration: number) => `${run} waits after iteration ${iteration}: go on with it.`,
  putWrongRules: 'Put the wrong rules in',
  putReadyPool: 'Put the ready pool in',
  areIn: 'They are in; press Train.',
  doFirst: 'Do this first; it makes a new run that waits.',
  allSet: 'Everything is set: press Train.',
  takes: (time: string) => `It takes about ${time} on this machine.`,
  all: 'All exercises',
  fold: 'Fold',
  unfold: 'Unfold',
  leave: 'Leave the exercise',
  leaveHelp: 'Takes this bar away; runs and settings stay as they are.',
  done: 'done',
  open: 'open',
} as const;

const shareOf = (percent: number, games: number) => `${percent} % of ${games} games`;
const points = (n: number) => `${signed(n, 0)} points`;

/** The five experiments: title, reason, what to look for, the links that set them up, and what their checks have found. */
export const exerciseTexts = {
  progress: {
    notBegun: (what: string) => `${what}: not begun yet.`,
    at: (what: string, run: string, at: number, of: number) => `${what}: ${run} is at iteration ${at} of ${of}.`,
    done: (what: string, run: string, won: { percent: number; games: number } | null) =>
      `${what}: ${run} is done${won ? `, ${shareOf(won.percent, won.games)} won` : ''}.`,
  },
  theRun: 'The run',
  rulesOff: {
    title: 'Switch the rules off',
    why: 'Train an agent, then measure it without its rules. What it can still do has moved into the weights.',
    look: 'At the end of a run the same games are played four times: with and without rules, with and without the trained weights.',
    open: 'Open the experiment',
    whenDone: 'With and without rules: measured when the run is done.',
    worth: (told: { percent: number; games: number }, untold: number, worth: number) =>
      `With its rules ${shareOf(told.percent, told.games)}, without them ${untold} %: reading them is worth ${points(worth)}.`,
    moved: (before: number, moved: number) =>
      `Before training, without rules, it won ${before} %: ${points(moved)} have moved into the weights.`,
  },
  freeze: {
    title: 'Freeze the pool after iteration 2',
    why: "The paper's ablation: rules help early; if they stop changing, they fall out of step with the policy.",
    look: 'The strip of edits ends after iteration 2 in one run and goes on in the other. See where the two curves part.',
    openFrozen: 'Open the frozen one',
    openFree: 'Open the one that goes on',
    frozen: 'Frozen',
    free: 'Going on',
    late: (edits: number) => `${plural(edits, 'edit')} in the frozen pool after iteration 2.`,
  },
  break: {
    title: 'Break the rules',
    why: 'Begin with twelve rules that are wrong: eggs beside the toilet, books in the fridge.',
    look: 'Rules that go with losing are voted down, and pruned at zero. Count how many iterations it takes, and why some are never judged: their thing was in no task. (Here a program compares the episodes, which misses less than the policy does.)',
    open: 'Open the experiment',
    notIn: (run: string) => `The wrong rules are not in ${run}; put them in before it trains.`,
    voted: (down: number, all: number, pruned: number) => `${down} of ${all} wrong rules have been voted down, ${pruned} of them pruned.`,
    rule: (text: string, votes: number, score: number, pruned: number | null) =>
      `“${text}”: ${plural(votes, 'vote')} against it, score ${score}${pruned === null ? '' : `, pruned in iteration ${pruned}`}.`,
  },
  rulesOrWeights: {
    title: 'Rules only, against weights only',
    why: 'Two agents with equal episodes: one may only write rules, the other may only change weights.',
    look: 'Which gains more in the same number of episodes, and what does it cost in tokens?',
    underRuns: 'Pick both runs under Runs to see them in one chart.',
    openRules: 'Open rules only',
    openWeights: 'Open weights only',
    rules: 'Rules only',
    weights: 'Weights only',
    gained: (gain: number, tokens: number) => `That is ${points(gain)} for ${Math.round(tokens / 1000)} thousand tokens.`,
  },
  transfer: {
    title: 'Give a new agent an old pool',
    why: 'Rules are sentences, so they can be handed on. A fresh agent starts with a ready pool, before any training.',
    look: 'Compare the first measurement, before any training, of the agent with the pool and of the one without.',
    openWith: 'Open the one with the pool',
    openWithout: 'Open the one without',
    with: 'With the pool',
    without: 'Without',
    notIn: (run: string) => `The ready pool was not in ${run} when it began; open the experiment again and put it in before it trains.`,
    before: (given: { percent: number; games: number }, plain: number) =>
      `Before any training: ${shareOf(given.percent, given.games)} with the pool, ${plain} % without.`,
  },
} as const;

/* Language models. */

export const languageModels = {
  title: 'Language models',
  what: "The embedded policy needs nothing. A language model of WebLLM's list is downloaded once, stays in this browser, plays and writes rules, and is trained here: models stored as floats by LoRA, 4-bit models through their scales, biases and norms.",
  embedded: 'Use the embedded policy',
  memory:
    "The first figure is WebLLM's own memory, by its list. Rollouts take about 1.1 GB more; a model of which one episode of 4,096 tokens needs more takes that, up to 4.3 GB where keys and values are as many as the heads (Llama 2, Phi 3.5, SmolLM2 1.7B). A training step comes on top of both: each row says what it takes at most, on the longest episode that the model reads; shorter episodes take less. Nothing is trained before Train is pressed.",
  noWebGpu:
    'This browser offers no WebGPU, which language models need: use a recent Chrome, Edge or Safari on a machine with a graphics driver.',
  noHalf: 'This graphics adapter has no half precision (shader-f16): only models with f32 in their name run.',
  needsWebGpu: 'needs WebGPU',
  needsHalf: 'needs shader-f16',
  rolloutOnly:
    'Models of other kinds (Gemma, Phi, Mistral, Qwen 3.5 and others) only WebLLM knows how to compute: they play, write rules and learn by rules alone.',
  /** What a model can do here: as a badge, among its facts, and explained. */
  abilities: {
    lora: {
      badge: 'LoRA',
      fact: 'all linear layers are trained',
      means: 'the weights are stored as floats; small matrices are learned beside every linear layer and merged into what plays',
    },
    scales: {
      badge: 'scale adapter',
      fact: 'scales, biases and norms are trained',
      means: 'the weights are stored in 4 bits, which would swallow so small a change; what is stored as floats beside them is learned',
    },
    rollouts: {
      badge: 'rollout only',
      fact: 'plays and learns rules',
      means: 'the weights stay as they are; the model plays, writes rules and learns by rules alone',
    },
  } satisfies Record<Ability, { badge: string; fact: string; means: string }>,
  legend: 'What the badges mean',
  isLoading: 'The trainer of this tab is loading this model.',
  facts: {
    memory: (bytes: number) => (bytes ? `${fileSize(bytes)} of memory` : 'memory unknown'),
    half: (needed: boolean) => (needed ? 'needs shader-f16' : 'does not need shader-f16'),
    training: (bytes: number | null) =>
      bytes === null ? 'memory of a training step is known after the download' : `a training step takes up to ${fileSize(bytes)} more`,
    /** WebLLM holds all weights in memory: there are no more to download. */
    sizeUnknown: (memory: number) => `size of the download unknown until it is asked for${memory ? `, at most ${fileSize(memory)}` : ''}`,
    toDownload: (bytes: number) => `about ${fileSize(bytes)} to download`,
    here: (bytes: number) => `here, ${fileSize(bytes)}`,
    inPart: (bytes: number, total: number) => `here, ${fileSize(bytes)} of ${fileSize(total)}`,
    damaged: 'here in part, and damaged',
  },
  find: 'Find a model',
  findLabel: 'Find a model: words of its name or its row',
  all: (n: number) => `${plural(n, 'model')}.`,
  shown: (n: number, all: number) => `${n} of ${plural(all, 'model')}.`,
  noMatch: (all: number) => `None of the ${plural(all, 'model')} matches.`,
  showAll: 'Show all',
  use: 'Use',
  download: 'Download',
  test: 'Test',
  delete: 'Delete',
  cancel: 'Cancel',
  progress: 'Progress',
  left: (time: string) => `, about ${time} left`,
  mute: (n: number) => `${n} more of WebLLM's list turn texts into vectors and cannot play.`,
  reading: "Reading WebLLM's list …",
  listUnread: (why: string) => `WebLLM's list could not be read: ${why}`,
  listRead: 'The list has been read.',
  downloadEnded: 'The download has ended.',
  downloadStopped: 'The download was stopped; what has arrived is kept, and Download goes on from there.',
  fetchingWebLlm: 'Fetching WebLLM.',
  notDeleted: (why: string) => `It could not be deleted: ${why}`,
  deleteModel: (model: string) => `Delete ${model}?`,
  deleteMeans: (bytes: number | null) =>
    `${bytes === null ? 'What is here of it leaves' : `${fileSize(bytes)} leave`} this browser; to use the model again it has to be downloaded again. Runs that were trained with it stay.`,
  selfTest: {
    title: 'Self-test',
    opening: 'Opening.',
    playing: 'Playing, comparing, learning.',
    playingOnly: 'Playing, reading again, writing.',
    how: (backend: string | null, serving: string, memory: string) => `${backend ? `Gradients on ${backend}. ` : ''}${serving} ${memory}`,
    stopped: (why: string) => `The self-test stopped: ${why}.`,
    difference: (largest: string, mean: string, choices: number) =>
      `: largest difference ${largest}, mean ${mean} nats over ${choices} choices;`,
    speed: (served: string, trained: string) => `WebLLM ${served} tokens/s, training side ${trained} tokens/s.`,
    agree: 'They agree.',
    moved: (largest: string, mean: string) =>
      `The update moved the log-probabilities of what was played before it by up to ${largest}, ${mean} on average.`,
    still: 'That is no more than the two differ by: agreeing after it proves nothing.',
    answers: (n: number, answers: number) => `${n} of ${answers} answers were among those allowed.`,
    again: (largest: string, mean: string, choices: number) =>
      `Read again, their log-probabilities differ by up to ${largest}, mean ${mean} nats over ${choices} choices.`,
    json: (valid: boolean) =>
      valid ? 'What it writes under a schema is valid.' : 'What it writes under a schema is not valid: it cannot write rules.',
    servedAlone: (served: string) => `WebLLM ${served} tokens/s.`,
    works: 'It plays and writes as it should.',
    fails: 'It does not play or write as it should; another model may.',
    differ: (tolerance: number) => `They differ by more than ${tolerance}: rollouts are weighed by importance.`,
  },
} as const;

/* Episodes, rules and play */

export function outcome(won: boolean): string {
  return won ? 'won' : 'lost';
}

export function ruleName(number: string): string {
  return `rule ${number}`;
}

/** How an edit moved a rule's score. */
export function scoreChange(before: number, after: number): string {
  return `score ${before} to ${after}`;
}

/** How an episode is called wherever it is named. */
export const episodeNames = {
  training: (group: number, nth: number) => `group ${group}, episode ${nth}`,
  ofIteration: (iteration: number, name: string) => `iteration ${iteration}, ${name}`,
  validation: (iteration: number, batch: number, game: number) =>
    `validation after iteration ${iteration}, game ${game}${batch > 1 ? ` of batch ${batch}` : ''}`,
};

/* The page of episodes. */

export const episodesPage = {
  title: 'Episodes',
  play: 'Play a task yourself',
  nothingPlays: 'Nothing is being played now. The episodes that are over stand in the list.',
  unknown: (name: string) => `This run does not hold ${name}; it may have been deleted. Choose another from the list.`,
};

/** How a group went, and how much of it is shown where that is not all. */
function wonOf(won: number, n: number, shown: number): string {
  return `${won} of ${n} won${shown < n ? `, ${shown} shown` : ''}`;
}

export const episodeList = {
  find: 'Find a word',
  findLabel: 'Find a word in the episodes',
  outcome: { label: 'Outcome', any: 'Won or lost', won: 'Won', lost: 'Lost' },
  kind: { label: 'Kind of task', any: 'All kinds' },
  iteration: {
    label: 'Iteration',
    any: 'All iterations',
    one: (i: number) => `Iteration ${i}`,
    until: (i: number) => `Up to iteration ${i}`,
  },
  rule: { label: 'Rule in the prompt', any: 'Any rules', one: (number: string, opening: string) => `Rule ${number}: ${opening}` },
  split: { label: 'Training or validation', any: 'All episodes', training: 'Training', validation: 'Validation' },
  order: 'Order',
  orders: {
    newest: 'Newest first',
    oldest: 'Oldest first',
    shortest: 'Fewest steps',
    longest: 'Most steps',
    reward: 'Highest reward',
  },
  searching: (n: number) => `Searching ${plural(n, 'episode')}.`,
  /** @param place of the open episode among those shown, from 1 at the top; null when it is not. */
  shown: (n: number, all: number, place: number | null) =>
    `${n} of ${plural(all, 'episode')}${place === null ? '' : `, this is number ${place}`}.`,
  noMatch: (all: number) => `None of the ${plural(all, 'episode')} matches.`,
  all: (n: number) => plural(n, 'episode'),
  showAll: 'Show all',
  none: 'No episodes yet. They appear here when the first iteration is stored.',
  nowPlaying: 'Now playing',
  steps: (n: number) => plural(n, 'step'),
  label: 'Episodes',
  inGroup: (nth: number) => `Episode ${nth}`,
  alone: (iteration: number, name: string) => `It. ${iteration}, ${name}`,
  validationGroup: (iteration: number, ...counts: [won: number, n: number, shown: number]) =>
    `Validation after iteration ${iteration} · ${wonOf(...counts)}`,
  trainingGroup: (iteration: number, group: number, goal: string, ...counts: [won: number, n: number, shown: number]) =>
    `Iteration ${iteration}, group ${group} · ${goal} · ${wonOf(...counts)}`,
};

export const episodeView = {
  play: 'Play it yourself',
  live: 'being played now',
  /** Round the two keys. */
  keys: { lead: 'keys', do: 'move by turns' },
  beside: 'Beside',
  noOther: 'no other',
  other: (nth: number, won: boolean) => `Episode ${nth}, ${outcome(won)}`,
  swap: 'Swap the two',
  copy: 'Copy as text',
  copied: 'Copied',
  fork: { ends: 'Here one of them ends', atOnce: 'They part at the first turn', later: 'Here they part' },
  shared: (turns: number) => `after ${plural(turns, 'turn')} that both share`,
  choosing: (turn: number) => `Turn ${turn}. The agent is choosing the next one.`,
  made: 'What the reflector made of this group',
};

/** An episode as a text to be copied: its first and its last line. */
export const episodeLog = {
  task: (goal: string) => `Task: ${goal}.`,
  ended: (stop: string, reward: number) => `Ended: ${stop}, reward ${reward}.`,
};

export const branch = {
  title: (nth: number | 'validation', won: boolean) => `${nth === 'validation' ? 'Validation episode' : `Episode ${nth}`}, ${outcome(won)}`,
  advantage: (value: string) => `advantage ${value}`,
  others: (turns: number) => `Show the other ${plural(turns, 'turn')}`,
  end: (stop: keyof typeof stopReasons, won: boolean, steps: number) =>
    `${stopReasons[stop]}${won ? ` at step ${steps}` : ` after ${plural(steps, 'step')}`}.`,
  cost: (reward: number, tokens: number) => `Reward ${reward}. ${tokens} tokens`,
  /** What of it is learnt from, after the number of tokens. */
  learnt: {
    nothing: '; nothing is learnt from validation.',
    underlined: '; the underlined ones carry loss.',
    none: '; none carries loss, because the whole group ended alike.',
  },
};

export const turnRow = {
  turn: (number: number) => `Turn ${number}`,
  says: (rule: string) => `It says so: ${rule}`,
  /** After a chance in percent. */
  likely: 'likely',
};

export const promptRules = {
  none: 'No rules in the prompt.',
  count: (n: number) => `${Count(n)} ${n === 1 ? 'rule' : 'rules'} in the prompt:`,
  read: (n: number, open: boolean) => `${open ? 'Fold' : 'Read'} ${n === 1 ? 'it' : 'them'}`,
  rank: 'rank',
  score: 'score',
  rule: 'rule',
  notStored: 'not stored',
  reworded: '(reworded since)',
  gone: '(gone since)',
};

export const because = {
  then: ', then ',
  ended: 'it ended there',
  parted: (turn: number) => `They parted at turn ${turn}`,
};

export const liveEpisode = {
  label: 'One of the episodes being played',
  example: 'Example',
  now: 'Now playing',
  last: 'Last played',
  won: ' · won',
};

/** Under a text that is too long to stand there whole. */
export const capped = { more: 'more', less: 'less' };

/* How far a run is, and what its last iteration changed. */

export const reach = {
  weights: (done: number, total: number): State => ['Model', `${megabytes(done)} of ${megabytes(total)}`, 'then the warm-up'],
  engine: (share: number): State => ['WebLLM', `${share} %`, 'then the weights for training'],
  warmup: (done: number, total: number): State => ['Warm-up', `${done} of ${total}`, 'compiling shaders'],
  opening: (measuring: boolean): State => ['Getting ready', '', measuring ? 'measuring' : ''],
  broken: {
    other: ['Stopped', '', ''] as State,
    model: ['No model', '', ''] as State,
    download: ['Not loaded', '', ''] as State,
  },
  iteration: (at: number, total: number, right: string): State =>
    at > 0 ? [`Iteration ${at}`, `of ${total}`, right] : ['Before training', '', right],
  pausing: 'pausing',
  held: 'step by step',
  measuring: 'measuring',
  left: (seconds: number) => `about ${duration(seconds)} left`,
  elsewhere: (done: number, total: number): State => [`Iteration ${done}`, `of ${total}`, 'in another tab'],
  finished: (done: number, total: number, spent: number): State => [
    'Done',
    `${done} of ${total}`,
    spent > 0 ? `${clockTime(spent)} min` : '',
  ],
  ready: (total: number, left: number | null): State => [
    'Ready',
    plural(total, 'iteration'),
    left === null ? '' : `about ${duration(left)}`,
  ],
  /** Put down: by a person, by a fault, or by a tab that was closed. */
  stopped: (how: 'paused' | 'failed' | 'interrupted', done: number | null, total: number, right: string): State => {
    const did = { paused: 'Paused', failed: 'Stopped', interrupted: 'Interrupted' }[how];
    if (done === null) return ['Not begun', plural(total, 'iteration'), right];
    return [`${did} after iteration ${done}`, `of ${total}`, right];
  },
  evaluation: 'Evaluation',
  rate: (actions: number) => ` · ${actions} actions/s`,
  phase: (name: string, done: number, total: number) => `${name} ${done} of ${total}`,
  share: (done: number, total: number) => `${done} of ${total}`,
  stop: 'Stop',
  bars: { model: 'Model', warmup: 'Warm-up', iterations: 'Iterations', phase: 'This phase' },
};
type State = [bold: string, plain: string, right: string];

export const lastEdits = {
  title: (iteration: number) => (iteration > 0 ? `Edits of iteration ${iteration}` : "This iteration's edits"),
  rules: (n: number) => (n === 1 ? 'the one rule' : `all ${n} rules`),
  none: 'No rule was changed in this iteration.',
  noEdits: (n: number) =>
    `No edits yet. The ${n === 1 ? 'one rule' : `${n} rules`} of this run ${n === 1 ? 'was' : 'were'} there before it trains; the first edits come after the first group in which some episodes were won and others lost.`,
  writesNone: 'This method writes no rules.',
  noRules: 'No rules yet. The first are written after the first group in which some episodes were won and others lost.',
  /** Before the number of the rule, which is a link. */
  rule: 'Rule',
  wholeRule: (number: string) => `Rule ${number}`,
  more: (n: number, underRules: boolean) => `And ${n} more${underRules ? ', under Rules' : ''}.`,
  dropped: (n: number) => `${plural(n, 'more was', 'more were')} dropped as invalid or repeated.`,
};

/* The page of rules. */

export const rulesHead = {
  title: 'Rules',
  none: (anyKind: boolean) => `Sentences that the agent reads before it plays. None ${anyKind ? 'yet' : 'of this kind yet'}.`,
  coming: (changes: number) =>
    `Sentences that the agent reads before it plays. ${Count(changes)} ${changes === 1 ? 'change waits' : 'changes wait'} for the end of the iteration.`,
  some: (n: number) => `${Count(n)} ${n === 1 ? 'sentence' : 'sentences'}, written by the run and by people.`,
  inPrompt: (k: number, active: number) =>
    k === 0
      ? 'This run shows none of them to the agent.'
      : active <= k
        ? 'All that are switched on can stand in a prompt.'
        : `At most ${k} of them, those with the best scores, stand in a prompt.`,
  write: 'Write a rule',
  import: 'Import',
  export: 'Export',
  undo: 'Undo',
  undoTitle: 'Takes back the last change that a person made, all that was made in one go',
  redo: 'Redo',
  redoTitle: 'Makes again the change that was taken back last',
};

export const ruleTabs = {
  label: 'Pools',
  all: 'All',
  things: 'Rules about one thing',
  aboutThing: 'About a thing …',
};

export const rulesPage = {
  find: 'Find a rule',
  which: 'Which rules',
  conditions: {
    '': 'All that are kept',
    active: 'In use',
    pending: 'Pending',
    disabled: 'Switched off',
    superseded: 'Superseded by a merge',
    pruned: 'Pruned',
    imported: 'Imported',
    everything: 'Everything there was',
  },
  order: 'Order',
  rankings: { '': 'Best score', used: 'Most used', help: 'Help minus harm', youngest: 'Youngest', oldest: 'Oldest' },
  compareLabel: 'Compare with the pool of another run',
  compare: 'Compare with …',
  waiting: (n: number) => `${plural(n, 'rule')} wait for you.`,
  /** A change of a person's that is stored, but not made yet. */
  waitsFor: (iteration: number) => `waits for iteration ${iteration}`,
  deed: (done: string, rule: string | null) => (rule === null ? `Will be ${done}.` : `Rule ${rule} will be ${done}.`),
  moreWait: (n: number) => `${plural(n, 'more change')} wait too.`,
  takeAll: 'Take all in',
  declineAll: 'Decline all',
  columns: { score: 'score', rule: 'rule', lean: 'how much the policy leans on it' },
  label: 'Rules',
  promptEnd: 'below this line no rule reaches the prompt',
  noMatch: 'No rule matches.',
  showAll: 'Show all',
  none: (then: boolean) =>
    `No rules ${then ? 'then' : 'yet'}. The first are written after the first group in which some episodes were won and others lost.`,
  writeOne: 'Write one yourself',
  readyPools: { alfworld: 'Take in the ready pool for homes', webshop: 'Take in the ready pool for the shop' },
  gone: (n: number) => `${plural(n, 'rule')} pruned or merged into others.`,
  showGone: (n: number) => `Show ${n === 1 ? 'it' : 'them'} too`,
  unknown: (number: string, then: boolean) => `There is no rule ${number} ${then ? 'at that time' : 'in this run'}.`,
  pending: (n: number, origin: string) =>
    `${plural(n, 'rule')} from ${origin} ${n === 1 ? 'is' : 'are'} pending until you take ${n === 1 ? 'it' : 'them'} in.`,
  cannot: (why: string) => `That cannot be done: ${why}`,
  /** Of several changes taken back together. */
  leftAsIs: (n: number) =>
    `Done, except for ${plural(n, 'rule')} that changed since: ${n === 1 ? 'it stays' : 'they stay'} as ${n === 1 ? 'it is' : 'they are'}.`,
};

export const newRule = {
  refused: (why: string) => `Not kept: ${why}`,
  /** Below what was written before, and neither kept nor left. */
  unfinished: 'You had begun this; it is not in the pool yet.',
  mark: 'new',
  label: 'The new rule, one plain sentence',
  placeholder: 'One plain sentence',
  /** Before the choice of a pool. */
  for: 'for',
  keep: 'Keep it',
  leave: 'Leave it',
};

export const ruleItem = {
  /** Under the score: how it came about. */
  standing: {
    votes: (up: number, down: number) => [up ? `${up} up` : '', down ? `${down} down` : ''].filter(Boolean).join(' '),
    imported: 'imported',
    person: 'by you',
    new: 'new',
  },
  tags: { pending: 'pending', off: 'off', superseded: 'superseded', pruned: 'pruned' },
  label: (number: string) => `Rule ${number}`,
  keep: 'Keep this wording',
  leave: 'Leave it as it was',
  /** Beside a wording that was begun before, and neither kept nor left. */
  unfinished: 'You had begun this wording; the rule still says what it said.',
  version: (earlier: number) => `Becomes version ${earlier + 1}; the earlier ${earlier === 1 ? 'one stays' : 'ones stay'}.`,
  then: 'as it was then',
  takeIn: 'Take it in',
  decline: 'Decline',
  edit: 'Edit',
  switchOn: 'Switch on',
  switchOff: 'Switch off',
  history: 'History',
};

/** The right margin of a rule. */
export const ruleSide = {
  /** Before the share that was won. */
  won: 'Won',
  ofIts: 'of its',
  /** Of the episodes without the rule, after the share. */
  of: 'of',
  training: (n: number) => plural(n, 'training episode'),
  without: (n: number) => `${n} without it`,
  neverWithout: 'never left out since it came',
  neverWithoutMeans: 'Every training episode of its kinds of task, played since the rule was first in the pool, had it in the prompt.',
  /** Before the share that was won in validation. */
  validation: 'In validation won',
  validationEpisodes: (n: number) => plural(n, 'episode'),
  withoutMeans: 'In training episodes of the same kinds of task, played since the rule was first in the pool, in which it was not shown.',
  notTrained: 'Not used in training yet',
  notUsed: 'No stored episode used it yet',
  from: 'From',
  aFile: 'a file',
  merged: (iteration: number) => `Merged in iteration ${iteration} from rules`,
  made: (byPerson: boolean, iteration: number) => `${byPerson ? 'Written by you' : 'Added'} in iteration ${iteration}`,
  madeFrom: 'from',
  and: ' and ',
  edited: (times: number) => `, edited ${times === 1 ? 'once' : `${times} times`}`,
  livesOn: 'Lives on in',
};

export const ruleHistory = {
  label: (number: string) => `History of rule ${number}`,
  who: { person: 'by you', import: 'imported', pool: 'by the pool', reflector: '' },
  iteration: (i: number) => `it. ${i}`,
  more: (n: number) => ` and ${n} more`,
  takeBack: 'take back',
  takeBackLabel: (what: string, iteration: number) => `Take back: ${what}, iteration ${iteration}`,
  undone: (what: string, iteration: number) => `taken back: “${what}” of iteration ${iteration}`,
  redone: (what: string, iteration: number) => `made again: “${what}” of iteration ${iteration}`,
  cannot: (why: string) => `That cannot be taken back: ${why}`,
  others: (n: number) => `Show the other ${n}`,
  leanLabel: (number: string) => `Leaning on rule ${number} by iteration`,
  leanCaption: (number: string) => `How much the policy leaned on rule ${number}`,
  leanIteration: 'Iteration',
  leanNats: 'Nats',
};

/** How much the policy leans on a rule. */
export const leaning = {
  words: {
    once: 'measured once',
    against: 'acted against',
    noDifference: 'makes no difference',
    noOccasion: 'no occasion',
    absorbed: 'absorbed',
    beingAbsorbed: 'being absorbed',
    leaned: 'leaned on',
  },
  label: (word: string, nats: string) => `Leaning on this rule over training: ${word}, now ${nats} nats`,
  nats: (value: string) => `${value} nats`,
  meaning:
    'The mean over actions of log π(action | prompt) − log π(action | prompt without this rule), in nats, measured on a few episodes. 0 means that the policy would act alike without being told. The number is the last measurement, and the word goes with it: “leaned on”, at least half as much as at its height; “being absorbed”, less than that; “absorbed”, near 0 after it was leaned on; “makes no difference”, near 0 and never leaned on, because it is not followed or because the policy does so anyway; “acted against”, below 0. “No occasion”: the rule is about a thing or a kind of task that none of these episodes was about.',
};

export const withoutRule = {
  pauseFirst: 'Pause the run first: one policy cannot train and be measured at once.',
  notReady: 'The trainer is not ready yet.',
  another: 'Another rule is being measured.',
  progress: 'Games played',
  played: (done: number, total: number, left: number | null) =>
    `${done} of ${total} episodes${left === null ? '' : `, ${duration(left)} left`}`,
  stop: 'Stop',
  run: (games: number) => `Run ${games} games without it`,
  howMany: 'How many games',
  games: (n: number) => `${n} games`,
  /** What tells the result of these games from the shares that training happened to show. */
  title: 'Tried side by side',
  shares: (withRule: number, without: number) => `${percent(withRule)} % with it, ${percent(without)} % without`,
  points: (n: number, difference: number, [low, high]: readonly [number, number]) =>
    `, on the same ${n} games: ${signed(difference * 100, 0)} points (95 % interval ${signed(low * 100, 0)} to ${signed(high * 100, 0)}).`,
  onlyOne: (withRule: number, without: number) => `${withRule} won only with it, ${without} only without.`,
  measured: (iteration: number) => `Measured with the weights of iteration ${iteration}.`,
};

export const comparePools = {
  /** After the name of the other pool. */
  title: ', beside this pool',
  comparing: (theirs: number, mine: number) => `Comparing ${plural(theirs, 'rule')} with ${plural(mine, 'rule')}.`,
  found: (onlyTheirs: number, reworded: number, same: number, onlyMine: number) =>
    `${plural(onlyTheirs, 'rule')} new here, ${reworded} in other words, ${same} the same, ${onlyMine} only here. Nothing has been changed yet.`,
  /** What to know before rules are taken in. */
  mind: (changed: number, unread: number) =>
    `Of those that can be taken in, ${[
      changed ? `${changed} ${changed === 1 ? 'is' : 'are'} not as in the file` : '',
      unread ? `${unread} ${unread === 1 ? 'is' : 'are'} for a kind of task that is not known here` : '',
    ]
      .filter(Boolean)
      .join(', ')}: each says so below, these first.`,
  cleaned: (what: readonly string[]) => `Not as in the file: ${what.join(', ')}.`,
  unread: (kind: string) => `No task of this run is known to be of the kind “${kind}”: the rule would stand in no prompt.`,
  newHere: 'New here',
  more: (n: number) => `And ${n} more.`,
  reworded: 'In other words',
  besideRule: (number: string, score: number) => `beside rule ${number}, score ${score}`,
  unchanged: (onlyMine: number, same: number) => `${onlyMine} only here, ${same} the same`,
  onlyHere: 'only here',
  same: 'the same',
  take: (n: number) => `Take in ${plural(n, 'rule')} as pending`,
  leave: 'Leave it',
};

export const contradictions = {
  kinds: {
    contradiction: 'These contradict each other.',
    ignored: 'The agent wins without following it.',
    resisted: 'The agent acts against it.',
  },
  weak: 'A weak sign that the agent acts against it.',
  weakMeans:
    'Too little was measured, or too small a difference, to judge the rule by it; playing games with it and without it tells more.',
  /** Weak signs are listed too, but are no contradictions. */
  summary: (findings: readonly { weak?: boolean }[]) => {
    const weak = findings.filter((finding) => finding.weak).length;
    const contradictions = findings.length - weak;
    const signs = plural(weak, 'weak sign');
    if (contradictions === 0) return `${signs} that the agent acts against a rule`;
    const found = `${plural(contradictions, 'contradiction')} between rules, or between a rule and what the agent does`;
    return weak === 0 ? found : `${found}, and ${signs} of one`;
  },
  seenIn: ' Seen in ',
  switchOff: (number: string) => `Switch off rule ${number}`,
  voteDown: (number: string) => `Vote down rule ${number}`,
  resolve: 'Resolve it',
  tooMany: (most: number) => `More than ${most} rules are in use: too many to compare each with each on this page.`,
};

/* Playing by hand. */

export const playPage = {
  title: 'Play',
  label: 'What is played',
  /** Before the known ones. */
  unknown: (env: string) => `"${env.length > 40 ? `${env.slice(0, 40)}…` : env}" is not a known environment. Known:`,
  stop: 'Stop',
  actions: (n: number) => plural(n, 'action'),
  /** The quirk of the original's reward: what is best, in bold, and why. */
  atMost: (best: number) => `at most ${best.toFixed(2)} can be scored`,
  atMostWhy: "with the product that was meant: the original's reward has that quirk",
  best: (best: number) => `${best.toFixed(2)} can be scored`,
  shortest: (actions: number) => `the shortest way to win takes ${actions}`,
  /** Each beside its key. */
  keys: { lead: 'keys', type: 'types', takeBack: 'takes back', agent: 'asks the agent', expert: 'the expert' },
  takeBack: 'Take back',
  startOver: 'Start over',
  askAgent: 'Ask the agent',
  askExpert: 'Ask the expert',
  save: 'Save as game.tw-pddl',
  /** Before the action and its chance, then the runners-up. */
  agentWould: (run: string | null, rules: number) =>
    `${run ? `The agent of ${run}` : 'The untrained agent'}${rules ? `, which reads ${plural(rules, 'rule')} here,` : ''} would`,
  chance: (chance: string) => `with ${chance}`,
  else: '; else ',
  thinking: 'The agent is thinking.',
  expertWould: 'An expert who knows where everything is would',
  noSearch: 'None of the searches offered finds the product that was meant; search in words of your own.',
  unwinnable: 'From here the game cannot be won any more: what is in your hands fits nowhere. Take it back.',
  working: 'Working it out',
  opening: { alfworld: 'Opening the games', webshop: 'Opening the shop' },
  stopped: 'It was stopped. Open a task to begin again, or choose another world.',
};

export const playChoice = {
  environment: 'Environment',
  worlds: { alfworld: 'Games', webshop: 'Shop' },
  own: "The app's own",
  split: 'Split',
  number: 'Number',
  open: 'Open',
  next: 'Next one',
  oddHomes: 'What is odd about these homes',
  homes: [
    'You carry one thing at a time, and can examine only what you carry, or a place where you are.',
    'Some places share a spot: one cannot go from one to the other, and need not.',
    'Heating, cooling, lamps and knives work through closed doors. Doors stay open when you leave.',
    'A thing that lies in two places at once stays listed in the second after it is taken from the first.',
    'A teddy bear or a roll of paper, once taken, fits nowhere any more.',
  ],
  oddShop: 'What is odd about this shop',
  /** @param guesses how often guessing kinds of products led to the original's judgement; null where they are known. */
  shop: (guesses: { agreed: number; compared: number } | null) => [
    'The page never shows which options are picked when an agent reads it as plain text; here the radio buttons do.',
    'Options that are left alone are not asked for. Colours are compared by the first known colour in their name, so "redwood" is red.',
    '"Next" goes on for ever, past the last product too. Leaving a product forgets its options.',
    `What kind of thing a product is, is judged by the nouns in its title too. ${
      guesses === null
        ? 'Those of this shop are known.'
        : `Where no nouns.json names them they are guessed; in ${guesses.agreed} of ${guesses.compared} recorded cases that led to the original's judgement.`
    }`,
    'Words like "under $40" do not narrow a search: they are looked for like any others.',
  ],
};

export const playHome = {
  won: 'Won',
  /** After "Won". */
  end: (actions: number, shortest: number | null) =>
    `with ${plural(actions, 'action')}${shortest === null ? '' : `; the shortest way takes ${shortest}`}.`,
  label: 'What can be done',
  placeholder: 'Say what to do, or narrow the list',
  command: 'A command',
  send: 'Do it',
  otherCommands: 'other commands',
  noMatch: 'No command has these letters. Enter sends them as they are; the game answers "Nothing happens."',
};

/** The shop as a page; buttons that the shop itself has are called as there. */
export const playShop = {
  label: "The shop's page",
  back: 'Back to Search',
  previous: '< Prev',
  next: 'Next >',
  find: 'Search the shop',
  search: 'Search',
  offered: 'or in words of the request, as an agent that picks from a list does:',
  results: (page: number, total: number) => `Page ${page} (Total results: ${total})`,
  seen: ' · seen',
  emptyPage: (found: boolean) => `Nothing on this page. ${found ? 'The results ended before it.' : 'No product has any of these words.'}`,
  rating: 'Rating: N.A.',
  buy: 'Buy Now',
  noReviews: 'There are no reviews in this shop.',
  saysNothing: 'The shop says nothing here.',
  log: 'What an agent reads and sends',
};

/** What a purchase scored. */
export const playVerdict = {
  ofOne: '\u00a0of\u00a01',
  all: 'Just what was asked for.',
  some: 'Bought, but not all that was asked for.',
  with: (actions: number) => `, with ${plural(actions, 'action')}.`,
  caption: 'The parts of the score',
  askedFor: 'Asked for',
  met: 'Met',
  counts: 'Counts',
  yes: 'yes',
  no: 'no',
  partly: 'partly',
  attribute: 'attribute',
  option: 'option',
  price: (most: number) => (most >= 1_000_000 ? 'any price' : `less than $${most.toFixed(2)}`),
  costs: (price: number) => `it costs $${price.toFixed(2)}`,
  kind: 'the right kind of product',
  kindWhy: { search: 'it is found with the same search', category: 'it stands in the same departments' },
  nouns: (share: number) => `its title shares ${percent(share)} % of the nouns`,
  score: 'Score',
  meant: (product: string | null) => `Meant was ${product ?? 'this very product'}.`,
};

/* A person's own games, and where runs are kept. */

export const ownGames = {
  title: 'Games',
  label: 'Games for the next run',
  own: "The app's own",
  ownHomes: 'homes made on the spot, without end; training and validation never share one',
  ownShop: 'shop of 2,000 made-up products, with goals without end; training and validation never share a product',
  yours: (n: number, shop: boolean) => `${plural(n, shop ? 'product' : 'game')} of your own`,
  goesOn: (run: string, world: string) => `${run} goes on with ${world}; the choice is for the next run.`,
  dropLabel: 'Your own games or shop',
  drop: 'Drop your own AlfWorld download here (the zip as it came, or its folder), or the items_*.json files of a WebShop. Nothing is uploaded; it stays in this browser.',
  chooseFiles: 'Choose files',
  chooseFolder: 'Choose a folder',
  none: 'There are no games in it: choose a zip, a folder with files named game.tw-pddl, or the items_*.json files of a shop.',
  notRead: (why: string) => `What was dropped could not be read: ${why}`,
  reading: 'Reading your files',
  stop: 'Stop',
  /** After the name of what was read. */
  read: (shop: boolean, kept: number, dropped: number, training: number, validation: number) =>
    `: ${plural(kept, shop ? 'product' : 'game')} read${dropped ? `, ${dropped} left out` : ''}. ${plural(training, shop ? 'goal' : 'game')} for training, ${validation} for validation.`,
  leftOut: 'What was left out',
  moreLeftOut: (n: number) => `and ${n} more`,
  /** Files that are told by their number. */
  theFiles: 'the files',
  andMore: (name: string, n: number) => `${name} and ${n} more`,
  /** What follows "Reading your files" or "Opening the shop". */
  ordering: ': read, being put in order',
  progress: (share: number, left: number) => `: ${percent(share)} %${left < 1 ? '' : `, about ${duration(left)} left`}`,
};

export const keptRuns = {
  usage: (used: number, quota: number) => `${megabytes(used)} of ${megabytes(quota)} in use.`,
  persisted: 'The browser keeps it.',
  mayBeCleared: 'The browser may clear it when space is short.',
  ask: 'Ask it to keep everything',
  neverExported: 'Nothing was exported from this browser yet.',
  exported: (seconds: number) => `Last exported ${ago(seconds)}.`,
  makeRoom: 'Free space',
  makeRoomTitle: 'Deletes episodes before the last iteration and older weights of all runs.',
  confirm: {
    title: 'Free space?',
    text: 'Of every run the episodes before its last iteration and the weights of earlier iterations are deleted for good. Curves, rules and the weights to go on with stay.',
    verb: 'Delete them',
    keep: 'Keep them',
  },
  done: 'Episodes before the last iteration and older weights were deleted; curves and rules are all there.',
};
