/** The tables of single experiments, each a pure function of results; what a reader has to know of one is its note. */
import { mean } from '../../lib/stats.ts';
import type { RunConfig } from '../../trainer/config.ts';
import type { CurvePoint, RunResult } from './jobs.ts';
import { interval, percent, rowOf, type Curve, type Table } from './report.ts';

const share = (a: number, b: number): number => (b === 0 ? 0 : a / b);
const whole = (value: number): number => Math.round(value);
const lastOf = (run: RunResult): CurvePoint => run.curve.at(-1) as CurvePoint;

/** Rules on and off x adapter on and off, at the end of runs. */
export function crossedTable(title: string, results: readonly RunResult[], env: string): Table {
  const cells = [
    ['rules on, adapter on', 'pool', true],
    ['rules on, adapter off', 'pool', false],
    ['rules off, adapter on', 'none', true],
    ['rules off, adapter off', 'none', false],
  ] as const;
  const rows = cells.flatMap(([label, rules, adapter]) => {
    const found = results.flatMap((run) => run.crossed.find((cell) => cell.rules === rules && cell.adapter === adapter) ?? []);
    if (found.length < results.length) return [];
    const { success, ci95, score } = rowOf(label, env, found, []);
    return [[label, percent(success), interval(ci95), percent(score)]];
  });
  return { title, columns: ['', 'success', '95 %', 'score'], rows };
}

/** Success of each run wherever the panel was played. */
export function wayTable(results: readonly RunResult[], env: string): Table {
  const rows = (results[0]?.curve ?? []).flatMap(({ iteration, success }, i) => {
    const here = results.flatMap((run) => run.curve[i] ?? []);
    return success === null ? [] : [[iteration, ...here.map((point) => percent(point.success ?? 0))]];
  });
  return { title: `Success run by run (${env})`, columns: ['iteration', ...results.map((run) => `seed ${run.config.seed}`)], rows };
}

/** Methods side by side, iteration by iteration. Where the weights never change, nothing can be absorbed: that is the control. */
export function absorptionTable(methods: readonly (readonly [name: string, results: readonly RunResult[]])[], env: string): Table {
  const runs = methods.flatMap(([, results]) => results);
  const iterations = Math.max(0, ...runs.map((run) => lastOf(run).iteration));
  /** Mean over the rules that were measured, of all runs, and their number. */
  const pooled = (results: readonly RunResult[], from: number, to: number) => {
    const found = results.flatMap(({ curve }) =>
      curve.flatMap(({ iteration, absorption }) => (absorption && iteration >= from && iteration <= to ? [absorption] : [])),
    );
    const rules = found.reduce((sum, one) => sum + one.rules, 0);
    const gain = share(
      found.reduce((sum, one) => sum + one.gain * one.rules, 0),
      rules,
    );
    return { gain: rules === 0 ? '' : gain.toFixed(4), rules };
  };
  const rows = Array.from({ length: iterations }, (_, i) => i + 1).flatMap((i) => {
    const cells = methods.map(([, results]) => pooled(results, i, i));
    return cells.some(({ rules }) => rules > 0) ? [[i, ...cells.flatMap(({ gain, rules }) => [gain, rules])]] : [];
  });
  const half = Math.floor(iterations / 2);
  const means = methods.map(
    ([name, results]) =>
      `${name} ${pooled(results, 1, half).gain || 'nothing'} and ${pooled(results, half + 1, iterations).gain || 'nothing'}`,
  );
  const episodes = runs[0]?.config.absorption ?? 0;
  return {
    title: `Gain of the rules in the prompt, nats an action (${env})`,
    columns: ['iteration', ...methods.flatMap(([name]) => [`${name}: mean gain`, `${name}: rules measured`])],
    rows,
    ...(rows.length > 0 && {
      note: `Each value of a rule comes from ${episodes === 1 ? 'one episode' : `at most ${episodes} episodes`}. Means over all rules measured in iterations 1 to ${half} and in iterations ${half + 1} to ${iterations}: ${means.join('; ')}. The weights of rules-only never change: what falls there too has not been absorbed.`,
    }),
  };
}

/** Each curve at the tokens of the cheapest method's whole run, linear between the evaluations on both sides. */
export function budgetTable(curves: readonly Curve[], env: string): Table {
  const own = curves.filter((curve) => curve.env === env);
  const budget = Math.min(...own.map((curve) => curve.points.at(-1)?.tokens ?? 0));
  const rows = own.map(({ method, points }) => {
    const before = points.findLast((point) => point.tokens <= budget);
    const after = points.find((point) => point.tokens > budget);
    if (!before) return [method, '', '', '', ''];
    if (!after || before.tokens === budget)
      return [method, percent(before.success), percent(before.score), before.iteration, before.tokens];
    const way = (budget - before.tokens) / (after.tokens - before.tokens);
    const between = (a: number, b: number) => percent(a + way * (b - a));
    return [
      method,
      between(before.success, after.success),
      between(before.score, after.score),
      `${before.iteration} and ${after.iteration}`,
      `${before.tokens} and ${after.tokens}`,
    ];
  });
  return {
    title: `At ${budget} tokens (${env})`,
    columns: ['method', 'success', 'score', 'evaluated after iteration', 'at tokens'],
    rows,
    note: 'Linear in tokens between the evaluations on both sides of the budget, where none lies on it; means over seeds.',
  };
}

/** Reflexion's own measure: a game counts once any of its trials has won it. */
export function reflexionTable(results: readonly RunResult[], env: string): Table {
  const lines = results.map((run) => ({
    seed: run.config.seed,
    games: run.after.n,
    trials: lastOf(run).iteration,
    first: run.curve.find(({ iteration }) => iteration === 1)?.trainSuccess ?? 0,
    solved: lastOf(run).trainSuccess,
    replay: run.after.success,
  }));
  const over = (value: (line: (typeof lines)[number]) => number) => percent(mean(lines.map(value)));
  return {
    title: `Reflexion by its own measure (${env})`,
    columns: ['seed', 'games', 'trials', 'solved in the first trial, %', 'solved within all trials, %', 'won when replayed at the end, %'],
    rows: [
      ...lines.map(({ seed, games, trials, first, solved, replay }) => [
        seed,
        games,
        trials,
        percent(first),
        percent(solved),
        percent(replay),
      ]),
      ['mean', '', '', over(({ first }) => first), over(({ solved }) => solved), over(({ replay }) => replay)],
    ],
    note: 'Reflexion counts a game as solved once one of its trials is won, and does not play it again. The rows and differences above count one replay of every game after the last trial, as for the other methods, which play each of these games once.',
  };
}

/** Rollouts, reflection and updates apart, and how often a token passes through the network. */
export function costTable(methods: readonly (readonly [name: string, results: readonly RunResult[]])[], env: string): Table {
  const rows = methods.map(([name, results]) => {
    const costs = results.map((run) => {
      const { rollouts, reflection, updates } = lastOf(run).tokens;
      return { rollouts, reflection, updates, passes: rollouts + reflection + updates * updatePasses(run.config) };
    });
    const over = (part: keyof (typeof costs)[number]) => whole(mean(costs.map((cost) => cost[part])));
    return [name, over('rollouts'), over('reflection'), over('updates'), over('passes')];
  });
  const { kl, epochs = 1 }: Partial<RunConfig> = methods[0]?.[1][0]?.config ?? {};
  const once =
    epochs === 1
      ? `twice (once for the reference of the KL term, since kl is ${kl})`
      : `once (in one of the ${epochs} epochs once more, for the reference of the KL term, since kl is ${kl})`;
  return {
    title: `Cost of one run (${env})`,
    columns: ['method', 'tokens of rollouts', 'of reflection', 'of updates', 'passes of a token'],
    rows,
    note: `Means over seeds. Passes = rollouts + reflection + ${Number(updatePasses({ kl, epochs }).toFixed(2))} x updates: what is read in rollouts and reflection goes forward once; a token of an update goes forward ${kl ? once : 'once (kl is 0, so the KL term needs no reference)'} and backward once, which counts as two forward. A prompt that the rollouts of a group share is counted once in rollouts and once for each of them in updates. Evaluations and what is measured beside the learning (absorption, KL after a step) are left out. Seconds differ from machine to machine and stand in no table: public/results/seconds.json keeps them, and --plan tells what an iteration took.`,
  };
}

/**
 * Forward passes that one token of an update is worth: forward, backward as two, and the one of the KL term's reference, which all
 * epochs share. Runs that were kept before there were epochs had one.
 */
const updatePasses = ({ kl = 0, epochs = 1 }: Partial<RunConfig>): number => 1 + 2 + (kl > 0 ? 1 / epochs : 0);
