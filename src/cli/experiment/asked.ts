/** What a command asks for, checked before anything is run: the experiment, the environments, the files, the kept table. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../lib/errors.ts';
import { experiments, type Experiment } from './definitions.ts';
import type { Report } from './report.ts';

/** What is kept of an experiment, and what `--summary` prints again. */
export interface Kept extends Report {
  experiment: string;
  command: string;
}

/** @throws UserError that names those there are */
export function experimentNamed([name, ...more]: readonly string[]): { name: string; experiment: Experiment } {
  const experiment = name !== undefined && Object.hasOwn(experiments, name) ? experiments[name] : undefined;
  if (name !== undefined && experiment && more.length === 0) return { name, experiment };
  const wrong =
    name === undefined ? 'Name an experiment' : more.length > 0 ? `"${more[0]}" is one name too many` : `There is no experiment "${name}"`;
  throw new UserError(`${wrong}; there are ${Object.keys(experiments).join(', ')}.`);
}

/** @throws UserError on what is no environment */
export function envsOf(asked: string | undefined, own: readonly string[]): string[] {
  if (asked === undefined) return [...own];
  if (asked === 'both') return ['alfworld', 'webshop'];
  if (asked !== 'alfworld' && asked !== 'webshop')
    throw new UserError(`"${asked}" is not an environment; use --env alfworld, webshop or both.`);
  return [asked];
}

/** SHA-256 of a file, or of the names and sizes of a folder's files. @throws UserError with `otherwise` where there is nothing */
export async function digest(path: string, otherwise: string): Promise<string> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new UserError(otherwise);
  const hash = createHash('sha256');
  const bad = (file: string) => new UserError(`${file} cannot be read; if it is a link to what is no longer there, mend it or delete it.`);
  if (found.isFile()) {
    const bytes = await readFile(path).catch(() => null);
    if (!bytes) throw bad(path);
    hash.update(bytes);
  } else {
    const names = await readdir(path, { recursive: true }).catch(() => null);
    if (!names) throw bad(path);
    for (const name of names.sort()) {
      const file = await stat(join(path, name)).catch(() => null);
      if (!file) throw bad(join(path, name));
      if (file.isFile()) hash.update(`${name} ${file.size}\n`);
    }
  }
  return hash.digest('hex').slice(0, 16);
}

/** The name under which the table of an experiment is kept: with the environment, where it is not the experiment's own choice. */
export function tableName(name: string, asked: string | undefined, own: readonly string[]): string {
  return asked === undefined || asked === (own.length > 1 ? 'both' : own[0]) ? name : `${name}-${asked}`;
}

/** A kept table. @throws UserError that says which of the experiment's tables there are instead */
export async function keptTable(folder: string, name: string, table: string): Promise<Kept> {
  const path = join(folder, `${table}.json`);
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) {
    const files = (await readdir(folder).catch(() => [])).sort();
    const others = files.flatMap((file) => {
      const env = /^(?:-(alfworld|webshop|both))?\.json$/.exec(file.startsWith(name) ? file.slice(name.length) : '');
      return env ? [`${file.slice(0, -5)} (${env[1] === undefined ? 'without --env' : `--env ${env[1]}`})`] : [];
    });
    const there = others.length > 0 ? ` Kept of this experiment: ${others.join(', ')}.` : '';
    throw new UserError(`There is no kept result named ${table}.${there} To make it, run the experiment without --summary.`);
  }
  const kept = parsed(text) as Partial<Kept> | null;
  if (![kept?.rows, kept?.comparisons, kept?.curves, kept?.tables].every(Array.isArray) || typeof kept?.command !== 'string')
    throw new UserError(`${path} is damaged; run the experiment without --summary to make it again from the kept runs.`);
  return kept as Kept;
}

/** JSON of ours that is only then looked at; null where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
