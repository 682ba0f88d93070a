/** Tables out of results: means over seeds with bootstrap intervals, paired comparisons game by game, curves for plots. */
import { Rng } from '../../lib/rng.ts';
import { bootstrap, mean, pairedTest } from '../../lib/stats.ts';
import type { Evaluation } from '../../types.ts';
import type { CurvePoint, RunResult } from './jobs.ts';

/** Everything here is a pure function of the results: the resampling has a seed of its own. */
const rng = (name: string): Rng => new Rng(1).split('report', name);
const round = (value: number, digits = 4): number => Math.round(value * 10 ** digits) / 10 ** digits;

export interface Row {
  method: string;
  env: string;
  success: number;
  ci95: [number, number];
  score: number;
  seeds: number;
  /** Training episodes of one run, and all tokens of one run (rollouts, reflection, updates), means over seeds. */
  episodes: number;
  tokens: number;
  byType: Record<string, number>;
  /** Success won per 1,000 training episodes, and per million tokens with reflection counted; null where nothing was trained. */
  gain: { perThousandEpisodes: number; perMillionTokens: number } | null;
}

/** A method over another, on the same games with the same seeds. */
export interface Comparison {
  a: string;
  b: string;
  env: string;
  difference: number;
  ci95: [number, number];
  /** Two-sided permutation test over games, seeds averaged: these runs, other games. */
  p: number;
  /** Exact two-sided sign-flip test over so many seeds, games averaged: these games, other runs. Absent in what was kept before it was computed. */
  seeds?: number;
  pSeeds?: number;
}

export interface Curve {
  method: string;
  env: string;
  /** Means over seeds; success where the panel was played. */
  points: { iteration: number; episodes: number; tokens: number; success: number; score: number; low: number; high: number }[];
}

export interface Table {
  title: string;
  columns: string[];
  rows: (string | number)[][];
  /** What a reader of it has to know, on a line below. */
  note?: string;
}

export interface Report {
  rows: Row[];
  comparisons: Comparison[];
  curves: Curve[];
  tables: Table[];
}

/** Won or not, game by game: a reward of 1 is a win in both environments. */
export const wins = (evaluation: Evaluation): number[] => evaluation.rewards.map((reward) => (reward === 1 ? 1 : 0));

export interface Cost {
  episodes: number;
  tokens: number;
  /** Success before. */
  before: number;
}

export const totalTokens = ({ tokens }: Pick<CurvePoint, 'tokens'>): number => tokens.rollouts + tokens.reflection + tokens.updates;

export const costOf = (run: RunResult): Cost => {
  const last = run.curve.at(-1) as CurvePoint;
  return { episodes: last.episodes, tokens: totalTokens(last), before: mean(wins(run.before)) };
};

export function rowOf(method: string, env: string, evaluations: readonly Evaluation[], costs: readonly Cost[]): Row {
  const table = evaluations.map(wins);
  const success = mean(table.map(mean));
  const episodes = mean(costs.map((cost) => cost.episodes));
  const tokens = mean(costs.map((cost) => cost.tokens));
  const gained = success - mean(costs.map((cost) => cost.before));
  const [low, high] = bootstrap(table, rng(`${method} ${env}`));
  const byType: Row['byType'] = {};
  for (const type of [...new Set(evaluations.flatMap((evaluation) => Object.keys(evaluation.byType)))].sort()) {
    const cells = evaluations.map((evaluation) => evaluation.byType[type]).filter((cell) => cell !== undefined);
    byType[type] = round(cells.reduce((sum, cell) => sum + cell.won, 0) / cells.reduce((sum, cell) => sum + cell.n, 0));
  }
  return {
    method,
    env,
    success: round(success),
    ci95: [round(low), round(high)],
    score: round(mean(evaluations.map((evaluation) => evaluation.score))),
    seeds: evaluations.length,
    episodes: round(episodes, 0),
    tokens: round(tokens, 0),
    byType,
    gain: episodes > 0 && tokens > 0 ? { perThousandEpisodes: round((1000 * gained) / episodes), perMillionTokens: round((1e6 * gained) / tokens) } : null,
  };
}

/** So many seeds are tried in all 2^S assignments of signs. */
const ALL_SIGNS = 20;

/** @param pairs evaluations of both methods with the same seed, on the same panel. */
export function compare(a: string, b: string, env: string, pairs: readonly (readonly [Evaluation, Evaluation])[]): Comparison {
  const differences_S_N = pairs.map(([one, two]) => {
    if (one.panelHash !== two.panelHash) throw new Error(`${a} and ${b} were measured on different panels (${one.panel}, ${two.panel}).`);
    const other = wins(two);
    return wins(one).map((won, n) => won - (other[n] as number));
  });
  const games = differences_S_N[0]?.length ?? 0;
  const byGame = Array.from({ length: games }, (_, n) => mean(differences_S_N.map((row) => row[n] as number)));
  const name = `${a} ${b} ${env}`;
  const [low, high] = bootstrap(differences_S_N, rng(name));
  const [p, pSeeds] = [pairedTest(byGame, rng(`${name} p`)), pairedTest(differences_S_N.map(mean), rng(`${name} p seeds`), ALL_SIGNS)];
  return { a, b, env, difference: round(mean(byGame)), ci95: [round(low), round(high)], seeds: pairs.length, p: round(p), pSeeds: round(pSeeds) };
}

/** Columns of a comparison's two p-values. */
export const pColumns = ['p, over games', 'p, over seeds'];

/** What the two p-values speak of, and how small the one over few seeds can be at all. */
export function pNote(seeds: readonly number[]): string {
  const few = [...new Set(seeds)].filter((S) => S < 6).sort((a, b) => a - b);
  const least = few.map((S) => `with ${S} ${S === 1 ? 'seed' : 'seeds'} it cannot be below 2/2^${S} = ${2 / 2 ** S}`);
  return `p, over games: permutation test over games, seeds averaged (these runs, other games). p, over seeds: exact sign-flip test over seeds, games averaged (these games, other runs)${least.length > 0 ? `; ${least.join(', ')}` : ''}.`;
}

/** The mean curve of one method's runs, at the iterations at which all of them played the panel. */
export function curveOf(method: string, env: string, runs: readonly RunResult[]): Curve {
  const [first] = runs;
  const points = (first?.curve ?? []).flatMap((_, i): Curve['points'] => {
    const here = runs.map((run) => run.curve[i]);
    const success = here.map((point) => point?.success ?? null);
    if (success.some((value) => value === null)) return [];
    const all = here as CurvePoint[];
    const values = success as number[];
    const { iteration } = all[0] as CurvePoint;
    return [
      {
        iteration,
        episodes: round(mean(all.map((point) => point.episodes)), 0),
        tokens: round(mean(all.map(totalTokens)), 0),
        success: round(mean(values)),
        score: round(mean(all.map((point) => point.score ?? 0))),
        low: Math.min(...values),
        high: Math.max(...values),
      },
    ];
  });
  return { method, env, points };
}

export const percent = (share: number): string => (100 * share).toFixed(1);
export const interval = ([low, high]: [number, number]): string => `${percent(low)} to ${percent(high)}`;
const signed = (share: number): string => `${share < 0 ? '−' : '+'}${(100 * Math.abs(share)).toFixed(1)}`;

/** The report as Markdown. */
export function markdown(name: string, what: string, command: string, report: Report): string {
  const lines = [`# ${name}`, '', what, '', `Made by \`${command}\`.`, ''];
  for (const env of [...new Set(report.rows.map((row) => row.env))]) {
    const rows = report.rows.filter((row) => row.env === env);
    const types = [...new Set(rows.flatMap((row) => Object.keys(row.byType)))];
    const shown = env === 'alfworld' ? types : [];
    lines.push(...table(env === 'alfworld' ? 'AlfWorld, success in %' : 'WebShop', ['method', ...shown, 'success', '95 %', 'score', 'seeds', 'episodes', 'tokens', 'points per 1,000 episodes', 'per 1M tokens'], rows.map((row) => [
      row.method,
      ...shown.map((type) => (row.byType[type] === undefined ? '' : percent(row.byType[type]))),
      percent(row.success),
      interval(row.ci95),
      percent(row.score),
      row.seeds,
      row.episodes,
      row.tokens,
      row.gain ? signed(row.gain.perThousandEpisodes) : '',
      row.gain ? signed(row.gain.perMillionTokens) : '',
    ])));
  }
  if (report.comparisons.length > 0) {
    lines.push(...table('Differences on the same games with the same seeds, in points', ['env', 'method', 'minus', 'difference', '95 %', ...pColumns], report.comparisons.map(({ env, a, b, difference, ci95, p, pSeeds }) => [env, a, b, signed(difference), `${signed(ci95[0])} to ${signed(ci95[1])}`, p, pSeeds ?? ''])));
    lines.push(pNote(report.comparisons.flatMap(({ seeds }) => seeds ?? [])), '');
  }
  for (const { title, columns, rows, note } of report.tables) lines.push(...table(title, columns, rows), ...(note ? [note, ''] : []));
  return `${lines.join('\n').trimEnd()}\n`;
}

function table(title: string, columns: readonly string[], rows: readonly (string | number)[][]): string[] {
  const line = (cells: readonly (string | number)[]) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |`;
  return [`## ${title}`, '', line(columns), line(columns.map(() => '---')), ...rows.map(line), ''];
}
