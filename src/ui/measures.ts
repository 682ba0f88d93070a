/** What is measured in every iteration besides success: names, units, and how to read each from the metrics. */
import type { Metrics, Phase } from '../types.ts';
import { secondsOf, tokensOf } from './compare.ts';
import { compact, measureNames, phaseNames } from './text.ts';

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
    ...measureNames.reward,
    hue: null,
    of: (m) => trained(m, m.trainReward ?? m.trainSuccess),
    show: fixed(2),
  },
  {
    ...measureNames.kl,
    hue: 'w',
    of: (m) => m.update?.kl ?? null,
    show: precise,
  },
  {
    ...measureNames.ratio,
    hue: 'w',
    of: (m) => m.update?.ratioMax ?? null,
    show: fixed(2),
  },
  { ...measureNames.entropy, hue: 'w', of: (m) => m.update?.entropy ?? null, show: fixed(2) },
  {
    ...measureNames.mismatch,
    hue: 'w',
    of: (m) => m.update?.mismatch ?? null,
    show: precise,
  },
  { ...measureNames.rules, hue: 'r', of: (m) => m.activeRules, show: fixed(0) },
  { ...measureNames.groups, hue: null, of: (m) => trained(m, m.mixedGroups), show: fixed(0) },
  {
    ...measureNames.tokens,
    hue: null,
    of: (m) => trained(m, tokensOf(m)),
    show: compact,
  },
  { ...measureNames.seconds, hue: null, of: (m) => secondsOf(m) || null, show: fixed(1) },
];

const phases: readonly Phase[] = ['retrieve', 'act', 'step', 'edit', 'evaluate'];

/** Seconds of each phase, for the table twin. */
export const phaseSeconds = phases.map((phase) => ({
  name: phaseNames[phase].toLowerCase(),
  of: (m: Metrics) => m.seconds[phase] ?? null,
}));
