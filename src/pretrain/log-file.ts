/** The log of a pre-training as JSON lines: one file, however often the training was stopped and went on. */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const logFile = 'log.jsonl';

/** The step of a line; Infinity of one that a kill left broken. */
function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as { step: number }).step;
  } catch {
    return Infinity;
  }
}

/**
 * Opens the log of a training that goes on after `step`: what was logged later is dropped, as it happens again.
 * @returns what adds an entry.
 */
export function openLog(directory: string, step: number): (entry: { step: number }) => void {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, logFile);
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
  const kept = lines.filter((line) => line !== '' && stepOf(line) <= step);
  writeFileSync(`${path}.new`, kept.map((line) => `${line}\n`).join(''));
  renameSync(`${path}.new`, path);
  return (entry) => appendFileSync(path, `${JSON.stringify(entry)}\n`);
}
