/** What is measured in every iteration besides success: names, units, and how to read each from the metrics. */
import type { Metrics, Phase } from '../types.ts';
import { secondsOf, tokensOf } from './compare.ts';
import { compact, phaseNames } from './text.ts';

export interface Measure {
  name: string;
  /** One line of meaning, with the unit. */
  means: string;
  /** Which of the two learnt things it speaks of, if any. */
  hue: 'r' | 'w' | null;
  /** Null where the iteration has none. */
  of: (m: Metrics) => number | null;
  show: (value: number) => string;
}

const trained = (m: Metrics, value: number | undefined | null) => (m.iteration === 0 || value === undefined ? null : value);
const fixed = (digits: number) => (value: number) => value.toFixed(digits);
const precise = (value: number) => (value === 0 ? '0' : value.toPrecision(2));

export const measures: readonly Measure[] = [
  {
    name: 'Reward',
    means: 'mean reward of the training episodes',
    hue: null,
    of: (m) => trained(m, m.trainReward ?? m.trainSuccess),
    show: fixed(2),
  },
  {
    name: 'KL',
    means: 'of the policy from the one before the step, nats per choice',
    hue: 'w',
    of: (m) => m.update?.kl ?? null,
    show: precise,
  },
  {
    name: 'Ratio',
    means: 'largest ratio of new to old probability of a choice',
    hue: 'w',
    of: (m) => m.update?.ratioMax ?? null,
    show: fixed(2),
  },
  { name: 'Entropy', means: 'of the policy at its choices, nats', hue: 'w', of: (m) => m.update?.entropy ?? null, show: fixed(2) },
  {
    name: 'Mismatch',
    means: 'between playing and training on the same choices, mean |log-ratio|, nats; above 0.001 the step weighs by importance',
    hue: 'w',
    of: (m) => m.update?.mismatch ?? null,
    show: precise,
  },
  { name: 'Rules', means: 'active in the pool', hue: 'r', of: (m) => m.activeRules, show: fixed(0) },
  { name: 'Groups that teach', means: 'tasks with won and lost episodes', hue: null, of: (m) => trained(m, m.mixedGroups), show: fixed(0) },
  {
    name: 'Tokens',
    means: 'fed in rollouts, reflection and the policy step',
    hue: null,
    of: (m) => trained(m, tokensOf(m)),
    show: compact,
  },
  { name: 'Seconds', means: 'of the whole iteration', hue: null, of: (m) => secondsOf(m) || null, show: fixed(1) },
];

const phases: readonly Phase[] = ['retrieve', 'act', 'step', 'edit', 'evaluate'];

/** Seconds of each phase, for the table twin. */
export const phaseSeconds = phases.map((phase) => ({
  name: phaseNames[phase].toLowerCase(),
  of: (m: Metrics) => m.seconds[phase] ?? null,
}));
