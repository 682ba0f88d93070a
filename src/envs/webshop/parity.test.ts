import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { loadShop } from './files.ts';
import { nounAgreement } from './noun-report.ts';
import type { NounCase } from './noun-report.ts';
import { guessAgreement, guessNouns } from './nouns.ts';
import { reachable } from './reachable.ts';
import type { RecordedCase, RecordedGoals, RecordedSearch } from './replay.ts';
import { checkCase, checkGoals, checkSearch, checkTerms } from './replay.ts';
import { stock } from './stock.ts';

const dir = fileURLToPath(new URL('../../../../shared/data/webshop/', import.meta.url));
const present = existsSync(`${dir}cases.jsonl.gz`) && existsSync(`${dir}items_shuffle_1000.json.gz`);
if (!present) console.warn('Skipped: the recorded cases of the true environment (../shared/data/webshop) are not there.');

const text = (name: string): string => gunzipSync(readFileSync(`${dir}${name}.gz`)).toString('utf8');
const lines = <T>(name: string): T[] =>
  text(name)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as T);

const load = () => {
  const files = ['items_shuffle_1000.json', 'items_ins_v2_1000.json', 'items_human_ins.json'];
  return loadShop(
    files.map((path) => ({ path, blob: new Blob([readFileSync(`${dir}${path}.gz`)]) })),
    'the recorded shop',
  );
};

test.skipIf(!present)('every recorded case, goal, search and text of the true environment is equal', async () => {
  const catalogue = await load();
  expect([catalogue.products.length, catalogue.droppedCount]).toEqual([1000, 0]);
  const { shop, goals } = stock(catalogue, 'synthetic', 1);
  const human = stock(catalogue, 'human', 1).goals;
  const ids = catalogue.products.map(({ asin }) => asin);
  const differences = [
    ...lines<RecordedCase>('cases.jsonl').map((recorded) => checkCase(recorded, () => shop)),
    ...checkGoals(JSON.parse(text('goals_synthetic_seed1.json')) as RecordedGoals, shop, goals).map(({ found }) => found),
    ...checkGoals(JSON.parse(text('goals_human_seed1.json')) as RecordedGoals, shop, human).map(({ found }) => found),
    ...lines<RecordedSearch>('search.jsonl').map((recorded) => checkSearch(recorded, catalogue.index, ids)),
    ...lines<{ text: string; tokens: string[] }>('analyzer.jsonl').map(checkTerms),
    ...lines<{ text: string; tokens: string[] }>('analyzer_random.jsonl').map(checkTerms),
  ];
  expect(differences.length).toBeGreaterThan(2000);
  expect(differences.filter((found) => found !== null)).toEqual([]);
});

test.skipIf(!present)('as in the true environment, 458 of the 6910 synthetic goals cannot be met in full', async () => {
  const { shop, goals } = stock(await load(), 'synthetic', 1);
  let short = 0;
  for (let i = 0; i < goals.size; i++) short += Number(reachable(shop, goals.goal(i), guessNouns).score < 1);
  expect([goals.size, short]).toEqual([6910, 458]);
});

test.skipIf(!present)('the agreement of the guessed nouns that is shown is the one that the recorded cases give', async () => {
  const cases = readFileSync(`${dir}noun_cases.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as NounCase);
  expect(nounAgreement(cases, (await load()).products)).toMatchObject(guessAgreement);
});
