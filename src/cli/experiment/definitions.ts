/** The experiments: which jobs each needs, and what it reports of their results. */
import type { RunConfig } from '../../trainer/config.ts';
import type { Evaluation } from '../../types.ts';
import type { EvaluationResult, Job, PlainRule, ReflectorResult, Result, RunResult, Setup } from './jobs.ts';
import { compare, costOf, curveOf, interval, pColumns, percent, pNote, rowOf, type Comparison, type Report, type Row, type Table } from './report.ts';
import { absorptionTable, budgetTable, costTable, crossedTable, reflexionTable, wayTable } from './tables.ts';

/** What an experiment is asked for. */
export interface Request {
  setup: Setup;
  /** All settings but method, env and seed. */
  config: RunConfig;
  envs: string[];
  seeds: number[];
  /** Contrast pairs for `reflector`. */
  pairs: number;
  /** The ready pool of an environment, if there is one. */
  rightPool: (env: string) => PlainRule[] | null;
}

/** The results of jobs that are done. */
export type Done = (job: Job) => Result;

export interface Experiment {
  what: string;
  seeds: number;
  envs: string[];
  /** Each stage's jobs may depend on the results of the stages before. */
  stages: ((request: Request, done: Done) => Job[])[];
  report: (request: Request, done: Done) => Report;
}

const job = ({ setup, config }: Request, method: string, env: string, seed: number, over: Partial<RunConfig> = {}, rules: PlainRule[] | null = null): Job => ({
  setup,
  kind: 'run',
  config: { ...config, ...over, method, env, seed },
  rules,
});

const methodJob = (request: Request, method: string, env: string, seed: number): Job =>
  job(request, method, env, seed, {}, method === 'prompt-only' ? request.rightPool(env) : null);

const runs = (request: Request, done: Done, method: string, env: string): RunResult[] => request.seeds.map((seed) => done(methodJob(request, method, env, seed)) as RunResult);

const everyRun = (methods: readonly string[]) => (request: Request): Job[] =>
  request.envs.flatMap((env) => playable(request, methods, env).flatMap((method) => request.seeds.map((seed) => methodJob(request, method, env, seed))));

/** Prompting needs a ready pool. */
const playable = ({ rightPool }: Request, methods: readonly string[], env: string): string[] => methods.filter((method) => method !== 'prompt-only' || rightPool(env) !== null);

/** The untrained policy without rules: what runs that begin without any are measured with before they begin. */
const base = (results: readonly RunResult[], env: string): { row: Row; evaluations: Evaluation[] } => {
  const evaluations = results.map((run) => run.before);
  return { row: rowOf('base', env, evaluations, []), evaluations };
};

const methodRow = (method: string, env: string, results: readonly RunResult[]): Row =>
  rowOf(method, env, results.map((run) => run.after), results.map(costOf));

const against = (a: string, b: string, env: string, one: readonly RunResult[], two: readonly Evaluation[]): Comparison =>
  compare(a, b, env, one.map((run, s) => [run.after, two[s] as Evaluation] as const));

/** Methods, with the base policy first, and each compared with the first of `leading`. */
function standing(request: Request, done: Done, methods: readonly string[], leader: string): Report {
  const rows: Row[] = [];
  const comparisons: Comparison[] = [];
  const curves: Report['curves'] = [];
  for (const env of request.envs) {
    const leading = runs(request, done, leader, env);
    const untrained = base(leading, env);
    rows.push(untrained.row);
    for (const method of playable(request, methods, env)) {
      const results = runs(request, done, method, env);
      rows.push(methodRow(method, env, results));
      curves.push(curveOf(method, env, results));
      if (method !== leader) comparisons.push(against(leader, method, env, leading, results.map((run) => run.after)));
    }
    comparisons.push(against(leader, 'base', env, leading, untrained.evaluations));
  }
  const tables = request.envs.flatMap((env) => {
    const played = playable(request, methods, env);
    return [...testTable(request, done, played, leader, env), costTable(played.map((method) => [method, runs(request, done, method, env)]), env)];
  });
  return { rows, comparisons, curves, tables };
}

/** Methods on the test split, where there is one: nothing was chosen by it. */
function testTable(request: Request, done: Done, methods: readonly string[], leader: string, env: string): Table[] {
  const tests = (method: string): Evaluation[][] => runs(request, done, method, env).flatMap(({ test }) => (test ? [test] : []));
  const leading = tests(leader);
  if (leading.length < request.seeds.length) return [];
  const agent = (test: Evaluation[]): Evaluation => test[0] as Evaluation;
  const rows = [...methods.map((method) => [method, tests(method).map(agent)] as const), ['base', leading.map((test) => test[1] as Evaluation)] as const].flatMap(([method, found]) => {
    if (found.length < leading.length) return [];
    const { success, ci95, score } = rowOf(method, env, found, []);
    const apart = compare(leader, method, env, leading.map((test, s) => [agent(test), found[s] as Evaluation] as const));
    const ahead = method === leader ? ['', '', '', ''] : [percent(apart.difference), interval(apart.ci95), apart.p, apart.pSeeds ?? ''];
    return [[method, percent(success), interval(ci95), percent(score), ...ahead]];
  });
  return [{ title: `On ${agent(leading[0] as Evaluation[]).n} tasks of the test split, played once after all learning (${env})`, columns: ['method', 'success', '95 %', 'score', `${leader} is ahead by`, '95 %', ...pColumns], rows, note: pNote([leading.length]) }];
}

const paperMethods = ['prompt-only', 'reflexion', 'expel', 'training-free-grpo', 'rules-only', 'rloo', 'grpo', 'jerp-frozen-pool', 'jerp'];
const square = ['rules-only', 'grpo', 'jerp'];

export const experiments: Record<string, Experiment> = {
  'paper-table': {
    what: 'Every method at equal episodes, on the kinds of AlfWorld tasks and on WebShop (the paper’s Table II). Reflexion alone plays the evaluated games themselves, again and again.',
    seeds: 5,
    envs: ['alfworld', 'webshop'],
    stages: [everyRun(paperMethods)],
    report: (request, done) => {
      const report = standing(request, done, paperMethods, 'jerp');
      for (const env of request.envs) report.tables.push(reflexionTable(runs(request, done, 'reflexion', env), env));
      return report;
    },
  },
  'frozen-pool': {
    what: 'JERP against JERP with a pool that is frozen after the initial stage (the paper’s Figure 3).',
    seeds: 3,
    envs: ['alfworld'],
    stages: [everyRun(['grpo', 'jerp-frozen-pool', 'jerp'])],
    report: (request, done) => standing(request, done, ['grpo', 'jerp-frozen-pool', 'jerp'], 'jerp'),
  },
  'rules-vs-weights': {
    what: 'Rules, weights, both, neither: what each contributes, learnt alone and together.',
    seeds: 3,
    envs: ['alfworld'],
    stages: [everyRun(square)],
    report: (request, done) => {
      const report = standing(request, done, square, 'jerp');
      for (const env of request.envs) report.tables.push(crossedTable(`What JERP learnt, taken apart (${env})`, runs(request, done, 'jerp', env), env));
      return report;
    },
  },
  'grpo-alone': {
    what: 'Weights only, for long: success of GRPO before and on the way, run by run. Does it collapse?',
    seeds: 3,
    envs: ['alfworld'],
    stages: [everyRun(['grpo'])],
    report: (request, done) => {
      const report = standing(request, done, ['grpo'], 'grpo');
      for (const env of request.envs) report.tables.push(wayTable(runs(request, done, 'grpo', env), env));
      return report;
    },
  },
  absorption: {
    what: 'Does the policy take the rules into its weights? Gain of the rules in log-probability, iteration by iteration, beside rules only, whose weights never change; rules and adapter on and off; what each rule of the final pool is worth to the base policy.',
    seeds: 3,
    envs: ['alfworld'],
    stages: [everyRun(['rules-only', 'jerp']), (request, done) => request.envs.flatMap((env) => leaveOneOut(request, done, env).map(({ job }) => job))],
    report: (request, done) => {
      const report = standing(request, done, ['rules-only', 'jerp'], 'jerp');
      for (const env of request.envs) {
        const results = runs(request, done, 'jerp', env);
        report.tables.push(absorptionTable([['jerp', results], ['rules-only', runs(request, done, 'rules-only', env)]], env), crossedTable(`Rules and adapter on and off (${env})`, results, env), valueTable(request, done, env));
        const found = results.flatMap((run) => run.misalignments.map(({ kind, rules, why }) => [run.config.seed, kind, rules.join(', '), why]));
        report.tables.push({ title: `Misaligned rules at the end (${env})`, columns: ['seed', 'kind', 'rules', 'why'], rows: found });
      }
      return report;
    },
  },
  budget: {
    what: 'Sample efficiency at equal tokens, reflection counted: success at the largest number of tokens that all methods reached, linear between evaluations.',
    seeds: 3,
    envs: ['alfworld'],
    stages: [everyRun(square)],
    report: (request, done) => {
      const report = standing(request, done, square, 'jerp');
      for (const env of request.envs) report.tables.push(budgetTable(report.curves, env));
      return report;
    },
  },
  transfer: {
    what: 'The final pool of JERP read by the base policy: on its own tasks, and with the rules of other kinds of task only; with --games, also a pool learnt in generated homes.',
    seeds: 3,
    envs: ['alfworld'],
    stages: [
      (request) => [...everyRun(['jerp'])(request), ...request.envs.flatMap((env) => homeRuns(request, env))],
      (request, done) => request.envs.flatMap((env) => transfers(request, done, env)),
    ],
    report: (request, done) => {
      const report = standing(request, done, ['jerp'], 'jerp');
      for (const env of request.envs) {
        const jobs = transfers(request, done, env);
        const none = base(runs(request, done, 'jerp', env), env).evaluations;
        for (const label of [...new Set(jobs.map((one) => (one.kind === 'evaluation' ? one.label : '')))]) {
          const found = jobs.filter((one) => one.kind === 'evaluation' && one.label === label).map((one) => (done(one) as EvaluationResult).evaluation);
          report.rows.push(rowOf(label, env, found, []));
          report.comparisons.push(compare(label, 'base', env, found.map((evaluation, s) => [evaluation, none[s] as Evaluation] as const)));
        }
      }
      return report;
    },
  },
  reflector: {
    what: 'The reflector by itself: how often an edit names a step that is known to be missing or a rule that is known to mislead, how often an edit is wrong; and what pools written by it are worth.',
    seeds: 3,
    envs: ['alfworld'],
    stages: [
      (request) => [
        ...request.envs.flatMap((env) => ['contrast', 'policy'].map((reflector) => pairsJob(request, env, reflector))),
        ...request.envs.flatMap((env) => request.seeds.flatMap((seed) => ['contrast', 'policy'].map((reflector) => job(request, 'rules-only', env, seed, { reflector })))),
      ],
    ],
    report: (request, done) => {
      const report: Report = { rows: [], comparisons: [], curves: [], tables: [] };
      for (const env of request.envs) {
        const rows = ['contrast', 'policy'].flatMap((name) => {
          const { reflector, counts } = done(pairsJob(request, env, name)) as ReflectorResult;
          return Object.entries(counts)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([kind, { pairs, named, edits, wrong }]) => [reflector, kind, pairs, (100 * (named / pairs)).toFixed(1), edits, edits === 0 ? '' : (100 * (wrong / edits)).toFixed(1)]);
        });
        report.tables.push({ title: `Contrast pairs with a known truth (${env})`, columns: ['reflector', 'kind', 'pairs', 'named, %', 'edits', 'wrong, %'], rows });
        const runsBy = (reflector: string): RunResult[] => request.seeds.map((seed) => done(job(request, 'rules-only', env, seed, { reflector })) as RunResult);
        const none = base(runsBy('contrast'), env);
        report.rows.push(none.row);
        for (const reflector of ['contrast', 'policy']) {
          const results = runsBy(reflector);
          const label = `rules by ${reflector}`;
          report.rows.push(methodRow(label, env, results));
          report.curves.push(curveOf(label, env, results));
          report.comparisons.push(against(label, 'base', env, results, none.evaluations));
        }
        report.tables.push(costTable(['contrast', 'policy'].map((reflector) => [`rules by ${reflector}`, runsBy(reflector)]), env));
      }
      return report;
    },
  },
};

const pairsJob = ({ setup, pairs }: Request, env: string, reflector: string): Job => ({ setup, kind: 'reflector', env, reflector, pairs, seed: 1 });

/** Rules of which the worth is measured one by one. */
const MOST_VALUED = 8;

/** The final pool of the first seed, whole, and without each of its best rules. */
function leaveOneOut(request: Request, done: Done, env: string): { text: string | null; job: Job }[] {
  const [run] = runs(request, done, 'jerp', env);
  if (!run) return [];
  const plain = run.rules.map(({ scope, text, score }) => ({ scope, text, score }));
  const best = [...plain].sort((a, b) => b.score - a.score).slice(0, MOST_VALUED);
  const evaluation = (rules: PlainRule[], label: string): Job => ({ setup: request.setup, kind: 'evaluation', config: run.config, rules, reads: 'own', label });
  return [{ text: null, job: evaluation(plain, 'whole pool') }, ...best.map((rule) => ({ text: rule.text, job: evaluation(plain.filter((other) => other !== rule), 'without one rule') }))];
}

function valueTable(request: Request, done: Done, env: string): Table {
  const [whole, ...parts] = leaveOneOut(request, done, env).map(({ text, job }) => ({ text, evaluation: (done(job) as EvaluationResult).evaluation }));
  const rows = parts.map(({ text, evaluation }) => {
    const { difference, ci95, p } = compare('with', 'without', env, [[(whole as typeof parts[number]).evaluation, evaluation]]);
    return [text ?? '', percent(difference), interval(ci95), p];
  });
  return { title: `Worth of a rule to the base policy: whole pool minus pool without it, in points (${env}, first seed)`, columns: ['rule', 'points', '95 %', 'p, over games'], rows };
}

/** With a person's games: the same method in generated homes, whose pool is then read in those games. */
function homeRuns({ setup, config, seeds }: Request, env: string): Job[] {
  if (setup.games === null || env !== 'alfworld') return [];
  const homes = { ...setup, games: null, digests: { ...setup.digests, alfworld: 'made' } };
  return seeds.map((seed) => ({ setup: homes, kind: 'run', config: { ...config, method: 'jerp', env, seed }, rules: null }));
}

function transfers(request: Request, done: Done, env: string): Job[] {
  const plain = (run: RunResult): PlainRule[] => run.rules.map(({ scope, text, score }) => ({ scope, text, score }));
  const read = (run: RunResult, reads: 'own' | 'foreign', label: string): Job => ({ setup: request.setup, kind: 'evaluation', config: { ...run.config }, rules: plain(run), reads, label });
  const own = runs(request, done, 'jerp', env);
  const homes = homeRuns(request, env).map((one) => done(one) as RunResult);
  return [...own.map((run) => read(run, 'own', 'its pool, base policy')), ...own.map((run) => read(run, 'foreign', 'rules of other kinds')), ...homes.map((run) => read(run, 'own', 'pool from generated homes'))];
}

