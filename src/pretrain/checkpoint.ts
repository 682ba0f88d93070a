/**
 * Checkpoints of pre-training on disk: one file, replaced in one rename, so that a kill at any moment leaves a whole one.
 * SHA-256 of all that follows (32 bytes), length of the header (4), header (JSON), then the arrays.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sentence, UserError } from '../lib/errors.ts';

/** Facts about data, settings and model, by name. */
export type Identity = Record<string, string | number>;

export interface Checkpoint {
  /** Compared on resuming: a checkpoint of another training must not be continued. */
  identity: Identity;
  step: number;
  tokens: number;
  /** Smoothed over recent steps; null before the first. */
  loss: number | null;
  /** How many measurements of success were done. */
  measured: number;
  /** weights, first moments, second moments: as long as one another */
  arrays: Float32Array[];
}

type Header = Omit<Checkpoint, 'arrays'> & { lengths: number[] };

export const checkpointFile = 'checkpoint.bin';
const CHECKSUM = 32;
const HEADER = CHECKSUM + 4;

const checksum = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

/** @throws UserError when it cannot be written; the one before is still whole then. */
export function saveCheckpoint(directory: string, { arrays, ...head }: Checkpoint): void {
  const header = Buffer.from(JSON.stringify({ ...head, lengths: arrays.map((a) => a.length) } satisfies Header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const parts = arrays.map((a) => Buffer.from(a.buffer, a.byteOffset, a.byteLength));
  const body = Buffer.concat([length, header, ...parts]);
  const path = join(directory, checkpointFile);
  try {
    mkdirSync(directory, { recursive: true });
    writeFileSync(`${path}.tmp`, Buffer.concat([checksum(body), body]));
    renameSync(`${path}.tmp`, path);
  } catch (error) {
    throw new UserError(
      `The checkpoint cannot be written to ${path} (${sentence(error)}); make the folder writable, with room to spare, or use another one.`,
    );
  }
}

/** What a file holds, or null when it is not whole. */
function parse(file: Buffer, size: number): Checkpoint | null {
  if (file.length < HEADER || !checksum(file.subarray(CHECKSUM)).equals(file.subarray(0, CHECKSUM))) return null;
  let at = HEADER + file.readUInt32LE(CHECKSUM);
  const { lengths, ...head } = JSON.parse(file.subarray(HEADER, at).toString()) as Header;
  if (lengths.length !== 3 || lengths.some((length) => length !== size) || file.length !== at + 4 * 3 * size) return null;
  const arrays = lengths.map((length) => new Float32Array(Uint8Array.from(file.subarray(at, (at += 4 * length))).buffer));
  return { ...head, arrays };
}

/**
 * The last checkpoint, or null when there is none.
 * @param size length of each array.
 * @throws UserError when it is damaged, or of another training.
 */
export function loadCheckpoint(directory: string, identity: Identity, size: number): Checkpoint | null {
  const path = join(directory, checkpointFile);
  if (!existsSync(path)) return null;
  const found = parse(readFileSync(path), size);
  if (!found) {
    throw new UserError(
      `The checkpoint ${path} is damaged, or of an earlier version of this command. Delete it to begin this training anew, or put an undamaged copy in its place.`,
    );
  }
  const names = new Set([...Object.keys(found.identity), ...Object.keys(identity)]);
  const different = [...names].filter((name) => found.identity[name] !== identity[name]);
  const said = (name: string, from: Identity) => `${name} ${from[name] ?? 'not said'}`;
  if (different.length > 0) {
    throw new UserError(
      `The checkpoint in ${directory} is of another training: ${different.map((name) => `${said(name, found.identity)} instead of ${identity[name] ?? 'not said'}`).join(', ')}. ` +
        `Give ${different.map((name) => said(name, found.identity)).join(', ')} to go on with it, or move the folder away to begin anew.`,
    );
  }
  return found;
}
