/** A rules file as the pool that a command plays with. */
import { emptyPool, PoolLog, takeIn, type Pool } from '../rules/pool.ts';
import { readRules } from '../storage/transfer.ts';
import { readText } from './terminal.ts';

/** A pool that holds the file's rules as active ones, with their scores. @throws UserError when it cannot be read. */
export async function openPool(path: string): Promise<Pool> {
  const { rules } = readRules(await readText(path), path);
  const log = new PoolLog(emptyPool, 0);
  takeIn(log, rules, 'file');
  return log.pool;
}
