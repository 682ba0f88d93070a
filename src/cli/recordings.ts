/** Recordings of the true environments in a folder: lines of JSON, plain or gzipped. */
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { UserError } from '../lib/errors.ts';

/** How many checks passed and failed. */
export interface Verdict {
  passed: number;
  failed: number;
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** The text of DIR/name or DIR/name.gz; null when neither is there. */
export async function readText(dir: string, name: string): Promise<string | null> {
  const plain = join(dir, name);
  if (await exists(plain)) return readFile(plain, 'utf8');
  if (!(await exists(`${plain}.gz`))) return null;
  try {
    return gunzipSync(await readFile(`${plain}.gz`)).toString('utf8');
  } catch (error) {
    throw new UserError(`${plain}.gz cannot be unpacked (${(error as Error).message}); copy it again.`);
  }
}

/** One value per line of DIR/name(.gz); null when the file is not there. */
export async function readLines<T>(dir: string, name: string): Promise<T[] | null> {
  const text = await readText(dir, name);
  if (text === null) return null;
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return [];
    try {
      return [JSON.parse(line) as T];
    } catch {
      throw new UserError(`Line ${i + 1} of ${name} in ${dir} is not JSON; record it again.`);
    }
  });
}
