/** Which kinds of rules a run's tasks can read, as far as that is known before it has met them. */
import { families } from '../envs/alfworld/game.ts';
import { canContain, kinds, objects } from '../envs/alfworld/layouts.ts';
import { keyFunction } from '../rules/keys.ts';
import type { EnvName } from '../types.ts';
import type { RunConfig } from './config.ts';

/** Methods that show every task one list, beside the rules for its kind. */
const listing = new Set(['expel', 'training-free-grpo']);

/** What can be picked up in a home, and so be what a task is about. */
const things = new Set(
  [
    ...[...canContain.values()].flatMap((kept) => [...kept]),
    ...Object.values(objects).flatMap((room) => room.map(({ kind }) => kind)),
  ].filter((kind) => !kinds.fixed.has(kind)),
);

/** Pool keys that some task has. A person's own games may be about other things. */
export function knownKinds({ env, keys, method }: Pick<RunConfig, 'env' | 'keys' | 'method'>): Set<string> {
  const list = listing.has(method);
  const keysOf = keyFunction(list ? 'family' : keys);
  const home = env === 'alfworld';
  const tasks = (home ? families : [env]).flatMap((family) =>
    (home ? [...things] : ['it']).map((thing) => ({ env: env as EnvName, id: '', family, goal: `put some ${thing} on desk` })),
  );
  return new Set([...(list ? ['all'] : []), ...tasks.flatMap(keysOf)]);
}
