/** A stored run made on the spot, so that pages can be tried with as many episodes and rules as wanted, without training. */
import type { Page } from '@playwright/test';
import { expect } from '@playwright/test';
import { sampleCommit, sampleManifest, sampleMetrics } from '../src/storage/sample.ts';
import type { RunExport } from '../src/storage/store.ts';
import { runToText } from '../src/storage/transfer.ts';
import type { RuleEvent, Trajectory, Turn } from '../src/types.ts';

export interface MadeOptions {
  id?: string;
  iterations?: number;
  /** Episodes of each iteration: two groups share them. */
  episodes?: number;
  /** Episodes of each iteration's validation, which all hold rule 1. */
  validation?: number;
  /** Rules added by the run in iteration 1, all for cooling. */
  rules?: string[];
  /** More of the history, numbered by this function. */
  events?: Omit<RuleEvent, 'seq'>[];
}

const turn = (action: string, observation: string, logprob: number, rest: Partial<Turn> = {}): Turn => ({
  action,
  observation,
  logprob,
  ...rest,
});

/** A won and a lost way through one kitchen: they share two turns and part at the third. */
function waysOf(i: number): { won: Turn[]; lost: Turn[] } {
  const shared = [
    turn('go to diningtable 1', 'You arrive at diningtable 1. On the diningtable 1, you see a lettuce 1.', Math.log(0.64), {
      others: [
        { action: 'go to fridge 1', logprob: Math.log(0.21) },
        { action: 'take …', logprob: Math.log(0.09) },
      ],
      chosen: [[0, 17]],
    }),
    turn('take lettuce 1 from diningtable 1', 'You pick up the lettuce 1 from the diningtable 1.', Math.log(0.93), { chosen: [[0, 4]] }),
  ];
  const put = turn('move lettuce 1 to countertop 1', 'You move the lettuce 1 to the countertop 1.', Math.log(0.97));
  return {
    won: [
      ...shared,
      turn('cool lettuce 1 with fridge 1', 'You cool the lettuce 1 using the fridge 1.', Math.log(0.71), { chosen: [[0, 4]] }),
      put,
    ],
    lost: [...shared, put, ...Array.from({ length: 3 + (i % 5) }, () => turn('look', 'You are facing the countertop 1.', -0.1))],
  };
}

export function madeRun({
  id = 'amber-kestrel',
  iterations = 3,
  episodes = 8,
  validation = 0,
  rules = ['Cool it in the fridge first.'],
  events = [],
}: MadeOptions): RunExport {
  const history: RuleEvent[] = [
    ...rules.map((text): Omit<RuleEvent, 'seq'> => ({
      iteration: 1,
      by: 'reflector',
      action: { op: 'ADD', scope: 'cool', text },
      trajectories: ['1.0.0', '1.0.1'],
      why: 'Followed by 4 of 4 won and 0 of 4 lost episodes.',
    })),
    ...events,
  ].map((event, seq) => ({ ...event, seq }));
  const trajectories: Trajectory[] = [];
  for (let iteration = 1; iteration <= iterations; iteration++) {
    for (let i = 0; i < episodes; i++) {
      const d = i < episodes / 2 ? 0 : 1;
      const won = i % 2 === 0;
      const turns = won ? waysOf(i).won : waysOf(i).lost;
      trajectories.push({
        id: `${iteration}.${d}.${d === 0 ? i : i - Math.ceil(episodes / 2)}`,
        task: {
          env: 'alfworld',
          id: `training/${iteration}`,
          family: d === 0 ? 'cool' : 'heat',
          goal: d === 0 ? 'cool some lettuce and put it in countertop' : 'heat some egg and put it in plate',
        },
        ruleIds: d === 0 && iteration > 1 && history.length ? ['r1'] : [],
        opening: `You are in the middle of a room. ${'Looking quickly around you, you see a cabinet 1. '.repeat(i === 0 ? 40 : 1)}`,
        turns,
        reward: won ? 1 : 0,
        won,
        stop: won ? 'won' : 'steps',
        advantage: won ? 1 : -1,
        tokenCount: 40 * turns.length,
      });
    }
  }
  for (let iteration = 1; iteration <= iterations; iteration++)
    for (let i = 0; i < validation; i++)
      trajectories.push({ ...(trajectories[0] as Trajectory), id: `eval${iteration}-0.${i}.0`, ruleIds: ['r1'], advantage: 0 });
  const metrics = Array.from({ length: iterations + 1 }, (_, i) => ({
    ...sampleMetrics(i),
    episodes: i === 0 ? 0 : episodes,
    edits: {},
    update: i === 0 ? null : sampleMetrics(i).update,
    activeRules: rules.length,
  }));
  const checkpoint = { ...sampleCommit(iterations).checkpoint, runId: id };
  return { format: 'jerp-lab run', version: 1, manifest: sampleManifest(id), metrics, events: history, trajectories, checkpoint };
}

/** Brings a made run into the browser, as a person would. */
export async function bringRun(page: Page, options: MadeOptions): Promise<string> {
  const run = madeRun(options);
  await page.goto('./#/runs');
  const file = { name: 'run.json', mimeType: 'application/json', buffer: Buffer.from(runToText(run)) };
  await page.getByTestId('import-run').setInputFiles(file);
  await expect(page.getByTestId('runs')).toContainText(run.manifest.id);
  return run.manifest.id;
}
