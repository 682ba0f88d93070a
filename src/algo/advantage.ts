/** Advantages relative to the other rollouts of the same task. */
import { mean, populationStd } from '../lib/stats.ts';

/** delta of eq. 18: keeps the division finite when the rewards hardly differ. */
const DELTA = 1e-6;

/** Asked of the rewards themselves: the mean of eight times 0.7 is not 0.7 to the last bit. */
const allEqual = (rewards_G: readonly number[]): boolean => rewards_G.every((reward) => reward === rewards_G[0]);

/**
 * A_i = (R_i - mu_d) / (sigma_d + delta), population statistics over the G rollouts of one task (paper eq. 17-19).
 * A group whose rewards are all equal gets zeros: it says nothing about which action was better.
 */
export function groupAdvantages(rewards_G: readonly number[]): number[] {
  if (allEqual(rewards_G)) return rewards_G.map(() => 0);
  const mu = mean(rewards_G);
  const sigma = populationStd(rewards_G);
  return rewards_G.map((reward) => (reward - mu) / (sigma + DELTA));
}

/** A_i = R_i - mean of the other rewards of the group (RLOO, Ahmadian et al. 2024); zeros when all are equal. */
export function leaveOneOutAdvantages(rewards_G: readonly number[]): number[] {
  if (allEqual(rewards_G)) return rewards_G.map(() => 0);
  const sum = rewards_G.reduce((total, reward) => total + reward, 0);
  return rewards_G.map((reward) => reward - (sum - reward) / (rewards_G.length - 1));
}
