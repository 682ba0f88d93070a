/** Runs and rule pools as JSON files: written whole, read with care, what is damaged is left out and counted. */
import * as v from 'valibot';
import { UserError } from '../lib/errors.ts';
import { PoolFold } from '../rules/pool.ts';
import { cleanRuleText, takenByCleaning } from '../rules/text.ts';
import { readConfig } from '../trainer/config.ts';
import type { Rule, RuleEvent, Trajectory } from '../types.ts';
import {
  adapterShape,
  base64,
  eventShape,
  manifestShape,
  metricsShape,
  referencesShape,
  sharedRuleShape,
  trajectoryShape,
  trialShape,
} from './shapes.ts';
import type { Checkpoint, RunExport } from './store.ts';

export interface SharedRule {
  scope: string;
  text: string;
  score: number;
  /** What cleaning took from the text of the file, a phrase for each; absent where that was nothing. */
  cleaned?: string[];
}

/** An imported run; without usable weights it can be looked at, but not resumed. */
export type ImportedRun = Omit<RunExport, 'checkpoint'> & { checkpoint: Checkpoint | null };

export function runToText(run: RunExport): string {
  return JSON.stringify(run, (_key, value: unknown) => (value instanceof Float32Array ? base64(value) : value));
}

export function rulesToText(name: string, rules: readonly Pick<Rule, 'scope' | 'text' | 'score'>[]): string {
  const plain = rules.map(({ scope, text, score }) => ({ scope, text, score }));
  return JSON.stringify({ format: 'jerp-lab rules', version: 1, name, rules: plain }, null, 2);
}

/** The object of a file of ours; one sentence when it is not. */
function open(text: string, format: string, what: string, file: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${file} is not JSON, so no ${what} can be read from it; choose a file that jerp-lab exported.`);
  }
  const found = v.safeParse(v.looseObject({ format: v.string(), version: v.number() }), value);
  if (!found.success || found.output.format !== format) {
    const other = found.success ? `; it says it is "${found.output.format.slice(0, 40)}"` : '';
    throw new UserError(`${file} is JSON, but not a ${what} of jerp-lab${other}; choose a file that jerp-lab exported.`);
  }
  if (found.output.version > 1) {
    throw new UserError(
      `${file} was written by a newer jerp-lab (version ${found.output.version} of the format, this one reads 1); update this copy to read it.`,
    );
  }
  return found.output;
}

/** The good elements of a list, and how many were not. */
function good<T>(list: unknown, shape: v.GenericSchema<unknown, T>): { kept: T[]; dropped: number } {
  if (!Array.isArray(list)) return { kept: [], dropped: list === undefined ? 0 : 1 };
  const kept: T[] = [];
  for (const item of list) {
    const found = v.safeParse(shape, item);
    if (found.success) kept.push(found.output);
  }
  return { kept, dropped: list.length - kept.length };
}

/** The first of each key, and how many came again. */
function unique<T>({ kept, dropped }: { kept: T[]; dropped: number }, key: (item: T) => string | number): { kept: T[]; dropped: number } {
  const seen = new Map<string | number, T>();
  for (const item of kept) if (!seen.has(key(item))) seen.set(key(item), item);
  return { kept: [...seen.values()], dropped: dropped + kept.length - seen.size };
}

/** A history is only right up to its first damaged event: later ones name rules by their number. */
function history(list: unknown): { kept: RuleEvent[]; dropped: number } {
  const all = Array.isArray(list) ? list : [];
  const kept: RuleEvent[] = [];
  const fold = new PoolFold();
  for (const item of all) {
    const found = v.safeParse(eventShape, item);
    if (!found.success) break;
    try {
      fold.add(found.output);
    } catch {
      break;
    }
    kept.push(found.output);
  }
  return { kept, dropped: all.length - kept.length };
}

function readCheckpoint(value: unknown): Checkpoint | null {
  const found = v.safeParse(
    v.object({
      iteration: v.pipe(v.number(), v.integer(), v.minValue(-1)),
      adapter: adapterShape,
      references: v.fallback(referencesShape, {}),
    }),
    value,
  );
  if (!found.success) return null;
  const references: Record<string, Trajectory[]> = {};
  for (const [family, list] of Object.entries(found.output.references)) references[family] = good(list, trajectoryShape).kept;
  return { runId: '', iteration: found.output.iteration, adapter: found.output.adapter, references };
}

/**
 * Reads a run that was exported.
 * @returns the run, one sentence on what was kept and dropped, and whether nothing was.
 * @throws UserError with one sentence when the file is not a run of ours at all.
 */
export function readRun(text: string, file: string): { run: ImportedRun; report: string; whole: boolean } {
  const raw = open(text, 'jerp-lab run', 'run', file);
  const found = v.safeParse(manifestShape, raw.manifest);
  if (!found.success)
    throw new UserError(
      `${file} says what was trained nowhere (its manifest is missing or damaged), so the run cannot be used; export it again.`,
    );
  const { config, notes } = readConfig(Object.fromEntries(Object.entries(found.output.config).map(([key, value]) => [key, String(value)])));
  const manifest = { ...found.output, config };
  const metrics = unique(good(raw.metrics, metricsShape), (m) => m.iteration);
  metrics.kept.sort((a, b) => a.iteration - b.iteration);
  const events = history(raw.events);
  const trajectories = unique(good(raw.trajectories, trajectoryShape), (t) => t.id);
  const trials = good(raw.trials, trialShape);
  const checkpoint = readCheckpoint(raw.checkpoint);
  if (checkpoint) checkpoint.runId = manifest.id;
  const parts = [
    counted(metrics, 'iteration'),
    counted(events, 'rule event', 'from the first damaged one on'),
    counted(trajectories, 'episode'),
    raw.trials === undefined ? null : counted(trials, 'measured rule'),
    checkpoint ? null : 'no usable weights, so it can be read but not resumed',
    ...notes.map(({ text }) => text.replace(/\.$/, '')),
  ].filter((part) => part !== null);
  const run: ImportedRun = {
    format: 'jerp-lab run',
    version: 1,
    manifest,
    metrics: metrics.kept,
    events: events.kept,
    trajectories: trajectories.kept,
    checkpoint,
    ...(trials.kept.length ? { trials: trials.kept } : {}),
  };
  const dropped = [metrics, events, trajectories, trials].some((list) => list.dropped > 0);
  const whole = checkpoint !== null && !dropped && notes.length === 0;
  return { run, report: `${file} was read: ${parts.join('; ')}.`, whole };
}

function counted({ kept, dropped }: { kept: unknown[]; dropped: number }, what: string, why = 'damaged'): string {
  const all = `${kept.length} ${what}${kept.length === 1 ? '' : 's'}`;
  return dropped === 0 ? all : `${all} (${dropped} ${why} left out)`;
}

/**
 * Reads a shared rule pool.
 * @returns its rules and one sentence on what was kept and dropped.
 * @throws UserError with one sentence when the file is not a pool of ours at all.
 */
export function readRules(text: string, file: string): { name: string; rules: SharedRule[]; report: string } {
  const raw = open(text, 'jerp-lab rules', 'rule pool', file);
  if (!Array.isArray(raw.rules))
    throw new UserError(`${file} has no list of rules ("rules" must be a list); choose a rule pool that jerp-lab exported.`);
  const sound = good(raw.rules, sharedRuleShape);
  const clean = sound.kept.flatMap((rule) => {
    const line = cleanRuleText(rule.text);
    const cleaned = takenByCleaning(rule.text);
    return line === null ? [] : [{ ...rule, text: line, ...(cleaned.length ? { cleaned } : {}) }];
  });
  const { kept } = unique({ kept: clean, dropped: 0 }, (rule) => JSON.stringify([rule.scope, rule.text]));
  const dropped = raw.rules.length - kept.length;
  if (dropped > 0 && kept.length === 0)
    throw new UserError(
      `${file} has ${dropped === 1 ? 'one rule, which has' : `${dropped} rules, all of them with`} no text or no proper kind of task, so nothing can be taken in; choose a rule pool that jerp-lab exported.`,
    );
  // Shown on the page and stored as an origin: what cannot stand in a rule cannot stand there.
  const name = (typeof raw.name === 'string' ? cleanRuleText(raw.name)?.slice(0, 80) : null) || file;
  const read =
    dropped === 0
      ? `${file} was read: ${kept.length} rule${kept.length === 1 ? '' : 's'}.`
      : `${file} was read except for ${dropped} of ${raw.rules.length} rules, which have no text, no proper kind of task or say the same twice.`;
  const other = kept.filter(({ cleaned }) => cleaned).length;
  const report = other
    ? `${read} ${other === 1 ? 'One rule is' : `${other} rules are`} not as in the file: too long, or with marks that no rule may hold.`
    : read;
  return { name, rules: kept, report };
}
