/** Checkpoints of pre-training on disk: one file, replaced in one rename, so that a kill at any moment leaves a whole one. */
import { mkdirSync, readFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../lib/errors.ts';

/** Facts about data, settings and model, by name. */
export type Identity = Record<string, string | number>;

export interface Checkpoint {
  /** Compared on resuming: a checkpoint of another training must not be continued. */
  identity: Identity;
  step: number;
  tokens: number;
  /** weights, first moments, second moments */
  arrays: Float32Array[];
}

const fileName = 'checkpoint.bin';

export function saveCheckpoint(directory: string, { arrays, ...head }: Checkpoint): void {
  mkdirSync(directory, { recursive: true });
  const header = Buffer.from(JSON.stringify({ ...head, lengths: arrays.map((a) => a.length) }).padEnd(1024));
  const parts = arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength));
  const temporary = join(directory, `${fileName}.tmp`);
  writeFileSync(temporary, Buffer.concat([header, ...parts]));
  renameSync(temporary, join(directory, fileName));
}

/** The last checkpoint, or null when there is none. */
export function loadCheckpoint(directory: string, identity: Identity): Checkpoint | null {
  const path = join(directory, fileName);
  if (!existsSync(path)) return null;
  const file = readFileSync(path);
  const head = JSON.parse(file.subarray(0, 1024).toString()) as Omit<Checkpoint, 'arrays'> & { lengths: number[] };
  const names = new Set([...Object.keys(head.identity), ...Object.keys(identity)]);
  const differences = [...names]
    .filter((name) => head.identity[name] !== identity[name])
    .map((name) => `${name} ${head.identity[name] ?? 'not said'} instead of ${identity[name] ?? 'not said'}`);
  if (differences.length > 0) {
    throw new UserError(
      `The checkpoint in ${directory} is of another training: ${differences.join(', ')}. Give its settings to go on with it, or move the folder away to begin anew.`,
    );
  }
  let at = 1024;
  const arrays = head.lengths.map((length) => {
    const bytes = file.subarray(at, (at += 4 * length));
    return new Float32Array(Uint8Array.from(bytes).buffer);
  });
  return { identity, step: head.step, tokens: head.tokens, arrays };
}
