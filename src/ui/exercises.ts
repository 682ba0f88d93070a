/** Five experiments for a lesson: what to set up, what to look for, and how far a browser's runs have got with it. */
import { say } from '../rules/language.ts';
import { defaultConfig, type RunConfig } from '../trainer/config.ts';
import type { Metrics, PoolAction, RuleEvent } from '../types.ts';
import { trace } from './history.ts';
import { percent, plural, signed } from './text.ts';
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

export interface Exercise {
  id: string;
  title: string;
  why: string;
  look: string;
  /** The runs it takes, one link each. */
  setups: { label: string; values: Partial<RunConfig>; prepare?: 'wrong rules' | 'ready pool' }[];
  /** @param runs the newest run of each setup, or null. */
  check(runs: readonly (Seen | null)[]): Check[];
}

/** One to four minutes on two cores with other work beside it, and measured on enough games to tell a gain from chance. */
const short: Partial<RunConfig> = { iterations: 8, evalEvery: 2 };

const last = (run: Seen) => run.metrics.findLast(({ evaluation }) => evaluation !== null)?.evaluation ?? null;
const first = (run: Seen) => run.metrics.find(({ evaluation }) => evaluation !== null)?.evaluation ?? null;
const ended = (run: Seen) => (run.metrics.at(-1)?.iteration ?? -1) >= run.config.iterations;
const share = (of: { success: number; n: number }) => `${percent(of.success)} % of ${of.n} games`;

function progress(run: Seen | null, what: string): Check {
  if (!run) return { done: false, says: `${what}: not begun yet.` };
  const at = run.metrics.at(-1)?.iteration ?? 0;
  if (!ended(run)) return { done: false, says: `${what}: ${run.id} is at iteration ${at} of ${run.config.iterations}.` };
  const found = last(run);
  return { done: true, says: `${what}: ${run.id} is done${found ? `, ${share(found)} won` : ''}.` };
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

function brokenRules(run: Seen): Check[] {
  const { pool, traced } = trace(run.events);
  const rules = wrong.flatMap(({ object, text }) => {
    const made = traced.find(({ event: { action } }) => action.op === 'ADD' && action.scope === object && action.text === text);
    const rule = made && pool.rules.get(made.rule.id);
    return rule
      ? [{ rule, text, down: traced.filter((step) => step.rule.id === rule.id && step.event.action.op === 'DOWNVOTE').length }]
      : [];
  });
  if (rules.length === 0) return [{ done: false, says: `The wrong rules are not in ${run.id}; put them in before it trains.` }];
  const voted = rules.filter(({ down }) => down > 0);
  const gone = rules.filter(({ rule }) => rule.status === 'removed');
  return [
    { done: voted.length > 0, says: `${voted.length} of ${rules.length} wrong rules have been voted down, ${gone.length} of them pruned.` },
    ...voted.map(({ rule, text, down }) => ({
      done: rule.status === 'removed',
      says: `“${text}”: ${plural(down, 'vote')} against it, score ${rule.score}${rule.status === 'removed' ? `, pruned in iteration ${rule.changed}` : ''}.`,
    })),
  ];
}

export const exercises: readonly Exercise[] = [
  {
    id: 'rules-off',
    title: 'Switch the rules off',
    why: 'Train an agent, then measure it without its rules. What it can still do has moved into the weights.',
    look: 'At the end of a run the same games are played four times: with and without rules, with and without the trained weights.',
    setups: [{ label: 'Open the experiment', values: { ...short, method: 'jerp' } }],
    check([run = null]) {
      const step = progress(run, 'The run');
      const cells = run?.metrics.at(-1)?.crossed ?? [];
      const told = cells.find(({ rules, adapter }) => rules === 'pool' && adapter);
      const untold = cells.find(({ rules, adapter }) => rules === 'none' && adapter);
      if (!told || !untold) return [step, { done: false, says: 'With and without rules: measured when the run is done.' }];
      const points = (a: number, b: number) => signed((a - b) * 100, 0);
      const start = run && first(run);
      return [
        step,
        {
          done: true,
          says: `With its rules ${share(told)}, without them ${percent(untold.success)} %: reading them is worth ${points(told.success, untold.success)} points.`,
        },
        ...(start
          ? [
              {
                done: true,
                says: `Before training, without rules, it won ${percent(start.success)} %: ${points(untold.success, start.success)} points have moved into the weights.`,
              },
            ]
          : []),
      ];
    },
  },
  {
    id: 'freeze',
    title: 'Freeze the pool after iteration 2',
    why: "The paper's ablation: rules help early; if they stop changing, they fall out of step with the policy.",
    look: 'The strip of edits ends after iteration 2 in one run and goes on in the other. See where the two curves part.',
    setups: [
      { label: 'Open the frozen one', values: { ...short, method: 'jerp-frozen-pool', poolIterations: 2 } },
      { label: 'Open the one that goes on', values: { ...short, method: 'jerp' } },
    ],
    check([frozen = null, free = null]) {
      const late = frozen?.events.filter(({ iteration, by }) => iteration > 2 && by === 'reflector').length ?? 0;
      const checks = [progress(frozen, 'Frozen'), progress(free, 'Going on')];
      if (frozen && (frozen.metrics.at(-1)?.iteration ?? 0) > 2)
        checks.push({ done: late === 0, says: `${plural(late, 'edit')} in the frozen pool after iteration 2.` });
      return checks;
    },
  },
  {
    id: 'break',
    title: 'Break the rules',
    why: 'Begin with twelve rules that are wrong: eggs beside the toilet, books in the fridge.',
    look: 'Rules that go with losing are voted down, and pruned at zero. Count how many iterations it takes, and why some are never judged: their thing was in no task.',
    setups: [
      {
        label: 'Open the experiment',
        values: { seed: 7, iterations: 12, evalEvery: 0 },
        prepare: 'wrong rules',
      },
    ],
    check: ([run = null]) => [progress(run, 'The run'), ...(run ? brokenRules(run) : [])],
  },
  {
    id: 'rules-or-weights',
    title: 'Rules only, against weights only',
    why: 'Two agents with equal episodes: one may only write rules, the other may only change weights.',
    look: 'Which gains more in the same number of episodes, and what does it cost in tokens? Pick both runs under Runs to see them in one chart.',
    setups: [
      { label: 'Open rules only', values: { ...short, method: 'rules-only' } },
      { label: 'Open weights only', values: { ...short, method: 'grpo' } },
    ],
    check(runs) {
      const names = ['Rules only', 'Weights only'];
      const gain = (run: Seen) => ((last(run)?.success ?? 0) - (first(run)?.success ?? 0)) * 100;
      return runs.map((run, i) => {
        const step = progress(run, names[i] as string);
        if (!run || !ended(run)) return step;
        const tokens = run.metrics.reduce((sum, m) => sum + m.rolloutTokens + m.updateTokens + m.reflectionTokens, 0);
        return { ...step, says: `${step.says} That is ${signed(gain(run), 0)} points for ${Math.round(tokens / 1000)} thousand tokens.` };
      });
    },
  },
  {
    id: 'transfer',
    title: 'Give a new agent an old pool',
    why: 'Rules are sentences, so they can be handed on. A fresh agent starts with a ready pool, before any training.',
    look: 'Compare the first measurement, before any training, of the agent with the pool and of the one without.',
    setups: [
      { label: 'Open the one with the pool', values: { iterations: 1, evalEvery: 1, seed: 11 }, prepare: 'ready pool' },
      { label: 'Open the one without', values: { iterations: 1, evalEvery: 1, seed: 12 } },
    ],
    check([given = null, plain = null]) {
      const checks = [progress(given, 'With the pool'), progress(plain, 'Without')];
      const [a, b] = [given && first(given), plain && first(plain)];
      if (a && b) checks.push({ done: true, says: `Before any training: ${share(a)} with the pool, ${percent(b.success)} % without.` });
      return checks;
    },
  },
];

export function exerciseNamed(id: string | null): Exercise | undefined {
  return exercises.find((exercise) => exercise.id === id);
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

/** The newest run that was set up as this one is. @param runs newest first. */
export function runOf<R extends { config: RunConfig }>(runs: readonly R[], values: Partial<RunConfig>): R | null {
  const wanted = { ...defaultConfig, ...values };
  return runs.find(({ config }) => (Object.keys(wanted) as (keyof RunConfig)[]).every((name) => config[name] === wanted[name])) ?? null;
}
