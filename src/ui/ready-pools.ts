/** Rule pools that come with the page: right procedures, kept as files like a person's own. */
import { UserError } from '../lib/errors.ts';
import type { EnvName } from '../types.ts';
import { ask } from './file-worker.ts';

export const readyPools: readonly { env: EnvName; file: string; title: string }[] = [
  { env: 'alfworld', file: 'alfworld-right.rules.json', title: 'Take in the ready pool for homes' },
  { env: 'webshop', file: 'webshop-right.rules.json', title: 'Take in the ready pool for the shop' },
];

/** @throws UserError when the file cannot be had. */
export async function readyPool(file: string) {
  const answer = await fetch(new URL(`pools/${file}`, document.baseURI));
  if (!answer.ok) throw new UserError(`The ready pool could not be loaded: the server answered ${answer.status}.`);
  return ask('readRules', { file: new File([await answer.blob()], file) });
}
