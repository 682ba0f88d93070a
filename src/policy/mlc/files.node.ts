/** Weight folders on a disk (Node only). */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, sentence } from '../../lib/errors.ts';
import type { WeightSource } from './format.ts';

export function folderSource(folder: string): WeightSource {
  return {
    async read(file) {
      try {
        return new Uint8Array(await readFile(join(folder, file)));
      } catch (error) {
        throw new UserError(`${join(folder, file)} could not be read: ${sentence(error)}`);
      }
    },
  };
}

export async function writeFolder(folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const [name, bytes] of files) await writeFile(join(folder, name), bytes);
}
