/** Reads an adapter that a person named on the command line: one of our own files, a zip, or PEFT's folder. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UserError } from '../lib/errors.ts';
import type { AdapterState, PolicyInfo } from '../policy/policy.ts';
import { readAdapter } from '../storage/adapter-files.ts';

/** @throws UserError when nothing can be read there, or what is there does not fit the model. */
export async function openAdapter(path: string, policy: PolicyInfo): Promise<AdapterState> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new UserError(`There is no adapter at ${path}; give a file that jerp-lab exported, or the folder of a PEFT adapter.`);
  const paths = found.isDirectory() ? (await readdir(path)).map((name) => join(path, name)) : [path];
  const wanted = paths.filter((each) => !found.isDirectory() || /\.(json|safetensors)$/.test(each));
  return readAdapter(await Promise.all(wanted.map(async (each) => ({ name: basename(each), bytes: await readFile(each) }))), policy);
}
