import { describe, expect, test } from 'vitest';
import { GeneratedHomes } from './envs/alfworld/world.ts';
import { LocalHost } from './envs/host.ts';
import type { Clock } from './lib/clock.ts';
import { foldPool } from './rules/pool.ts';
import { ContrastReflector } from './rules/contrast.ts';
import type { ProposedEdit, ReflectInput, Reflector } from './rules/reflector.ts';
import { MemoryStore } from './storage/memory.ts';
import { defaultConfig, type RunConfig } from './trainer/config.ts';
import { Paused } from './trainer/phase-timer.ts';
import { TrainingRun, type RunDeps } from './trainer/session.ts';
import type { Policy, TrainSequence, UpdateOptions } from './policy/policy.ts';
import { UniformPolicy } from './policy/uniform.ts';
import type { Metrics } from './types.ts';

const config: RunConfig = { ...defaultConfig, iterations: 4, tasks: 3, group: 8, steps: 12, evalGames: 6, evalSteps: 12, evalEvery: 2 };
const stillClock: Clock = { seconds: () => 0, wall: () => 0 };

async function deps(store = new MemoryStore(), over: Partial<RunDeps> = {}): Promise<RunDeps> {
  // Homes this small are won by chance often enough.
  const homes = await GeneratedHomes.create({ seed: 1, maxReceptacles: 4, families: ['pick', 'look'] });
  return {
    policy: new UniformPolicy(),
    host: new LocalHost(homes),
    store,
    reflector: new ContrastReflector(),
    clock: stillClock,
    progress: { phase: () => {}, episodes: () => {}, iteration: () => {} },
    pauseAsked: () => false,
    ...over,
  };
}

async function everything(store: MemoryStore, id: string): Promise<string> {
  return JSON.stringify([await store.metrics(id), await store.events(id), await store.trajectories(id), await store.checkpoint(id)]);
}

async function finish(run: TrainingRun): Promise<Metrics[]> {
  const rows: Metrics[] = [];
  while (!run.done) rows.push(await run.iterate());
  return rows;
}

/** Notes what it was shown and answers with fixed edits. */
class Recorder implements Reflector {
  readonly name = 'recorder';
  readonly tokensFed = 0;
  readonly seen: ReflectInput[] = [];
  constructor(private readonly answer: (input: ReflectInput) => ProposedEdit['edit'][]) {}
  async reflect(input: ReflectInput): Promise<ProposedEdit[]> {
    this.seen.push(input);
    return this.answer(input).map((edit) => ({ edit, why: 'test', trajectories: [] }));
  }
}

describe('a JERP run', () => {
  test('evaluates before and after on one fixed panel and learns rules in between', async () => {
    const store = new MemoryStore();
    const run = await TrainingRun.create(await deps(store), { id: 'a', config, gameSet: null });
    const rows = await finish(run);
    expect(rows.map((row) => row.evaluation?.iteration ?? null)).toEqual([0, null, 2, null, 4]);
    expect(new Set(rows.flatMap((row) => (row.evaluation ? [row.evaluation.panelHash] : []))).size).toBe(1);
    expect(rows.at(-1)?.activeRules).toBeGreaterThan(0);
    const pool = foldPool(await store.events('a'));
    expect([...pool.rules.values()].filter((rule) => rule.status === 'active')).toHaveLength(rows.at(-1)?.activeRules ?? -1);
  });

  test('with one seed gives one result, and another with another', async () => {
    const results = await Promise.all(
      [1, 1, 2].map(async (seed) => {
        const store = new MemoryStore();
        await finish(await TrainingRun.create(await deps(store), { id: 'a', config: { ...config, seed }, gameSet: null }));
        return everything(store, 'a');
      }),
    );
    expect(results[0]).toBe(results[1]);
    expect(results[2]).not.toBe(results[0]);
  });

  test('that was paused in the middle of an iteration and resumed elsewhere equals an uninterrupted one', async () => {
    const whole = new MemoryStore();
    await finish(await TrainingRun.create(await deps(whole), { id: 'a', config, gameSet: null }));
    const store = new MemoryStore();
    let asked = 0;
    const first = await TrainingRun.create(await deps(store, { pauseAsked: () => ++asked > 60 }), { id: 'a', config, gameSet: null });
    await expect(finish(first)).rejects.toThrow(Paused);
    expect(first.done).toBe(false);
    await finish(await TrainingRun.restore(await deps(store), 'a'));
    expect(await everything(store, 'a')).toBe(await everything(whole, 'a'));
  });

  test('shows the reflector only successes of earlier iterations as references', async () => {
    const reflector = new Recorder(() => []);
    await finish(await TrainingRun.create(await deps(undefined, { reflector }), { id: 'a', config, gameSet: null }));
    expect(reflector.seen.some((input) => input.references.length > 0)).toBe(true);
    for (const { group, references } of reflector.seen) {
      const iteration = Number(group[0]?.id.split('.')[0]);
      for (const reference of references) {
        expect(reference.won).toBe(true);
        expect(Number(reference.id.split('.')[0])).toBeLessThan(iteration);
      }
    }
  });

  test('weighs every trajectory alike in the policy step, however long, and lets unmixed groups count', async () => {
    const policy: Policy = new UniformPolicy();
    const learnt: TrainSequence[][] = [];
    const update = policy.update.bind(policy);
    policy.update = (sequences, options) => {
      learnt.push(sequences);
      return update(sequences, options);
    };
    const run = await TrainingRun.create(await deps(undefined, { policy }), { id: 'w', config, gameSet: null });
    const [, ...rows] = await finish(run);
    const stepped = rows.filter((row) => row.update);
    expect(learnt).toHaveLength(stepped.length);
    expect(stepped.some((row) => row.mixedGroups < config.tasks)).toBe(true);
    learnt.forEach((sequences, i) => {
      expect(sequences).toHaveLength(stepped[i]!.mixedGroups * config.group);
      const choices = sequences.reduce((sum, { tokens }) => sum + tokens.choices.length, 0);
      // What a whole trajectory weighs in a mean over all choices.
      for (const { tokens, weight } of sequences)
        expect(((weight as number) * tokens.choices.length) / choices).toBeCloseTo(1 / (config.tasks * config.group), 12);
    });
  });

  test('steps as its settings say, and at their defaults as before they were settings', async () => {
    const seen: [UpdateOptions, Parameters<Policy['newAdapter']>[0]][] = [];
    const step = async (changes: Partial<RunConfig>) => {
      const policy: Policy = new UniformPolicy();
      let adapter: Parameters<Policy['newAdapter']>[0];
      policy.newAdapter = (options) => void (adapter = options);
      const update = policy.update.bind(policy);
      policy.update = (sequences, options) => {
        seen.push([options, adapter]);
        return update(sequences, options);
      };
      await finish(
        await TrainingRun.create(await deps(undefined, { policy }), {
          id: 's',
          config: { ...config, iterations: 1, steps: 25, ...changes },
          gameSet: null,
        }),
      );
    };
    await step({});
    await step({ weightDecay: 0.1, maxGradNorm: 0.5, epochs: 3, rank: 4, alphaFactor: 1.5 });
    await step({ maxGradNorm: 0 });
    expect(seen.map(([{ weightDecay, maxGradNorm, epochs }, { rank, alpha }]) => [weightDecay, maxGradNorm, epochs, rank, alpha])).toEqual([
      [0, 1, 1, 8, 16],
      [0.1, 0.5, 3, 4, 6],
      [0, Infinity, 1, 8, 16],
    ]);
  });

  test('drops and counts edits that name unknown rules, and lets groups won throughout only upvote and merge', async () => {
    const reflector = new Recorder(({ keys, group }) => [
      { op: 'UPVOTE', id: 'r999' },
      {
        op: 'ADD',
        scope: keys[0] as string,
        text: group.every((t) => t.won) ? 'From a group won throughout.' : `A rule from ${group[0]?.id}.`,
      },
    ]);
    const store = new MemoryStore();
    const rows = await finish(await TrainingRun.create(await deps(store, { reflector }), { id: 'a', config, gameSet: null }));
    const texts = [...foldPool(await store.events('a')).rules.values()].map((rule) => rule.text);
    expect(texts.length).toBeGreaterThan(0);
    expect(texts).not.toContain('From a group won throughout.');
    const dropped = rows.reduce((sum, row) => sum + row.droppedEdits, 0);
    expect(dropped).toBeGreaterThanOrEqual(reflector.seen.length);
  });

  test("takes a person's edit between iterations and refuses one that names no rule", async () => {
    const store = new MemoryStore();
    const run = await TrainingRun.create(await deps(store), { id: 'a', config, gameSet: null });
    await run.iterate();
    await run.edit('k1', { op: 'ADD', scope: 'pick', text: 'Take what the task names.' });
    await expect(run.edit('k2', { op: 'DISABLE', id: 'r77' })).rejects.toThrow('there is no rule "r77"');
    const during = run.iterate();
    await Promise.all([during, run.edit('k3', { op: 'ADD', scope: 'look', text: 'Use the lamp.' })]);
    expect((await store.events('a')).filter((event) => event.by === 'person').map((event) => event.iteration)).toEqual([0, 1]);
    const used = (await store.trajectories('a')).filter((t) => t.task.family === 'pick' && t.id.startsWith('1.'));
    expect(used.every((t) => t.ruleIds.includes('r1'))).toBe(true);
  });

  test('is refused on games it was not made with', async () => {
    const store = new MemoryStore();
    await TrainingRun.create(await deps(store), { id: 'a', config, gameSet: null });
    const other = new LocalHost(await GeneratedHomes.create({ seed: 2 }));
    await expect(TrainingRun.restore(await deps(store, { host: other }), 'a')).rejects.toThrow('load those games');
  });
});
