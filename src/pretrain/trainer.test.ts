import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, test } from 'vitest';
import { Rng } from '../lib/rng.ts';
import { smallConfig } from '../policy/llama/testing.ts';
import { cutBatches } from './batches.ts';
import type { Sequence } from './batches.ts';
import { scheduleFactor, trainModel } from './trainer.ts';
import type { TrainingOptions } from './trainer.ts';

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
    expect(result.loss).toBeLessThan((losses[0] as number) - 0.5);
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
    await expect(trainModel(options({ checkpointDir: folder, identity: 'other data' }))).rejects.toThrow(/another training run/);
  });

  test('two threads learn what one does', async () => {
    const alone = await trainModel(options({ budget: { steps: 3 } }));
    const threads = await trainModel(options({ budget: { steps: 3 }, workers: 2 }));
    const worst = alone.weights.reduce((most, x, i) => Math.max(most, Math.abs(x - (threads.weights[i] as number))), 0);
    expect(worst).toBeLessThan(1e-3);
    expect(threads.loss).toBeCloseTo(alone.loss, 4);
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
