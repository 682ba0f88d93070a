import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, test } from 'vitest';
import { Rng } from '../lib/rng.ts';
import { smallConfig } from '../policy/llama/testing.ts';
import { cutBatches } from './batches.ts';
import type { Sequence } from './batches.ts';
import { logFile } from './log-file.ts';
import { scheduleFactor, trainModel } from './trainer.ts';
import type { StartLog, TrainingOptions } from './trainer.ts';

/** Sequences that repeat a short random motif: after it was read once, the rest can be foretold. */
function nextBatch(step: number): Sequence[] {
  const rng = new Rng(7).split(step);
  return Array.from({ length: 6 }, () => {
    const motif = Array.from({ length: 3 }, () => 3 + rng.below(8));
    const ids = Array.from({ length: 20 + rng.below(10) }, (_, t) => motif[t % 3] as number);
    return { ids, lossMask: Uint8Array.from(ids, (_, t) => (t > 3 ? 1 : 0)) };
  });
}

const options = (changes: Partial<TrainingOptions> = {}): TrainingOptions => ({
  config: { ...smallConfig, vocabulary: 16 },
  nextBatch,
  budget: { steps: 12 },
  workers: 0,
  microTokens: 64,
  ...changes,
});

const folder = mkdtempSync(join(tmpdir(), 'pretrain-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('pre-training', () => {
  test('learns what the demonstrations show', async () => {
    const losses: number[] = [];
    const result = await trainModel(options({ budget: { steps: 60 }, logSeconds: 0, onLog: ({ loss }) => losses.push(loss) }));
    expect(losses[0]).toBeCloseTo(Math.log(16), 0);
    expect(result.loss as number).toBeLessThan((losses[0] as number) - 0.5);
    expect(result.finished).toBe(true);
  });

  test('stopped and resumed ends with the weights of an unbroken run', async () => {
    const whole = await trainModel(options());
    let steps = 0;
    const first = await trainModel(options({ checkpointDir: folder, stop: () => steps++ === 5 }));
    expect(first).toMatchObject({ finished: false, step: 5 });
    const second = await trainModel(options({ checkpointDir: folder }));
    expect(second.step).toBe(12);
    expect(second.weights).toEqual(whole.weights);
    expect(second.loss).toBe(whole.loss);
    await expect(trainModel(options({ checkpointDir: folder, seed: 2, identity: { batch: 8 } }))).rejects.toThrow(
      /of another training: seed 1 instead of 2, batch not said instead of 8\. /,
    );
  });

  test('going on is told at once, its speed counts from then on, and what is finished stays finished', async () => {
    const checkpointDir = join(folder, 'told');
    let seconds = 0;
    const clock = { seconds: () => seconds, wall: () => 0 };
    const started: StartLog[] = [];
    const speeds: number[] = [];
    const run = (changes: Partial<TrainingOptions>) =>
      trainModel(
        options({
          checkpointDir,
          clock,
          logSeconds: 0,
          nextBatch: (step) => {
            seconds += 10;
            return nextBatch(step);
          },
          onStart: (start) => started.push(start),
          onLog: ({ tokensPerSecond }) => speeds.push(tokensPerSecond),
          ...changes,
        }),
      );
    let steps = 0;
    await run({ stop: () => steps++ === 5 });
    const before = speeds.splice(0);
    seconds = 1e6;
    const finished = await run({});
    expect(Math.max(...speeds)).toBeLessThan(2 * Math.max(...before));
    const again = await run({});
    expect(again).toEqual(finished);
    expect(again.loss).toBeGreaterThan(0);
    const tokens = started.map((start) => start.tokens);
    expect(tokens[0]).toBe(0);
    expect(tokens[2]).toBe(finished.tokens);
    expect(started).toEqual([0, 5, 12].map((step, i) => ({ step, steps: 12, tokens: tokens[i], backend: 'wasm', workers: 1 })));
    const [, halfway] = started as [StartLog, StartLog];
    // Of a budget of tokens the number of steps is foretold from those so far.
    const foretold: StartLog[] = [];
    const ofTokens = { checkpointDir: join(folder, 'tokens'), budget: { tokens: finished.tokens } };
    steps = 0;
    await run({ ...ofTokens, stop: () => steps++ === 5, onStart: (start) => foretold.push(start) });
    await run({ ...ofTokens, stop: () => true, onStart: (start) => foretold.push(start) });
    expect(foretold.map((start) => start.steps)).toEqual([null, Math.round((5 * finished.tokens) / halfway.tokens)]);
  });

  test('a checkpoint goes on with the number of threads and the backend it was made with, and with no other', async () => {
    const checkpointDir = join(folder, 'threads');
    let steps = 0;
    const first = await trainModel(options({ checkpointDir, workers: 1, stop: () => steps++ === 1 }));
    expect(first).toMatchObject({ step: 1, workers: 1 });
    await expect(trainModel(options({ checkpointDir, workers: 2 }))).rejects.toThrow(
      /of another training: workers 1 instead of 2\. Give workers 1 to go on with it, or move the folder away to begin anew\./,
    );
    await expect(trainModel(options({ checkpointDir, backend: 'cpu' }))).rejects.toThrow(
      /: backend wasm instead of cpu\. Give backend wasm/,
    );
    const alone = await trainModel(options());
    expect((await trainModel(options({ checkpointDir, workers: 1 }))).weights).toEqual(alone.weights);
  });

  test('asked to stop while success is measured it saves at once, and measures when it goes on', async () => {
    const whole = await trainModel(options());
    const checkpointDir = join(folder, 'cut');
    const success = { games: 10, won: 1, wonWithRules: 2 };
    let asked = false;
    const played: (boolean | null)[] = [];
    const measured: number[] = [];
    const run = (cut: boolean) =>
      trainModel(
        options({
          checkpointDir,
          measurements: 2,
          stop: () => asked,
          measure: async (_, stopping) => {
            // A person presses Ctrl-C while games are played.
            asked = cut;
            played.push(stopping());
            return stopping() ? null : success;
          },
          onSuccess: ({ step }) => measured.push(step),
        }),
      );
    expect(await run(true)).toMatchObject({ finished: false, step: 6 });
    asked = false;
    expect(await run(true)).toMatchObject({ finished: false, step: 6 });
    asked = false;
    expect(measured).toEqual([]);
    const last = await run(false);
    expect(measured).toEqual([6, 12]);
    expect(played).toEqual([true, true, false, false]);
    expect(last.finished).toBe(true);
    expect(last.weights).toEqual(whole.weights);
    // The last measurement too is made up for.
    rmSync(checkpointDir, { recursive: true });
    measured.length = 0;
    let times = 0;
    const atTheEnd = (changes: Partial<TrainingOptions>) =>
      trainModel(options({ checkpointDir, measurements: 1, onSuccess: ({ step }) => measured.push(step), ...changes }));
    expect(await atTheEnd({ measure: async () => (times++ === 0 ? null : success) })).toMatchObject({ finished: false, step: 12 });
    expect(await atTheEnd({ measure: async () => success })).toMatchObject({ finished: true, step: 12 });
    expect(measured).toEqual([12]);
  });

  test('success is measured at every tenth and at the end, changes no weight, and is in the one log of a resumed training', async () => {
    const whole = await trainModel(options({ budget: { steps: 20 } }));
    const checkpointDir = join(folder, 'measured');
    const seen: Float32Array[] = [];
    const measure = async (weights: Float32Array) => {
      seen.push(weights.slice());
      // Whoever plays may do with its copy what it likes, and computes on the same backend.
      weights.fill(tf.tidy(() => tf.ones([2]).sum().dataSync()[0] as number));
      return { games: 10, won: seen.length, wonWithRules: 2 * seen.length };
    };
    const measured = (changes: Partial<TrainingOptions>) =>
      trainModel(options({ budget: { steps: 20 }, checkpointDir, measure, logSeconds: 0, checkpointMinutes: 1e9, ...changes }));
    let steps = 0;
    await measured({ stop: () => steps++ === 7 });
    expect(seen.length).toBe(3);
    // As if killed later: what was logged after the checkpoint happens again.
    appendFileSync(join(checkpointDir, logFile), '{"step":8,"loss":1}\n{"step":9,"lo');
    const told: number[] = [];
    const result = await measured({ onSuccess: ({ step }) => told.push(step) });
    expect(result.weights).toEqual(whole.weights);
    expect(seen.at(-1)).toEqual(whole.weights);
    expect(told).toEqual([8, 10, 12, 14, 16, 18, 20]);
    const lines = readFileSync(join(checkpointDir, logFile), 'utf8').trimEnd().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as { step: number; loss?: number; won?: number; wonWithRules?: number });
    expect(entries.filter(({ loss }) => loss !== undefined).map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
    expect(entries.filter(({ won }) => won !== undefined).map(({ step, won, wonWithRules }) => [step, won, wonWithRules])).toEqual(
      Array.from({ length: 10 }, (_, i) => [2 * (i + 1), i + 1, 2 * (i + 1)]),
    );
  });

  test('two threads learn what one does', async () => {
    const alone = await trainModel(options({ budget: { steps: 3 } }));
    const threads = await trainModel(options({ budget: { steps: 3 }, workers: 2 }));
    const worst = alone.weights.reduce((most, x, i) => Math.max(most, Math.abs(x - (threads.weights[i] as number))), 0);
    expect(worst).toBeLessThan(1e-3);
    expect(threads.loss).toBeCloseTo(alone.loss as number, 4);
  });

  test('leaves no tensors behind', async () => {
    await trainModel(options({ budget: { steps: 2 } }));
    const before = tf.memory().numTensors;
    await trainModel(options({ budget: { steps: 3 } }));
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('every loss position lands in exactly one micro-batch, whatever the number of workers', () => {
  const sequences = nextBatch(1);
  const expected = sequences.reduce((sum, { lossMask }) => sum + lossMask.reduce((s, x) => s + x, 0), 0);
  for (const workers of [1, 2, 3]) {
    const batches = cutBatches(sequences, 64, workers, 100).flat();
    expect(batches.reduce((sum, { at_N }) => sum + at_N.length, 0)).toBe(expected);
    for (const { packed, at_N, targets_N } of batches) at_N.forEach((at, n) => expect(packed.ids_M[at + 1]).toBe(targets_N[n]));
  }
  expect(() => cutBatches(sequences, 64, 1, 10)).toThrow(/context is 10/);
});

test('the learning rate rises, stays, and falls', () => {
  const at = (p: number) => scheduleFactor(p, 0.1, 0.4);
  expect([at(0), at(0.05), at(0.1), at(0.6), at(0.8), at(1)]).toEqual([0.01, 0.5, 1, 1, expect.closeTo(0.5), 0.05]);
});
