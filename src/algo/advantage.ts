/** Advantages relative to the other rollouts of the same task. */
import { mean, populationStd } from '../lib/stats.ts';

/** delta of eq. 18: keeps the division finite when all rewards are equal. */
const DELTA = 1e-6;

/**
 * A_i = (R_i - mu_d) / (sigma_d + delta), population statistics over the G rollouts of one task (paper eq. 17-19).
 * A group whose rewards are all equal gets zeros: it says nothing about which action was better.
 */
export function groupAdvantages(rewards_G: readonly number[]): number[] {
  const mu = mean(rewards_G);
  const sigma = populationStd(rewards_G);
  return rewards_G.map((reward) => (sigma === 0 ? 0 : (reward - mu) / (sigma + DELTA)));
}

/** A_i = R_i - mean of the other rewards of the group (RLOO, Ahmadian et al. 2024); zeros when all are equal. */
export function leaveOneOutAdvantages(rewards_G: readonly number[]): number[] {
  const sum = rewards_G.reduce((total, reward) => total + reward, 0);
  return rewards_G.map((reward) => (rewards_G.length < 2 ? 0 : reward - (sum - reward) / (rewards_G.length - 1)));
}
