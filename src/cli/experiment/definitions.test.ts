import { expect, test } from 'vitest';
import { defaultConfig } from '../../trainer/config.ts';
import type { Evaluation } from '../../types.ts';
import { experiments, type Done, type Request } from './definitions.ts';
import type { CurvePoint, Job, Result } from './jobs.ts';

const setup = { policy: 'tiny', backend: 'wasm', games: null, shop: null, digests: { policy: 'p', alfworld: 'made', webshop: 'made' } };
const request: Request = { setup, config: defaultConfig, envs: ['alfworld'], seeds: [1, 2, 3], pairs: 10, rightPool: () => [] };

const played = (rewards: number[]): Evaluation => {
  const won = rewards.filter((reward) => reward === 1).length;
  const n = rewards.length;
  return {
    iteration: 2,
    panel: 'p',
    panelHash: 'h',
    won,
    n,
    success: won / n,
    ci95: [0, 1],
    score: won / n,
    byType: {},
    rules: 'pool',
    adapter: true,
    rewards,
    tokens: 9,
  };
};
const at = (iteration: number): CurvePoint => ({
  iteration,
  episodes: 64 * iteration,
  tokens: { rollouts: 1000 * iteration, reflection: 100 * iteration, updates: 500 * iteration },
  trainSuccess: iteration / 2,
  success: iteration / 4,
  score: iteration / 4,
  activeRules: 1,
  edits: {},
  dropped: 0,
  absorption: iteration > 0 ? { gain: 0.1, rules: 1 } : null,
});

const done: Done = (job): Result => {
  if (job.kind === 'evaluation') return { kind: 'evaluation', label: job.label, evaluation: played([1, 0]) };
  if (job.kind === 'reflector') return { kind: 'reflector', reflector: job.reflector, env: job.env, counts: {}, tokens: 0 };
  const { config } = job;
  const [before, after] = [played([0, 0]), played([1, 1])];
  const rules = [{ id: 'r0', scope: 'pick', text: 'Look.', score: 2, born: 1 }];
  const measured = { before, after, crossed: [], rules, absorption: [], misalignments: [] };
  return {
    kind: 'run',
    config,
    policy: 'tiny',
    world: { name: 'w', hash: 'h' },
    panel: { name: 'p', hash: 'h' },
    reflector: 'policy',
    curve: [at(0), at(1), at(2)],
    ...measured,
  };
};

const names = Object.keys(experiments);

test.each(names)('%s tells what one run of each of its methods costs', (name) => {
  const { tables, rows } = experiments[name]!.report(request, done);
  const cost = tables.filter(({ title }) => title === 'Cost of one run (alfworld)');
  expect(cost).toHaveLength(1);
  const priced = rows.filter(({ tokens }) => tokens > 0).map(({ method }) => method);
  expect(priced.length).toBeGreaterThan(0);
  expect(cost[0]?.rows.map(([method]) => method)).toEqual(priced);
  // 2,000 + 200 + 4 x 1,000, for the default has a KL term.
  expect(cost[0]?.rows[0]?.slice(1)).toEqual([2000, 200, 1000, 6200]);
});

test('absorption runs rules only too, under the names under which other experiments keep them, and tells them beside JERP', () => {
  const jobs = (name: string): Job[] => experiments[name]!.stages[0]!(request, done);
  const kept = jobs('rules-vs-weights').filter((job) => job.kind === 'run' && job.config.method === 'rules-only');
  expect(kept).toHaveLength(3);
  expect(jobs('absorption')).toEqual(expect.arrayContaining(kept));
  const table = experiments.absorption!.report(request, done).tables.find(({ title }) => title.startsWith('Gain of the rules'));
  expect(table?.columns).toEqual([
    'iteration',
    'jerp: mean gain',
    'jerp: rules measured',
    'rules-only: mean gain',
    'rules-only: rules measured',
  ]);
  expect(table?.rows[0]).toEqual([1, '0.1000', 3, '0.1000', 3]);
});

test('the paper’s table tells Reflexion by its own measure too', () => {
  const table = experiments['paper-table']!.report(request, done).tables.find(
    ({ title }) => title === 'Reflexion by its own measure (alfworld)',
  );
  expect(table?.rows.at(-1)).toEqual(['mean', '', '', '50.0', '100.0', '100.0']);
});
