/** Ready experiments by name: what a link with `preset=` begins with; single settings in the link override it. */
import type { RunConfig } from './config.ts';

export interface Preset {
  /** How it is called in an address. */
  name: string;
  title: string;
  values: Partial<RunConfig>;
}

export const presets: readonly Preset[] = [
  {
    name: 'quick',
    title: 'a quick look, a few minutes',
    values: { tasks: 4, group: 6, steps: 20, iterations: 6, evalGames: 20, evalSteps: 30, evalEvery: 3 },
  },
  { name: 'grpo', title: 'weights only, no rules (GRPO)', values: { method: 'grpo' } },
  { name: 'rules-only', title: 'rules only, frozen weights', values: { method: 'rules-only' } },
  {
    name: 'paper',
    title: "the paper's sizes (slow)",
    values: { tasks: 16, group: 8, steps: 50, rank: 64, alphaFactor: 1, lr: 0.000003, iterations: 150, evalGames: 140 },
  },
];

export function presetNamed(name: string | null): Preset | undefined {
  return presets.find((preset) => preset.name === name);
}
