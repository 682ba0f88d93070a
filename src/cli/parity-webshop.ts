/** Parity of WebShop: replays every recorded number, search, reward and episode that the folder holds. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Catalogue } from '../envs/webshop/catalogue.ts';
import { loadShop } from '../envs/webshop/files.ts';
import type { GoalKind } from '../envs/webshop/goals.ts';
import { nounReport } from '../envs/webshop/noun-report.ts';
import type { NounCase } from '../envs/webshop/noun-report.ts';
import type { RecordedCase, RecordedGoals, RecordedSearch } from '../envs/webshop/replay.ts';
import { checkCase, checkGoals, checkSearch, checkTerms, seedOf } from '../envs/webshop/replay.ts';
import type { Shop } from '../envs/webshop/shop.ts';
import { stock } from '../envs/webshop/stock.ts';
import { UserError } from '../lib/errors.ts';
import { exists, readLines, readText, type Verdict } from './recordings.ts';
import { ProgressLine } from './terminal.ts';

interface Check {
  /** What it belongs to in the summary: a file, or a kind of case. */
  group: string;
  name: string;
  /** The first difference, null when equal, undefined when it cannot be checked. */
  run: () => string | null | undefined;
}

async function readProducts(dir: string): Promise<Catalogue | null> {
  const names = (await readdir(dir)).filter((name) => /^items_(shuffle|ins_v2|human_ins).*\.json(\.gz)?$/.test(name));
  for (const part of ['items_shuffle', 'items_ins_v2', 'items_human_ins']) {
    if (!names.some((name) => name.startsWith(part))) console.log(`${part}*.json is not there (skipped).`);
  }
  if (!names.some((name) => name.startsWith('items_shuffle'))) return null;
  const files = await Promise.all(names.map(async (name) => ({ path: name, blob: new Blob([await readFile(join(dir, name))]) })));
  const catalogue = await loadShop(files, dir);
  for (const why of catalogue.dropped) console.log(`Left out: ${why}`);
  return catalogue;
}

/** All lines of a file as checks; says when it is absent. */
async function checksOf<T>(dir: string, name: string, make: (value: T, line: number) => Check): Promise<Check[]> {
  const lines = await readLines<T>(dir, name);
  if (lines === null) console.log(`${name} is not there (skipped).`);
  return (lines ?? []).map(make);
}

async function goalChecks(dir: string, catalogue: Catalogue | null): Promise<Check[]> {
  const names = (await readdir(dir)).map((name) => /^goals_(human|synthetic)_seed\d+\.json(?=(\.gz)?$)/.exec(name)?.[0]);
  const checks: Check[] = [];
  for (const name of new Set(names)) {
    if (name === undefined) continue;
    const recorded = JSON.parse((await readText(dir, name)) as string) as RecordedGoals;
    if (!catalogue) {
      checks.push({ group: name, name, run: () => undefined });
      continue;
    }
    const kind: GoalKind = name.startsWith('goals_human') ? 'human' : 'synthetic';
    const { shop, goals } = stock(catalogue, kind, seedOf(name));
    checks.push(...checkGoals(recorded, shop, goals).map(({ name: what, found }) => ({ group: name, name: what, run: () => found })));
  }
  if (checks.length === 0) console.log('goals_*_seed*.json is not there (skipped).');
  return checks;
}

/** Runs checks and prints a line per group. @returns passed and failed. */
function runChecks(checks: readonly Check[], mostDifferences: number): Verdict {
  const groups = new Map<string, { passed: number; failed: number; skipped: number }>();
  const progress = new ProgressLine();
  let printed = 0;
  for (const [i, { group, name, run }] of checks.entries()) {
    const counts = groups.get(group) ?? { passed: 0, failed: 0, skipped: 0 };
    groups.set(group, counts);
    const found = run();
    if (found === undefined) counts.skipped++;
    else if (found === null) counts.passed++;
    else {
      counts.failed++;
      if (printed++ < mostDifferences) console.log(`${group}, ${name}: ${found}`);
    }
    progress.show(i + 1, checks.length, `${i + 1} of ${checks.length} checks`);
  }
  progress.end();
  const sum = { passed: 0, failed: 0 };
  for (const [group, { passed, failed, skipped }] of groups) {
    const without = skipped > 0 ? `, ${skipped} skipped (they need items_shuffle, or are of a kind unknown here)` : '';
    console.log(`${group}: ${passed} of ${passed + failed} equal${without}`);
    sum.passed += passed;
    sum.failed += failed;
  }
  if (printed > mostDifferences) console.log(`${printed - mostDifferences} more differences were not printed.`);
  return sum;
}

/** @returns how many checks passed and failed. */
export async function webshop(dir: string, mostDifferences: number): Promise<Verdict> {
  if (!(await exists(dir)))
    throw new UserError(`There is no folder ${dir}; give a folder with items_shuffle*.json, cases.jsonl and their like.`);
  const catalogue = await readProducts(dir);
  const shops = new Map<number, Shop>();
  const shopOf = (seed: number): Shop | null => {
    if (!catalogue) return null;
    const shop = shops.get(seed) ?? stock(catalogue, 'synthetic', seed).shop;
    shops.set(seed, shop);
    return shop;
  };
  const ids = catalogue?.products.map(({ asin }) => asin) ?? [];
  const checks: Check[] = [
    ...(await checksOf<RecordedCase>(dir, 'cases.jsonl', (recorded, line) => ({
      group: recorded.kind,
      name: `line ${line + 1}`,
      run: () => checkCase(recorded, shopOf),
    }))),
    ...(await goalChecks(dir, catalogue)),
    ...(await checksOf<RecordedSearch>(dir, 'search.jsonl', (recorded) => ({
      group: catalogue ? 'search' : 'search (terms only: there are no products)',
      name: JSON.stringify(recorded.query),
      run: () => checkSearch(recorded, catalogue?.index ?? null, ids),
    }))),
    ...(await checksOf<{ text: string; tokens: string[] }>(dir, 'analyzer.jsonl', (recorded, line) => ({
      group: 'analyzer',
      name: `line ${line + 1}`,
      run: () => checkTerms(recorded),
    }))),
  ];
  const { passed, failed } = runChecks(checks, mostDifferences);

  const random = await readLines<{ text: string; tokens: string[] }>(dir, 'analyzer_random.jsonl');
  if (random === null) console.log('analyzer_random.jsonl is not there (skipped).');
  else
    console.log(
      `analyzer_random (reported only): ${random.filter((recorded) => checkTerms(recorded) === null).length} of ${random.length} equal`,
    );
  const nouns = await readLines<NounCase>(dir, 'noun_cases.jsonl');
  if (nouns === null) console.log('noun_cases.jsonl is not there (skipped).');
  else console.log(nounReport(nouns, catalogue?.products ?? []));
  console.log(`${passed} passed, ${failed} failed`);
  return { passed, failed };
}
