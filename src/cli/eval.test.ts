import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { generateGame } from '../envs/alfworld/generator.ts';
import { GameFiles } from '../envs/alfworld/world.ts';
import { LocalHost } from '../envs/host.ts';
import { UniformPolicy } from '../policy/uniform.ts';
import { sampleCommit, sampleManifest } from '../storage/sample.ts';
import { runToText } from '../storage/transfer.ts';
import { checkWeights, openRun, panelOf } from './eval-inputs.ts';

let file = '';
beforeAll(async () => {
  file = join(await mkdtemp(join(tmpdir(), 'eval-')), 'run.json');
  const manifest = sampleManifest();
  const metrics = [0, 1].map((iteration) => sampleCommit(iteration).metrics);
  const { checkpoint } = sampleCommit(1);
  await writeFile(file, runToText({ format: 'jerp-lab run', version: 1, manifest, metrics, events: [], trajectories: [], checkpoint }));
});
afterAll(() => rm(join(file, '..'), { recursive: true }));

test('a run is played in the environment that it learnt in, and nowhere else', async () => {
  const { id, config } = sampleManifest();
  expect((await openRun(file, config.env)).manifest.id).toBe(id);
  await expect(openRun(file, 'webshop')).rejects.toThrow(
    `The run ${id} in ${file} learnt in alfworld, not in webshop; write --env alfworld.`,
  );
});

test("a run's adapter is put on the weights that it was trained on, and on no others, chance least of all", async () => {
  const run = await openRun(file, 'alfworld');
  expect(() => checkWeights(run, { ...run.manifest.policy, name: 'of another name' })).not.toThrow();
  expect(() => checkWeights(run, new UniformPolicy().info)).toThrow(
    /changed the weights of .*, and these are uniform uniform; give the policy/,
  );
});

test('the same games have the same panel, whether their folder is named or its role', async () => {
  const folders = { train: 3, valid_seen: 2, valid_unseen: 3 };
  const games = Object.entries(folders).flatMap(([folder, size]) =>
    Array.from({ length: size }, (_, i) => {
      const game = generateGame('training', i, { seed: 1, maxReceptacles: 4, families: ['pick'] });
      return { ...game, id: `${folder}/${i}` };
    }),
  );
  const host = new LocalHost(await GameFiles.create('made', games));
  const hash = async (split: string, limit = 2) => (await panelOf(host, split, limit)).hash;
  expect(await hash('valid_unseen')).toBe(await hash('test'));
  expect(await hash('valid_seen')).toBe(await hash('validation'));
  expect(await hash('train')).toBe(await hash('training'));
  expect(new Set([await hash('train'), await hash('validation'), await hash('test'), await hash('test', 3)]).size).toBe(4);
});

/** The command as a person runs it. */
const evaluated = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', join(import.meta.dirname, 'eval.ts'), ...args]).then(
    ({ stdout }) => ({ code: 0, text: stdout }),
    ({ code, stderr }: { code: number; stderr: string }) => ({ code, text: stderr }),
  );

test('the line says all that its numbers depend on', async () => {
  const { code, text } = await evaluated('--policy', 'uniform', '--limit', '2', '--steps', '3', '--k', '4', '--seed', '7');
  expect(code).toBe(0);
  expect(JSON.parse(text)).toMatchObject({
    n: 2,
    split: 'validation',
    panelHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    policy: 'uniform',
    policyHash: 'uniform',
    backend: 'none',
    adapter: false,
    rules: 'none',
    k: 4,
    steps: 3,
    seed: 7,
  });
}, 60_000);

test.each([
  ['--steps', 'x', '--steps must be a whole number of at least 1, not "x".'],
  ['--k', '1.5', '--k must be a whole number of at least 0, not "1.5".'],
  ['--seed', 'one', '--seed must be a whole number of at least 0, not "one".'],
])(
  '%s %s is refused before any game is loaded',
  async (option, value, sentence) => {
    expect(await evaluated('--games', 'nowhere.zip', option, value)).toEqual({ code: 2, text: `${sentence}\n` });
  },
  60_000,
);

test('what chance plays has no adapter, and one that is named for it is refused', async () => {
  const { code, text } = await evaluated('--policy', 'uniform', '--adapter', file, '--limit', '1');
  expect([code, text]).toEqual([2, 'The policy uniform takes no adapter; leave out --adapter, or give another --policy.\n']);
}, 60_000);
