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
  stopped: 'stopped',
  trainerStopped: 'the trainer has stopped',
  machine: (policy: string, parameters: number, backend: string) => `${policy} ${compact(parameters)} on ${backend}`,
} as const;

export const keys = {
  title: 'Keys',
  train: 'train, pause, go on',
  iteration: 'one iteration',
  turns: 'next and previous turn of an episode',
  search: 'search',
  edit: 'edit the rule that has the focus',
  keep: 'keep what was written',
  leave: 'leave it',
  these: 'these keys',
} as const;

export const notices = {
  region: 'Messages',
  trainerStopped: 'The trainer has stopped.',
  startAgain: 'Start it again',
  reload: 'Reload',
  noWebGpu: 'No WebGPU here',
  instead: (backend: string) => `Training on ${backend} instead.`,
  whatHelps: 'What would help',
  help: 'The embedded policy does not need it. For language models: a recent Chrome, Edge, Firefox or Safari on a machine with a graphics driver. WebGPU is offered on secure addresses only: https, or localhost.',
  noRun: (name: string | null) => `There is no run named ${name} in this browser.`,
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
  loadingStopped: 'Loading was stopped before the policy was there.',
  exportEverything: 'Export everything',
  makeRoom: 'Make room under Runs',
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
  startOver: 'Start over',
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
  episodes: (n: number) => `${n} episodes`,
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
    `Success on validation games by iteration, 0 to ${last}: from ${from} to ${to} percent. Below: ${edits} rule edits by iteration.`,
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
  percentOf: (what: string | undefined) => `${what}, percent`,
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
    `Everyone who opens it gets this experiment: every setting and seed ${seed}. What is ticked is left out of their page; a setting that is left out keeps its value.`,
  leaveOut: 'Leave out of the page',
  parts: {
    stepping: 'the buttons for single steps',
    slow: 'the switch for slow motion',
    reset: 'Start over',
    games: 'the choice of games',
    settings: 'the list of all settings',
    episodes: 'the Episodes page',
    rules: 'the Rules page',
    runs: 'the Runs page',
    learn: 'the Learn page',
  },
  fix: 'Fix single settings',
  fixed: 'Settings that cannot be changed',
  leaveFree: 'leave only this one free',
  link: 'The link',
  copy: 'Copy the link',
  open: 'Open it in a new tab',
} as const;

/* Episodes, rules and play */
