import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { UserError } from '../lib/errors.ts';
import { checkpointFile, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';

const folder = mkdtempSync(join(tmpdir(), 'checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const identity = { data: 'made', seed: 1, workers: 1 };
const checkpoint: Checkpoint = {
  identity,
  step: 7,
  tokens: 70,
  loss: 1.25,
  measured: 2,
  arrays: [Float32Array.of(1, 2), Float32Array.of(3, -4), Float32Array.of(0.5, 1e-30)],
};
const path = join(folder, checkpointFile);
const whole = () => {
  saveCheckpoint(folder, checkpoint);
  return readFileSync(path);
};

describe('a checkpoint', () => {
  test('is read back as it was written, however long its identity is', () => {
    expect(loadCheckpoint(join(folder, 'none'), identity, 2)).toBeNull();
    const long = { ...identity, from: 'x'.repeat(3000) };
    saveCheckpoint(folder, { ...checkpoint, identity: long, loss: null });
    expect(loadCheckpoint(folder, long, 2)).toEqual({ ...checkpoint, identity: long, loss: null });
    whole();
    expect(loadCheckpoint(folder, identity, 2)).toEqual(checkpoint);
  });

  test('that is cut off anywhere, changed anywhere, or something else is refused with one sentence that says what to do', () => {
    const file = whole();
    const damaged = [
      ...Array.from({ length: file.length }, (_, length) => file.subarray(0, length)),
      ...Array.from({ length: file.length }, (_, at) => file.map((byte, i) => (i === at ? byte ^ 4 : byte))),
      Buffer.concat([file, Buffer.of(0)]),
      Buffer.from('garbage'.repeat(1000)),
    ];
    for (const bytes of damaged) {
      writeFileSync(path, bytes);
      const load = () => loadCheckpoint(folder, identity, 2);
      expect(load).toThrow(UserError);
      expect(load).toThrow(/checkpoint\.bin is damaged, .* Delete it to begin this training anew/);
    }
  });

  test('whose arrays are not as long as the model is refused, though it is whole', () => {
    whole();
    expect(() => loadCheckpoint(folder, identity, 3)).toThrow(/is damaged/);
    saveCheckpoint(folder, { ...checkpoint, arrays: checkpoint.arrays.slice(1) });
    expect(() => loadCheckpoint(folder, identity, 2)).toThrow(/is damaged/);
    saveCheckpoint(folder, { ...checkpoint, arrays: [Float32Array.of(1, 2, 3), Float32Array.of(1), Float32Array.of(1, 2)] });
    expect(() => loadCheckpoint(folder, identity, 2)).toThrow(/is damaged/);
  });

  test('of another training is refused: both values are named, and both ways out', () => {
    whole();
    expect(() => loadCheckpoint(folder, { ...identity, workers: 2 }, 2)).toThrow(
      /is of another training: workers 1 instead of 2\. Give workers 1 to go on with it, or move the folder away to begin anew\./,
    );
  });

  test('that cannot be written says so in a sentence, and leaves the one before', () => {
    const inTheWay = join(folder, 'file');
    writeFileSync(inTheWay, '');
    expect(() => saveCheckpoint(inTheWay, checkpoint)).toThrow(UserError);
    expect(() => saveCheckpoint(inTheWay, checkpoint)).toThrow(/cannot be written to .*file.checkpoint\.bin .*use another one/);
  });
});
