/**
 * Misalignment: rules that contradict each other, and rules that the policy has moved away from. Found in the texts, in
 * the episodes and in the log-probabilities; every finding has its evidence and what would resolve it by score. Nothing is resolved
 * here: a person may see it otherwise.
 */
import type { Absorption, PoolAction, Rule, Trajectory } from '../types.ts';
import { advicesFollowed, concerns, follows } from './followed.ts';
import { canShareAPrompt } from './keys.ts';
import { understand } from './language.ts';
import { opposition, read, type Reading } from './opposed.ts';
import type { Pool } from './pool.ts';

export interface Finding {
  /** `contradiction`: opposed advice for one situation. `ignored`: won episodes that had the rule did otherwise.
   *  `resisted`: the policy's own actions are less likely with the rule than without it. */
  kind: 'contradiction' | 'ignored' | 'resisted';
  rules: string[];
  /** Ids of the episodes that show it, at most eight where more are counted. */
  evidence: string[];
  /** One sentence. */
  why: string;
  resolution: PoolAction;
  /** Too few measurements, or too small a difference, to act on. */
  weak?: boolean;
}

/** Episodes of so many iterations, the last ones, speak for what the policy does now. */
export const RECENT = 3;
/** Won episodes that must have had the rule before anything is said about it. */
const FEWEST = 3;
/** Nats an action by which a rule has to be resisted. */
const RESISTED = 0.02;
/** Nats an action from which it is clearly resisted: the actions are a fifth less likely. */
const CLEARLY = 0.2;
const MOST_EVIDENCE = 8;

/** @param trajectories of the last `RECENT` iterations */
export function findMisalignments(pool: Pool, trajectories: readonly Trajectory[], absorption: readonly Absorption[]): Finding[] {
  const active = [...pool.rules.values()].filter((rule) => rule.status === 'active');
  const won = trajectories.filter((trajectory) => trajectory.won);
  const findings: Finding[] = [];

  // Each rule is read once: there may be many pairs.
  const readings = active.map(({ text, scope }) => read(text, scope));
  active.forEach((a, i) => {
    for (const [j, b] of active.entries()) {
      const why = j > i && canShareAPrompt(a.scope, b.scope) ? opposition(readings[i] as Reading, readings[j] as Reading) : null;
      if (why === null) continue;
      const weaker = a.score < b.score ? a : b;
      const evidence = won.filter(({ ruleIds }) => ruleIds.includes(a.id) && ruleIds.includes(b.id));
      findings.push({ kind: 'contradiction', rules: [a.id, b.id], evidence: idsOf(evidence), why, resolution: { op: 'DISABLE', id: weaker.id } });
    }
  });

  for (const rule of active) {
    const against = won.filter((trajectory) => didOtherwise(trajectory, rule));
    const occasions = won.filter((trajectory) => trajectory.ruleIds.includes(rule.id) && advised(trajectory, rule) !== null);
    if (occasions.length < FEWEST || 2 * against.length <= occasions.length) continue;
    findings.push({
      kind: 'ignored',
      rules: [rule.id],
      evidence: idsOf(against),
      why: `${against.length} of ${occasions.length} won episodes that were told so did otherwise${against.length > MOST_EVIDENCE ? `; the first ${MOST_EVIDENCE} are named` : ''}.`,
      resolution: { op: 'DOWNVOTE', id: rule.id },
    });
  }

  for (const { rule, gain, episodes } of absorption) {
    if (gain >= -RESISTED || pool.rules.get(rule)?.status !== 'active') continue;
    // It was measured on the first episodes of the last training iteration that had the rule in their prompts.
    const told = trajectories.filter(({ id, ruleIds, turns }) => !id.startsWith('eval') && ruleIds.includes(rule) && turns.length > 0);
    const newest = Math.max(...told.map(({ id }) => Number.parseInt(id)));
    const measured = told.filter(({ id }) => Number.parseInt(id) === newest).slice(0, episodes);
    findings.push({
      kind: 'resisted',
      rules: [rule],
      evidence: measured.map(({ id }) => id),
      weak: episodes < FEWEST || gain > -CLEARLY,
      why: `In ${episodes} episode${episodes === 1 ? '' : 's'} the actions were less likely with the rule than without it, by ${(-gain).toFixed(3)} nats an action.`,
      resolution: { op: 'DOWNVOTE', id: rule },
    });
  }
  return findings;
}

const idsOf = (trajectories: readonly Trajectory[]): string[] => trajectories.slice(0, MOST_EVIDENCE).map(({ id }) => id);

function advised(trajectory: Trajectory, rule: Rule): boolean | null {
  const advice = understand(rule.text);
  return advice && concerns(advice, trajectory.task) ? follows(trajectory, advicesFollowed(trajectory), advice) : null;
}

const didOtherwise = (trajectory: Trajectory, rule: Rule): boolean => trajectory.ruleIds.includes(rule.id) && advised(trajectory, rule) === false;
