/** Five experiments for a lesson: what to set up, what to look for, and how far a browser's runs have got with it. */
import { say } from '../rules/language.ts';
import { defaultConfig, type RunConfig } from '../trainer/config.ts';
import type { Metrics, PoolAction, RuleEvent } from '../types.ts';
import { trace } from './history.ts';
import { hidden } from './hidden.ts';
import { exerciseTexts as text, percent } from './text.ts';
import { secondsLeft } from './time-left.ts';

/** A stored run as a check reads it. */
export interface Seen {
  id: string;
  config: RunConfig;
  metrics: readonly Metrics[];
  events: readonly RuleEvent[];
}

export interface Check {
  done: boolean;
  /** What was found, with the numbers; or what is still to be done. */
  says: string;
}

/** What is put into the pool before a run trains. */
export type Preparation = 'wrong-rules' | 'ready-pool';

export interface Exercise {
  id: string;
  title: string;
  why: string;
  look: string;
  /** The runs it takes, one link each. */
  setups: { label: string; values: Partial<RunConfig>; prepare?: Preparation }[];
  /** @param runs the newest run of each setup, or null. */
  check(runs: readonly (Seen | null)[]): Check[];
}

/** One to four minutes on two cores with other work beside it, and measured on enough games to tell a gain from chance. */
const short: Partial<RunConfig> = { iterations: 8, evalEvery: 2 };

const last = (run: Seen) => run.metrics.findLast(({ evaluation }) => evaluation !== null)?.evaluation ?? null;
const first = (run: Seen) => run.metrics.find(({ evaluation }) => evaluation !== null)?.evaluation ?? null;
const ended = (run: Seen) => (run.metrics.at(-1)?.iteration ?? -1) >= run.config.iterations;
const share = (of: { success: number; n: number }) => ({ percent: percent(of.success), games: of.n });

function progress(run: Seen | null, what: string): Check {
  if (!run) return { done: false, says: text.progress.notBegun(what) };
  const at = run.metrics.at(-1)?.iteration ?? 0;
  if (!ended(run)) return { done: false, says: text.progress.at(what, run.id, at, run.config.iterations) };
  const found = last(run);
  return { done: true, says: text.progress.done(what, run.id, found && share(found)) };
}

/** Wrong on purpose: places where these things never lie. */
const misplaced: Record<string, string[]> = {
  toilet: ['mug', 'egg', 'potato', 'apple', 'tomato', 'lettuce', 'bread', 'plate'],
  fridge: ['soapbar', 'book', 'pen', 'cellphone'],
};
const wrong = Object.entries(misplaced).flatMap(([place, objects]) =>
  objects.map((object) => ({ object, text: say({ kind: 'where', object, receptacles: [place] }) })),
);

export function wrongRules(): PoolAction[] {
  return wrong.map(({ object, text }) => ({ op: 'ADD', scope: object, text }));
}

/** Whether what an exercise begins with is in the history of a run: asked again after the page was reloaded. */
export function isPrepared(prepare: Preparation, events: readonly RuleEvent[]): boolean {
  if (prepare === 'ready-pool') return events.some(({ action }) => action.op === 'IMPORT');
  return wrong.every(({ object, text }) =>
    events.some(({ action }) => action.op === 'ADD' && action.scope === object && action.text === text),
  );
}

function brokenRules(run: Seen): Check[] {
  const { pool, traced } = trace(run.events);
  const rules = wrong.flatMap(({ object, text }) => {
    const made = traced.find(({ event: { action } }) => action.op === 'ADD' && action.scope === object && action.text === text);
    const rule = made && pool.rules.get(made.rule.id);
    return rule
      ? [{ rule, text, down: traced.filter((step) => step.rule.id === rule.id && step.event.action.op === 'DOWNVOTE').length }]
      : [];
  });
  if (rules.length === 0) return [{ done: false, says: text.break.notIn(run.id) }];
  const voted = rules.filter(({ down }) => down > 0);
  const gone = rules.filter(({ rule }) => rule.status === 'removed');
  return [
    { done: voted.length > 0, says: text.break.voted(voted.length, rules.length, gone.length) },
    ...voted.map(({ rule, down }) => ({
      done: rule.status === 'removed',
      says: text.break.rule(rule.text, down, rule.score, rule.status === 'removed' ? rule.changed : null),
    })),
  ];
}

export const exercises: readonly Exercise[] = [
  {
    id: 'rules-off',
    title: text.rulesOff.title,
    why: text.rulesOff.why,
    look: text.rulesOff.look,
    setups: [{ label: text.rulesOff.open, values: { ...short, method: 'jerp' } }],
    check([run = null]) {
      const step = progress(run, text.theRun);
      const cells = run?.metrics.at(-1)?.crossed ?? [];
      const told = cells.find(({ rules, adapter }) => rules === 'pool' && adapter);
      const untold = cells.find(({ rules, adapter }) => rules === 'none' && adapter);
      if (!told || !untold) return [step, { done: false, says: text.rulesOff.whenDone }];
      const points = (a: number, b: number) => (a - b) * 100;
      const start = run && first(run);
      return [
        step,
        {
          done: true,
          says: text.rulesOff.worth(share(told), percent(untold.success), points(told.success, untold.success)),
        },
        ...(start
          ? [
              {
                done: true,
                says: text.rulesOff.moved(percent(start.success), points(untold.success, start.success)),
              },
            ]
          : []),
      ];
    },
  },
  {
    id: 'freeze',
    title: text.freeze.title,
    why: text.freeze.why,
    look: text.freeze.look,
    setups: [
      { label: text.freeze.openFrozen, values: { ...short, method: 'jerp-frozen-pool', poolIterations: 2 } },
      { label: text.freeze.openFree, values: { ...short, method: 'jerp' } },
    ],
    check([frozen = null, free = null]) {
      const late = frozen?.events.filter(({ iteration, by }) => iteration > 2 && by === 'reflector').length ?? 0;
      const checks = [progress(frozen, text.freeze.frozen), progress(free, text.freeze.free)];
      if (frozen && (frozen.metrics.at(-1)?.iteration ?? 0) > 2) checks.push({ done: late === 0, says: text.freeze.late(late) });
      return checks;
    },
  },
  {
    id: 'break',
    title: text.break.title,
    why: text.break.why,
    look: text.break.look,
    setups: [
      {
        label: text.break.open,
        values: { seed: 7, iterations: 12, evalEvery: 0, reflector: 'contrast' },
        prepare: 'wrong-rules',
      },
    ],
    check: ([run = null]) => [progress(run, text.theRun), ...(run ? brokenRules(run) : [])],
  },
  {
    id: 'rules-or-weights',
    title: text.rulesOrWeights.title,
    why: text.rulesOrWeights.why,
    look: [text.rulesOrWeights.look, ...(hidden.has('runs') ? [] : [text.rulesOrWeights.underRuns])].join(' '),
    setups: [
      { label: text.rulesOrWeights.openRules, values: { ...short, method: 'rules-only' } },
      { label: text.rulesOrWeights.openWeights, values: { ...short, method: 'grpo' } },
    ],
    check(runs) {
      const names = [text.rulesOrWeights.rules, text.rulesOrWeights.weights];
      const gain = (run: Seen) => ((last(run)?.success ?? 0) - (first(run)?.success ?? 0)) * 100;
      return runs.map((run, i) => {
        const step = progress(run, names[i] as string);
        if (!run || !ended(run)) return step;
        const tokens = run.metrics.reduce((sum, m) => sum + m.rolloutTokens + m.updateTokens + m.reflectionTokens, 0);
        return { ...step, says: `${step.says} ${text.rulesOrWeights.gained(gain(run), tokens)}` };
      });
    },
  },
  {
    id: 'transfer',
    title: text.transfer.title,
    why: text.transfer.why,
    look: text.transfer.look,
    setups: [
      { label: text.transfer.openWith, values: { iterations: 1, evalEvery: 1, seed: 11 }, prepare: 'ready-pool' },
      { label: text.transfer.openWithout, values: { iterations: 1, evalEvery: 1, seed: 12 } },
    ],
    check([given = null, plain = null]) {
      const without = progress(plain, text.transfer.without);
      const early = given?.events.filter(({ iteration }) => iteration <= 0) ?? [];
      if (given && !isPrepared('ready-pool', early)) return [{ done: false, says: text.transfer.notIn(given.id) }, without];
      const checks = [progress(given, text.transfer.with), without];
      const [a, b] = [given && first(given), plain && first(plain)];
      if (a && b) checks.push({ done: true, says: text.transfer.before(share(a), percent(b.success)) });
      return checks;
    },
  },
];

export function exerciseNamed(id: string | null): Exercise | undefined {
  return exercises.find((exercise) => exercise.id === id);
}

export interface Opened {
  exercise: Exercise;
  setup: Exercise['setups'][number];
}

/** The exercise that an address opens, and which of its runs; null when it opens none. */
export function openedBy(query: URLSearchParams): Opened | null {
  const exercise = exerciseNamed(query.get('exercise'));
  const setup = exercise?.setups[Number(query.get('setup') ?? 0)];
  return exercise && setup ? { exercise, setup } : null;
}

/** The address of a ready experiment; the page below it knows the exercise by its name. */
export function addressOf(id: string, setup: number, search: string): string {
  const query = new URLSearchParams(search);
  for (const name of Object.keys(defaultConfig)) query.delete(name);
  for (const [name, value] of Object.entries(exerciseNamed(id)?.setups[setup]?.values ?? {})) query.set(name, String(value));
  query.set('exercise', id);
  query.set('setup', String(setup));
  return `?${query}#/train/-`;
}

/** Seconds that a setup takes here, from how fast the policy was timed; null before that. */
export function secondsFor(values: Partial<RunConfig>, secondsPerAction: number | null): number | null {
  return secondsLeft([], { ...defaultConfig, ...values }, secondsPerAction);
}

/** The newest run that was set up as this one is; a fork began elsewhere, and does not take its place. @param runs newest first. */
export function runOf<R extends { config: RunConfig; from?: unknown }>(runs: readonly R[], values: Partial<RunConfig>): R | null {
  const wanted = { ...defaultConfig, ...values };
  return (
    runs.find(({ config, from }) => !from && (Object.keys(wanted) as (keyof RunConfig)[]).every((name) => config[name] === wanted[name])) ??
    null
  );
}
