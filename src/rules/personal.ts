/** A person's changes to a pool, made in one go: what can be made becomes events, what cannot is told. */
import { UserError } from '../lib/errors.ts';
import type { PoolAction, RuleEvent } from '../types.ts';
import { PoolFold, type Pool } from './pool.ts';

export interface Personal {
  pool: Pool;
  events: RuleEvent[];
  /** What to tell when some of it could not be made; null when all was. */
  problem: UserError | null;
}

/**
 * @param iteration the last finished one: people change rules between iterations.
 * @param waited the changes were asked for some time ago, which a person is reminded of where one cannot be made.
 */
export function personalChanges(pool: Pool, actions: readonly PoolAction[], iteration: number, waited = false): Personal {
  const fold = new PoolFold(pool);
  const events: RuleEvent[] = [];
  const refused: string[] = [];
  for (const action of actions) {
    const reason = fold.whyInvalid(action);
    if (reason) {
      refused.push(reason);
      continue;
    }
    const by = action.op === 'IMPORT' ? 'import' : 'person';
    const event: RuleEvent = { seq: fold.pool.length, iteration: Math.max(0, iteration), by, action, trajectories: [], why: '' };
    fold.add(event);
    events.push(event);
  }
  // One Undo takes back all that was asked for in one go.
  if (events.length > 1) for (const event of events) event.batch = pool.length;
  return {
    pool: fold.pool,
    events,
    problem: refused.length ? new UserError(told(refused, actions.length, waited ? ' that waited' : '')) : null,
  };
}

function told([first = '', ...more]: readonly string[], all: number, which: string): string {
  if (all === 1) return `The change${which} was not made: ${first}`;
  return `${more.length + 1} of ${all} changes${which} ${more.length ? 'were' : 'was'} not made; ${more.length ? 'the first' : 'the reason'}: ${first}`;
}
