/** All settings of a run: one typed list drives URL, command line, defaults, ranges and help. */
import { targets } from '../policy/policy.ts';

export interface Setting<T> {
  default: T;
  min?: number;
  max?: number;
  integer?: boolean;
  options?: readonly string[];
  /** The paper's symbol as it is printed, else the field's common one, where there is one. */
  symbol?: string;
  /** One line of meaning. */
  help: string;
}

export const settings = {
  env: { default: 'alfworld', options: ['alfworld', 'webshop'], help: 'Which environment the agent plays.' },
  method: {
    default: 'jerp',
    options: ['jerp', 'jerp-frozen-pool', 'rules-only', 'grpo', 'rloo', 'expel', 'training-free-grpo', 'reflexion', 'prompt-only'],
    help: 'Which method learns.',
  },
  reflector: { default: 'policy', options: ['contrast', 'policy'], help: 'Who writes rules: a program that compares episodes, or the policy itself without its adapter.' },
  seed: { default: 1, min: 0, max: 4294967295, integer: true, help: 'Fixes panels, sampling, reflection and updates.' },
  iterations: { default: 20, min: 1, max: 1000, integer: true, symbol: 'E', help: 'Training iterations.' },
  tasks: { default: 8, min: 1, max: 64, integer: true, symbol: 'B', help: 'Tasks per iteration.' },
  group: {
    default: 8,
    min: 2,
    max: 32,
    integer: true,
    symbol: 'N',
    help: 'Rollouts of each task. The δ that is added to the deviation of their rewards (eq. 18) is 1e-6.',
  },
  steps: { default: 30, min: 1, max: 100, integer: true, symbol: 'T', help: 'Most actions in a training episode.' },
  temperature: {
    default: 1,
    min: 0.1,
    max: 2,
    symbol: 'τ',
    help: 'Sampling temperature of training rollouts. At any but 1 they are not drawn from the old policy: the policy step takes the probabilities on both sides of the ratio at 1, and nothing corrects for the difference.',
  },
  lr: { default: 0.001, min: 0, max: 0.1, symbol: 'η', help: 'Learning rate of the adapter (AdamW).' },
  weightDecay: {
    default: 0,
    min: 0,
    max: 1,
    symbol: 'λ',
    help: 'Weight decay of AdamW: each of its steps takes η λ of every trained weight away. Its β₁ is 0.9, its β₂ is 0.999 and its own ε is 1e-8.',
  },
  maxGradNorm: { default: 1, min: 0, max: 1000, symbol: 'c', help: 'Largest norm of the gradient of an optimiser step: a longer one is scaled down to it; 0 clips nothing.' },
  rank: { default: 8, min: 1, max: 64, integer: true, symbol: 'r', help: 'Rank of the adapter.' },
  alphaFactor: {
    default: 2,
    min: 0.01,
    max: 100,
    symbol: 'α/r',
    help: "What the adapter's product A B is multiplied by: LoRA's α over its rank. At 2, α is twice the rank; the paper's α equals the rank (1).",
  },
  targets: {
    default: 'linear',
    options: targets,
    symbol: 'θ',
    help: 'What is trained: an adapter on all linear layers, on those of attention or mlp (feed-forward) alone, or full: every weight itself.',
  },
  clip: { default: 0.2, min: 0.01, max: 1, symbol: 'ε', help: 'Clip range of the policy ratio.' },
  kl: { default: 0.2, min: 0, max: 1, symbol: 'β', help: 'Weight of the KL term to the base policy; 0 leaves it out.' },
  minibatches: { default: 2, min: 1, max: 16, integer: true, symbol: 'm', help: 'Optimiser steps per epoch: the episodes of an iteration are cut into so many parts.' },
  epochs: { default: 1, min: 1, max: 16, integer: true, symbol: 'μ', help: 'How often an iteration learns from each of its episodes.' },
  k: { default: 5, min: 0, max: 10, integer: true, symbol: 'k', help: 'Working rules put into the prompt.' },
  keys: { default: 'object', options: ['family', 'object'], symbol: 'd', help: 'How pools are keyed: one per kind of task, or one more per thing that tasks are about.' },
  capacity: { default: 20, min: 1, max: 100, integer: true, symbol: '|K(d)|', help: 'Most rules of one pool before the lowest are pruned.' },
  references: { default: 8, min: 1, max: 64, integer: true, symbol: '|T⁺(d)|', help: 'Reference successes remembered per kind of task.' },
  poolIterations: { default: 2, min: 0, max: 1000, integer: true, help: 'JERP with a frozen pool: iterations in which rules are still edited.' },
  absorption: { default: 1, min: 0, max: 64, integer: true, help: 'Episodes per rule and iteration on which is measured how much it steers the policy; 0 measures nothing.' },
  evalEvery: { default: 5, min: 0, max: 1000, integer: true, help: 'Iterations between evaluations; 0 means only before and after.' },
  evalGames: { default: 60, min: 1, max: 500, integer: true, symbol: 'n', help: 'Games in the fixed validation panel.' },
  evalSteps: { default: 50, min: 1, max: 100, integer: true, symbol: 'T', help: 'Most actions in an evaluation episode.' },
} as const satisfies Record<string, Setting<string | number>>;

type Widen<T> = T extends number ? number : string;
export type RunConfig = { -readonly [K in keyof typeof settings]: Widen<(typeof settings)[K]['default']> };

export const defaultConfig = Object.fromEntries(
  Object.entries(settings).map(([name, setting]) => [name, setting.default]),
) as RunConfig;

/** What a run cannot change once it has begun: its games, and the shape of what is trained. */
export const fixedSettings = ['env', 'rank', 'alphaFactor', 'targets'] as const satisfies (keyof RunConfig)[];

/** One sentence on a setting that did not get the value asked for. */
export interface ConfigNote {
  name: keyof RunConfig;
  text: string;
}

/**
 * Reads settings from text values (URL or command line). Unknown keys are left to the caller,
 * bad and out-of-range values are replaced by the nearest good one.
 * @returns the configuration, and for every value that was replaced what is wrong with it (problems) and what is used instead (notes).
 */
export function readConfig(values: Record<string, string | undefined>): { config: RunConfig; problems: string[]; notes: ConfigNote[] } {
  const config: Record<string, string | number> = { ...defaultConfig };
  const problems: string[] = [];
  const notes: ConfigNote[] = [];
  const replace = (name: string, problem: string, by: string | number, allowed: string) => {
    config[name] = by;
    problems.push(`${problem} Allowed: ${allowed}.`);
    notes.push({ name: name as keyof RunConfig, text: `${problem.slice(0, -1)}; using ${by} (allowed: ${allowed}).` });
  };
  for (const [name, setting] of Object.entries(settings) as [string, Setting<string | number>][]) {
    const text = values[name];
    if (text === undefined) continue;
    if (typeof setting.default === 'string') {
      if (setting.options?.includes(text)) config[name] = text;
      else replace(name, `"${text}" is not a known ${name}.`, setting.default, setting.options?.join(', ') ?? '');
      continue;
    }
    const range = `${setting.min} to ${setting.max}`;
    const number = text.trim() === '' ? NaN : Number(text);
    if (!Number.isFinite(number)) {
      replace(name, `${name} must be a number, not "${text}".`, setting.default, range);
      continue;
    }
    const rounded = setting.integer ? Math.round(number) : number;
    const clamped = Math.min(setting.max ?? Infinity, Math.max(setting.min ?? -Infinity, rounded));
    if (clamped === number) config[name] = number;
    else replace(name, `${name} was ${text}.`, clamped, setting.integer ? `whole numbers from ${range}` : range);
  }
  return { config: config as RunConfig, problems, notes };
}
