import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { benchList } from './bench-list.ts';

test('the list gives every bench one whole sentence, apart from its name and within the width of a terminal', () => {
  const long = `Plays ${'many games '.repeat(10)}of a split.\nA second sentence.`;
  expect(
    benchList([
      ['ui', 'The page:\nwhat it weighs. More of it.'],
      ['wordings', long],
    ]).split('\n'),
  ).toEqual([
    '  ui        The page: what it weighs.',
    expect.stringMatching(/^ {2}wordings {2}Plays many games/),
    expect.stringMatching(/^ {12}\S.*of a split\.$/),
  ]);
});

const bench = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'bench.ts'), ...args]).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, text: stderr }),
  );

test('a bench of training that is asked for nothing says so', async () => {
  expect(await bench('train', '--wasm', '0')).toEqual({ code: 2, text: 'Nothing is asked for: with --wasm 0, write --webgpu 1.\n' });
}, 60_000);

test("the help of the train bench names the option for a language model's shape, which is found however it is written", async () => {
  expect((await bench('train', '--help')).text).toMatch(/^ {2}--model NAME .*--model qwen2-0\.5b-shape --help/m);
  expect((await bench('train', '--model=other')).text).toContain('There is no model "other" to measure');
}, 60_000);

test('all three train the same model on the same batch: their losses agree, step by step, on WebAssembly', async () => {
  const { code, text } = await bench('train', '--steps', '1', '--batch', '1', '--time', '8');
  expect(code).toBe(0);
  const rows = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { peer: string; loss?: number });
  expect(rows.map(({ peer }) => peer)).toEqual(['tfjs', 'jerp-lab', 'jax-js', 'tfjs (XNNPACK)', 'jerp-lab']);
}, 120_000);
