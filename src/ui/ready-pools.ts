/** Rule pools that come with the page: right procedures, kept as files like a person's own. */
import type { EnvName } from '../types.ts';
import { ask } from './file-worker.ts';
import { fromPage } from './from-page.ts';

export const readyPools: readonly { env: EnvName; file: string }[] = [
  { env: 'alfworld', file: 'alfworld-right.rules.json' },
  { env: 'webshop', file: 'webshop-right.rules.json' },
];

/** @throws UserError when the file cannot be had. */
export async function readyPool(file: string) {
  return ask('readRules', { file: new File([await fromPage(`pools/${file}`)], file) });
}
