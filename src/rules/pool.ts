/**
 * K(d), the rule pool: an append-only history of events, and its state as the fold of them.
 *
 * Constants where the paper is silent follow ExpeL: ADD starts at 2, UPVOTE and EDIT +1, DOWNVOTE -1, a rule at 0
 * is pruned; a MERGE takes the highest score of its parts. `Rule.scope` says which pool a rule is in (`keys.ts`).
 */
import type { PoolAction, RestoredRule, Rule, RuleEdit, RuleEvent } from '../types.ts';
import { cleanRuleText } from './text.ts';

export const ADD_SCORE = 2;

export interface Pool {
  /** By id, in order of birth; removed rules stay, so that history can be read. */
  rules: ReadonlyMap<string, Rule>;
  /** Number of events folded so far; the next event's `seq`. */
  length: number;
  /** Which rule says a sentence (`sayingOf`), so that a long fold need not look through all of them. */
  saying?: ReadonlyMap<string, string>;
}

const sayingOf = (scope: string, text: string): string => `${scope}\n${text}`;

export const emptyPool: Pool = { rules: new Map(), length: 0 };

/** The pool after all `events`, which must be gapless from 0. */
export function foldPool(events: readonly RuleEvent[]): Pool {
  const fold = new PoolFold();
  for (const event of events) fold.add(event);
  return fold.pool;
}

/** A fold that can be watched event by event; it changes one map in place, so that ten thousand events take no longer than they must. */
export class PoolFold {
  private readonly rules: Map<string, Rule>;
  private readonly saying = new Map<string, string>();
  private length: number;

  /** @param from what it goes on from; that stays as it is. */
  constructor(from: Pool = emptyPool) {
    this.rules = new Map(from.rules);
    this.length = from.length;
    for (const { id, scope, text, status } of from.rules.values()) if (status !== 'removed') this.saying.set(sayingOf(scope, text), id);
  }

  /** What has been folded so far; its rules change with the next event. */
  get pool(): Pool {
    return { rules: this.rules, length: this.length };
  }

  /** As `whyInvalid` of what has been folded, without looking through all of it. */
  whyInvalid(action: PoolAction): string | null {
    const { rules, saying, length } = this;
    return whyInvalid({ rules, saying, length }, action);
  }

  /** @throws Error as `applyEvent` does; the fold then stays as it was. */
  add(event: RuleEvent): void {
    const { rules, saying, length } = this;
    check({ rules, saying, length }, event);
    const touched = touchedBy(event.action);
    for (const { id, scope, text } of touched.map((named) => rules.get(named) as Rule))
      if (saying.get(sayingOf(scope, text)) === id) saying.delete(sayingOf(scope, text));
    const before = rules.size;
    change(rules, event);
    if (rules.size > before) touched.push(`r${rules.size}`);
    for (const { id, scope, text, status } of touched.map((made) => rules.get(made) as Rule)) if (status !== 'removed') saying.set(sayingOf(scope, text), id);
    this.length++;
  }
}

/**
 * The pool after one more event.
 * @throws Error when `seq` is out of turn or the action is not valid here (see `whyInvalid`).
 */
export function applyEvent(pool: Pool, event: RuleEvent): Pool {
  check(pool, event);
  const rules = new Map(pool.rules);
  change(rules, event);
  return { rules, length: pool.length + 1 };
}

/** Ids of the existing rules that an action names. */
export function touchedBy(action: PoolAction): string[] {
  if (action.op === 'RESTORE') return action.rules.map(({ id }) => id);
  if (action.op === 'MERGE') return [...action.ids];
  return 'id' in action ? [action.id] : [];
}

function check(pool: Pool, event: RuleEvent): void {
  if (event.seq !== pool.length) throw new Error(`Rule event ${event.seq} is out of turn; the next one must be ${pool.length}.`);
  const reason = whyInvalid(pool, event.action);
  if (reason) throw new Error(`Rule event ${event.seq} cannot be applied: ${reason}`);
}

function change(rules: Map<string, Rule>, event: RuleEvent): void {
  const set = (id: string, change: Partial<Rule>) => rules.set(id, { ...(rules.get(id) as Rule), ...change, changed: event.iteration });
  const add = (scope: string, text: string, score: number, status: Rule['status'], mergedFrom: string[]) => {
    const id = `r${rules.size + 1}`;
    rules.set(id, { id, scope, text: cleanRuleText(text) as string, score, status, mergedFrom, born: event.iteration, changed: event.iteration });
  };
  const score = (id: string) => (rules.get(id) as Rule).score;
  const action = event.action;
  switch (action.op) {
    case 'ADD':
      add(action.scope, action.text, ADD_SCORE, 'active', []);
      break;
    case 'IMPORT':
      add(action.scope, action.text, action.score, 'pending', []);
      break;
    case 'EDIT':
      set(action.id, { text: cleanRuleText(action.text) as string, score: score(action.id) + 1 });
      break;
    case 'UPVOTE':
      set(action.id, { score: score(action.id) + 1 });
      break;
    case 'DOWNVOTE':
      set(action.id, { score: score(action.id) - 1 });
      break;
    case 'MERGE': {
      const parts = action.ids.map((id) => rules.get(id) as Rule);
      add((parts[0] as Rule).scope, action.text, Math.max(...parts.map((rule) => rule.score)), 'active', action.ids);
      for (const id of action.ids) set(id, { status: 'removed' });
      break;
    }
    case 'PRUNE':
      set(action.id, { status: 'removed' });
      break;
    case 'ENABLE':
      set(action.id, { status: 'active' });
      break;
    case 'DISABLE':
      set(action.id, { status: 'disabled' });
      break;
    case 'RESTORE':
      for (const { id, text, score, status } of action.rules) {
        const back = { text: cleanRuleText(text) as string, score, status };
        // A rule that is left as it was has not changed: when it was pruned, say, stays readable.
        if (!sameContent(rules.get(id) as Rule, back)) set(id, back);
      }
      break;
  }
}

type Content = Pick<Rule, 'text' | 'score' | 'status'>;

/** Whether two states of a rule say the same, with the same utility, and are used alike. */
export function sameContent(a: Content, b: Content): boolean {
  return a.text === b.text && a.score === b.score && a.status === b.status;
}

/** A pool that goes on, and the events that made it what it is. */
export class PoolLog {
  readonly events: RuleEvent[] = [];

  constructor(
    public pool: Pool,
    private readonly iteration: number,
  ) {}

  record(by: RuleEvent['by'], action: PoolAction, why = '', trajectories: string[] = []): void {
    const event: RuleEvent = { seq: this.pool.length, iteration: this.iteration, by, action, why, trajectories };
    this.pool = applyEvent(this.pool, event);
    this.events.push(event);
  }
}

/** Why an action cannot be applied to this pool, as a sentence; null when it can. */
export function whyInvalid(pool: Pool, action: PoolAction): string | null {
  const known = (id: string): string | null => {
    const rule = pool.rules.get(id);
    if (!rule) return `there is no rule ${JSON.stringify(id)}.`;
    return rule.status === 'removed' ? `rule ${id} has been removed.` : null;
  };
  const text = (value: string, scope: string, except: readonly string[]): string | null => {
    const clean = cleanRuleText(value);
    if (!clean) return 'the rule has no text.';
    const twin = twinOf(pool, scope, clean, except);
    return twin ? `rule ${twin} already says so.` : null;
  };
  switch (action.op) {
    case 'ADD':
      return text(action.text, action.scope, []);
    case 'IMPORT':
      return Number.isFinite(action.score) ? text(action.text, action.scope, []) : `a score must be a number, not ${action.score}.`;
    case 'EDIT':
      return known(action.id) ?? text(action.text, (pool.rules.get(action.id) as Rule).scope, [action.id]);
    case 'MERGE': {
      if (new Set(action.ids).size < Math.max(2, action.ids.length)) return 'a merge needs two or more different rules.';
      const bad = action.ids.map(known).find((reason) => reason !== null);
      if (bad) return bad;
      const scopes = new Set(action.ids.map((id) => (pool.rules.get(id) as Rule).scope));
      if (scopes.size > 1) return `rules ${action.ids.join(', ')} belong to different kinds of task.`;
      return text(action.text, [...scopes][0] as string, action.ids);
    }
    case 'RESTORE':
      return whyNotRestored(pool, action.rules);
    default:
      return known(action.id);
  }
}

/** Another living rule that says the same. */
function twinOf({ rules, saying }: Pool, scope: string, text: string, except: readonly string[]): string | null {
  if (saying) {
    const id = saying.get(sayingOf(scope, text));
    return id === undefined || except.includes(id) ? null : id;
  }
  for (const { id, ...rule } of rules.values())
    if (rule.text === text && rule.scope === scope && rule.status !== 'removed' && !except.includes(id)) return id;
  return null;
}

function whyNotRestored(pool: Pool, rules: readonly RestoredRule[]): string | null {
  if (rules.length === 0) return 'nothing would change.';
  const wanted = new Map(rules.map((rule) => [rule.id, rule]));
  const living = new Map<string, string>();
  for (const { id } of rules) if (!pool.rules.has(id)) return `there is no rule ${JSON.stringify(id)}.`;
  for (const { id, scope, ...is } of pool.rules.values()) {
    const { text, status, score } = wanted.get(id) ?? is;
    if (!Number.isFinite(score)) return `a score must be a number, not ${score}.`;
    const clean = cleanRuleText(text);
    if (clean === null) return 'a rule would have no text.';
    if (status === 'removed') continue;
    const twin = living.get(`${scope}\n${clean}`);
    if (twin) return `rules ${twin} and ${id} would say the same.`;
    living.set(`${scope}\n${clean}`, id);
  }
  return null;
}

/** Rules of one pool that have not been removed, best first; equal scores keep the older rule first. */
export function rulesOf(pool: Pool, scope: string): Rule[] {
  return rulesUnder(pool, [scope]);
}

/** K(d): the same for all pools of a task (`keys.ts`). */
export function rulesUnder(pool: Pool, keys: readonly string[]): Rule[] {
  return [...pool.rules.values()]
    .filter((rule) => keys.includes(rule.scope) && rule.status !== 'removed')
    .sort((a, b) => b.score - a.score || Number(a.id.slice(1)) - Number(b.id.slice(1)));
}

/** K~(d) = top-k of K(d) by score: the working rules of an episode. */
export function workingRules(pool: Pool, keys: readonly string[], k: number): Rule[] {
  return rulesUnder(pool, keys)
    .filter((rule) => rule.status === 'active')
    .slice(0, k);
}

/** What pruning would do to one pool: rules at or below zero go, then the lowest above capacity. */
export function pruneActions(pool: Pool, scope: string, capacity: number): PoolAction[] {
  const active = rulesOf(pool, scope).filter((rule) => rule.status === 'active');
  const worthless = active.filter((rule) => rule.score <= 0);
  const tooMany = active.filter((rule) => rule.score > 0).slice(capacity);
  return [
    ...worthless.map((rule) => ({ op: 'PRUNE', id: rule.id, reason: 'score' }) as const),
    ...tooMany.map((rule) => ({ op: 'PRUNE', id: rule.id, reason: 'capacity' }) as const),
  ];
}

/** Takes shared rules into a pool as active ones, with their scores; those that it holds already are left out. @returns how many came in. */
export function takeIn(log: PoolLog, rules: readonly Pick<Rule, 'scope' | 'text' | 'score'>[], origin: string): number {
  const before = log.pool.rules.size;
  for (const { scope, text, score } of rules) {
    const action = { op: 'IMPORT', scope, text, score, origin } as const;
    if (whyInvalid(log.pool, action)) continue;
    log.record('import', action);
    log.record('import', { op: 'ENABLE', id: `r${log.pool.rules.size}` });
  }
  return log.pool.rules.size - before;
}

/**
 * At most one edit per existing rule and `most` edits in all. An edit must be valid in the pool that the reflector read, whose
 * rules it names, and in the pool as the edits before it leave it: what is kept can be recorded in this order. The rest is
 * dropped with a reason.
 */
export function admitEdits(pool: Pool, edits: readonly RuleEdit[], most = 4): { kept: RuleEdit[]; dropped: string[] } {
  const kept: RuleEdit[] = [];
  const dropped: string[] = [];
  const touched = new Set<string>();
  const scratch = new PoolFold(pool);
  for (const edit of edits) {
    const ids = touchedBy(edit);
    const reason =
      whyInvalid(pool, edit) ??
      (ids.some((id) => touched.has(id)) ? 'one edit per rule and call.' : null) ??
      (edit.op === 'ADD' && kept.some((other) => other.op === 'ADD' && other.text === edit.text) ? 'the same call adds it twice.' : null) ??
      (kept.length >= most ? `at most ${most} edits per call.` : null) ??
      scratch.whyInvalid(edit);
    if (reason) dropped.push(`${edit.op}: ${reason}`);
    else {
      kept.push(edit);
      for (const id of ids) touched.add(id);
      scratch.add({ seq: scratch.pool.length, iteration: 0, by: 'reflector', action: edit, trajectories: [], why: '' });
    }
  }
  return { kept, dropped };
}
