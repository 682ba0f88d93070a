/** Rule pools that come with the page: right procedures, kept as files like a person's own. */
import type { EnvName } from '../types.ts';
import { ask } from './file-worker.ts';
import { fromPage } from './from-page.ts';

export const readyPools: readonly { env: EnvName; file: string; title: string }[] = [
  { env: 'alfworld', file: 'alfworld-right.rules.json', title: 'Take in the ready pool for homes' },
  { env: 'webshop', file: 'webshop-right.rules.json', title: 'Take in the ready pool for the shop' },
];

/** @throws UserError when the file cannot be had. */
export async function readyPool(file: string) {
  return ask('readRules', { file: new File([await fromPage(`pools/${file}`)], file) });
}
