/** Ready-made results that came with the page: read with care, and simply absent where there are none. */
import * as v from 'valibot';

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const count = v.fallback(v.nullable(v.number()), null);
const interval = v.tuple([v.number(), v.number()]);

const row = v.object({
  method: v.string(),
  env: v.fallback(v.string(), ''),
  success: share,
  ci95: v.fallback(v.nullable(interval), null),
  score: count,
  seeds: v.fallback(v.nullable(v.union([v.number(), v.array(v.number())])), null),
  episodes: count,
  tokens: count,
});
export type ResultRow = v.InferOutput<typeof row>;

const comparison = v.object({
  a: v.string(),
  b: v.string(),
  env: v.fallback(v.string(), ''),
  difference: v.number(),
  ci95: interval,
  p: v.number(),
  pSeeds: count,
  seeds: count,
});
export type ResultComparison = v.InferOutput<typeof comparison>;

const point = v.object({ iteration: v.number(), episodes: v.number(), tokens: v.number(), success: share, low: share, high: share });
const curve = v.object({ method: v.string(), env: v.fallback(v.string(), ''), points: v.array(point) });
export type ResultCurve = v.InferOutput<typeof curve>;

const table = v.object({
  title: v.string(),
  columns: v.array(v.string()),
  rows: v.array(v.array(v.union([v.string(), v.number()]))),
  note: v.fallback(v.string(), ''),
});
export type ResultTable = v.InferOutput<typeof table>;

export interface KeptResult {
  name: string;
  /** How it was made; empty in results that do not say. */
  command: string;
  rows: ResultRow[];
  comparisons: ResultComparison[];
  curves: ResultCurve[];
  tables: ResultTable[];
}

const readyRun = v.object({
  file: v.string(),
  bytes: v.number(),
  id: v.string(),
  method: v.string(),
  env: v.string(),
  seed: v.number(),
  iterations: v.number(),
  before: v.nullable(share),
  after: v.nullable(share),
  n: v.number(),
});
export type ReadyRun = v.InferOutput<typeof readyRun>;

/** The good elements of a list. */
function good<T>(list: unknown, shape: v.GenericSchema<unknown, T>): T[] {
  if (!Array.isArray(list)) return [];
  return list.flatMap((item) => {
    const found = v.safeParse(shape, item);
    return found.success ? [found.output] : [];
  });
}

/** The parts of a result that can be shown; null when there are none. */
export function readResult(name: string, value: unknown): KeptResult | null {
  const found = v.safeParse(v.looseObject({}), value);
  if (!found.success) return null;
  const raw = found.output;
  const result: KeptResult = {
    name,
    command: typeof raw.command === 'string' ? raw.command : '',
    rows: good(raw.rows, row),
    comparisons: good(raw.comparisons, comparison),
    curves: good(raw.curves, curve),
    tables: good(raw.tables, table),
  };
  return result.rows.length + result.tables.length > 0 ? result : null;
}

async function json(path: string): Promise<unknown> {
  try {
    const response = await fetch(new URL(path, document.baseURI));
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/** `results/index.json` names the files beside it: the build lists them. */
export async function fetchResults(): Promise<{ results: KeptResult[]; runs: ReadyRun[] }> {
  const index = v.safeParse(v.object({ results: v.array(v.string()), runs: v.array(v.unknown()) }), await json('results/index.json'));
  if (!index.success) return { results: [], runs: [] };
  const found = await Promise.all(
    index.output.results.map(async (file) => readResult(file.replace(/\.json$/, ''), await json(`results/${file}`))),
  );
  return { results: found.filter((result) => result !== null), runs: good(index.output.runs, readyRun) };
}
