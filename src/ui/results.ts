/** Ready-made results that came with the page: read with care, and simply absent where there are none. */
import * as v from 'valibot';

const row = v.object({
  method: v.string(),
  env: v.fallback(v.string(), ''),
  success: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  ci95: v.fallback(v.nullable(v.tuple([v.number(), v.number()])), null),
  score: v.fallback(v.nullable(v.number()), null),
  seeds: v.fallback(v.nullable(v.union([v.number(), v.array(v.number())])), null),
  episodes: v.fallback(v.nullable(v.number()), null),
  tokens: v.fallback(v.nullable(v.number()), null),
});
export type ResultRow = v.InferOutput<typeof row>;

export interface KeptResult {
  name: string;
  rows: ResultRow[];
}

/** The rows of a result that can be shown; null when there are none. */
export function readResult(name: string, value: unknown): KeptResult | null {
  const list = v.safeParse(v.object({ rows: v.array(v.unknown()) }), value);
  if (!list.success) return null;
  const rows = list.output.rows.flatMap((item) => {
    const found = v.safeParse(row, item);
    return found.success ? [found.output] : [];
  });
  return rows.length ? { name, rows } : null;
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
export async function fetchResults(): Promise<{ results: KeptResult[]; runs: string[] }> {
  const index = v.safeParse(v.object({ results: v.array(v.string()), runs: v.array(v.string()) }), await json('results/index.json'));
  if (!index.success) return { results: [], runs: [] };
  const found = await Promise.all(
    index.output.results.map(async (file) => readResult(file.replace(/\.json$/, ''), await json(`results/${file}`))),
  );
  return { results: found.filter((result) => result !== null), runs: index.output.runs };
}
