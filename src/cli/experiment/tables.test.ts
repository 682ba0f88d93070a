import { describe, expect, test } from 'vitest';
import { defaultConfig, type RunConfig } from '../../trainer/config.ts';
import type { Evaluation } from '../../types.ts';
import type { CurvePoint, RunResult } from './jobs.ts';
import type { Curve } from './report.ts';
import { absorptionTable, budgetTable, costTable, reflexionTable } from './tables.ts';

const none: Evaluation = {
  iteration: 0,
  panel: 'p',
  panelHash: 'panel',
  won: 0,
  n: 4,
  success: 0,
  ci95: [0, 1],
  score: 0,
  byType: {},
  rules: 'none',
  adapter: true,
  rewards: [0, 0, 0, 0],
  tokens: 0,
};

function point(iteration: number, over: Partial<CurvePoint> = {}): CurvePoint {
  const tokens = { rollouts: 0, reflection: 0, updates: 0 };
  return {
    iteration,
    episodes: 0,
    tokens,
    trainSuccess: 0,
    success: null,
    score: null,
    activeRules: 0,
    edits: {},
    dropped: 0,
    absorption: null,
    ...over,
  };
}

function run(curve: CurvePoint[], config: Partial<RunConfig> = {}, after: Partial<Evaluation> = {}): RunResult {
  return {
    kind: 'run',
    config: { ...defaultConfig, ...config },
    policy: 'tiny',
    world: { name: 'w', hash: 'h' },
    panel: { name: 'p', hash: 'panel' },
    reflector: 'policy',
    curve,
    before: none,
    after: { ...none, ...after },
    crossed: [],
    rules: [],
    absorption: [],
    misalignments: [],
  };
}

describe('at equal tokens', () => {
  const curve = (method: string, points: [iteration: number, tokens: number, success: number][]): Curve => ({
    method,
    env: 'alfworld',
    points: points.map(([iteration, tokens, success]) => ({
      iteration,
      tokens,
      success,
      score: success / 2,
      episodes: 0,
      low: success,
      high: success,
    })),
  });

  test('a method stands between its evaluations on both sides of the budget, at the share of the way that it went', () => {
    const cheap = curve('rules-only', [
      [0, 0, 0.3],
      [10, 400, 0.9],
    ]);
    const dear = curve('grpo', [
      [0, 0, 0.3],
      [5, 200, 0.5],
      [10, 450, 0.75],
      [15, 900, 0.8],
    ]);
    const { title, rows } = budgetTable([cheap, dear, { ...dear, env: 'webshop' }], 'alfworld');
    expect(title).toBe('At 400 tokens (alfworld)');
    // 200 of the 250 tokens between the two: 0.5 + 0.8 x 0.25.
    expect(rows).toEqual([
      ['rules-only', '90.0', '45.0', 10, 400],
      ['grpo', '70.0', '35.0', '5 and 10', '200 and 450'],
    ]);
  });
});

describe('absorption', () => {
  const gains = (rows: ([number, number] | null)[], config: Partial<RunConfig>) =>
    run([point(0), ...rows.map((row, i) => point(i + 1, { absorption: row && { gain: row[0], rules: row[1] } }))], config);

  test('rules only stand beside JERP with the number of rules, and halves are means over rules', () => {
    const jerp = [gains([null, [0.4, 1], [0.1, 2], [0.1, 2]], { seed: 1 }), gains([null, [0.2, 3], [0.2, 1], null], { seed: 2 })];
    const control = [gains([null, [0.3, 2], [0.3, 2], [0.25, 2]], { method: 'rules-only' })];
    const table = absorptionTable(
      [
        ['jerp', jerp],
        ['rules-only', control],
      ],
      'alfworld',
    );
    expect(table.columns).toEqual([
      'iteration',
      'jerp: mean gain',
      'jerp: rules measured',
      'rules-only: mean gain',
      'rules-only: rules measured',
    ]);
    expect(table.rows).toEqual([
      [2, '0.2500', 4, '0.3000', 2],
      [3, '0.1333', 3, '0.3000', 2],
      [4, '0.1000', 2, '0.2500', 2],
    ]);
    // jerp, iterations 3 and 4: (2 x 0.1 + 0.2 + 2 x 0.1) / 5.
    expect(table.note).toContain('from one episode.');
    expect(table.note).toContain('iterations 1 to 2 and in iterations 3 to 4: jerp 0.2500 and 0.1200; rules-only 0.3000 and 0.2750.');
  });

  test('says nothing where nothing was measured', () => {
    const table = absorptionTable([['jerp', [gains([null], { absorption: 0 })]]], 'alfworld');
    expect(table).toMatchObject({ rows: [] });
    expect(table.note).toBeUndefined();
  });
});

test('Reflexion is told by the games solved within its trials, beside their replay at the end', () => {
  const trials = (seed: number, shares: number[], replay: number) =>
    run(
      shares.map((trainSuccess, i) => point(i, { trainSuccess })),
      { seed, method: 'reflexion' },
      { success: replay },
    );
  const { rows } = reflexionTable([trials(1, [0, 0.25, 0.75], 0.5), trials(2, [0, 0.5, 1], 0.75)], 'alfworld');
  expect(rows).toEqual([
    [1, 4, 2, '25.0', '75.0', '50.0'],
    [2, 4, 2, '50.0', '100.0', '75.0'],
    ['mean', '', '', '37.5', '87.5', '62.5'],
  ]);
});

describe('the cost of a run', () => {
  const spent = (rollouts: number, reflection: number, updates: number) => point(1, { tokens: { rollouts, reflection, updates } });

  test('counts an update four times with a KL term, three times without, and everything else once', () => {
    const jerp = (kl: number) =>
      costTable([['jerp', [run([spent(1000, 100, 10)], { kl }), run([spent(3000, 300, 30)], { kl })]]], 'alfworld');
    expect(jerp(0.2).rows).toEqual([['jerp', 2000, 200, 20, 2280]]);
    expect(jerp(0.2).note).toContain('Passes = rollouts + reflection + 4 x updates');
    expect(jerp(0).rows).toEqual([['jerp', 2000, 200, 20, 2260]]);
    expect(jerp(0).note).toContain('Passes = rollouts + reflection + 3 x updates');
  });

  test('counts the reference pass once, however many epochs learn from the same episodes, and one epoch where a kept run names none', () => {
    const cost = (config: Partial<RunConfig>) => costTable([['jerp', [run([spent(1000, 100, 40)], { kl: 0.2, ...config })]]], 'alfworld');
    // 40 tokens in 4 epochs: 10 went through the reference.
    expect(cost({ epochs: 4 }).rows).toEqual([['jerp', 1000, 100, 40, 1230]]);
    expect(cost({ epochs: 4 }).note).toContain('Passes = rollouts + reflection + 3.25 x updates');
    expect(cost({ epochs: undefined }).rows).toEqual([['jerp', 1000, 100, 40, 1260]]);
  });
});
