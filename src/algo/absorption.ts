/**
 * Absorption: has the policy taken a rule into its weights, or does it still need to read it?
 *
 * For a rule r in the prompt x, the mean over episodes of each one's mean over its actions of
 * log pi(a | x) - log pi(a | x without r), in nats. It is high while the rule steers the policy, and falls towards zero
 * as the weights learn to do the same without being told.
 */
import { mean } from '../lib/stats.ts';
import type { Policy } from '../policy/policy.ts';
import { episodePrompt } from '../policy/prompt.ts';
import type { Pool } from '../rules/pool.ts';
import type { Absorption, EpisodeTokens, Rollout } from '../types.ts';

/** One episode to be scored as if one of its rules had not been there. */
interface Case {
  rule: string;
  rollout: Rollout;
  /** The prompt as it was, and without the rule. */
  prompts: [string, string];
}

/**
 * @param rollouts played by the present policy, with the log-probabilities it played them with.
 * @param perRule most episodes scored for one rule, the first that had it in their prompts; 0 measures nothing.
 */
export async function measureAbsorption(policy: Policy, rollouts: readonly Rollout[], pool: Pool, perRule: number): Promise<Absorption[]> {
  const cases: Case[] = [];
  const taken = new Map<string, number>();
  for (const rollout of rollouts) {
    const { task, ruleIds, opening } = rollout.trajectory;
    if (rollout.tokens.choices.length === 0) continue;
    const text = (ids: readonly string[]) => episodePrompt(task, ids.map((id) => pool.rules.get(id)?.text ?? ''), opening);
    for (const rule of ruleIds) {
      const n = taken.get(rule) ?? 0;
      if (n >= perRule) continue;
      taken.set(rule, n + 1);
      cases.push({ rule, rollout, prompts: [text(ruleIds), text(ruleIds.filter((id) => id !== rule))] });
    }
  }
  if (cases.length === 0) return [];
  const ids = await promptIds(policy, cases.flatMap(({ prompts }) => prompts));
  const without = cases.map(({ rollout, prompts: [told, untold] }) =>
    transplant(rollout.tokens, (ids.get(told) as number[]).length, ids.get(untold) as number[]),
  );
  const logprobs = await policy.logprobs(without);
  const gains = new Map<string, { perAction: number[]; actions: number }>();
  cases.forEach(({ rule, rollout }, i) => {
    const actions = rollout.trajectory.turns.length;
    const told = rollout.tokens.choices.reduce((sum, choice) => sum + choice.logprob, 0);
    const untold = (logprobs[i] as Float32Array).reduce((sum, logprob) => sum + logprob, 0);
    const kept = gains.get(rule) ?? { perAction: [], actions: 0 };
    kept.perAction.push((told - untold) / Math.max(1, actions));
    kept.actions += actions;
    gains.set(rule, kept);
  });
  return [...gains].map(([rule, { perAction, actions }]) => ({ rule, gain: mean(perAction), episodes: perAction.length, actions }));
}

/** The tokens of prompts, as the policy's own sessions read them. */
async function promptIds(policy: Policy, prompts: readonly string[]): Promise<Map<string, number[]>> {
  const distinct = [...new Set(prompts)];
  const session = await policy.start(distinct.map((text) => ({ text, copies: 1 })));
  try {
    return new Map(distinct.map((text, row) => [text, [...session.tokens(row).ids]]));
  } finally {
    session.dispose();
  }
}

/** The same episode after another prompt: every choice moves by the difference in length. */
export function transplant({ ids, choices }: EpisodeTokens, promptLength: number, prompt: readonly number[]): EpisodeTokens {
  const shift = prompt.length - promptLength;
  return { ids: [...prompt, ...ids.slice(promptLength)], choices: choices.map((choice) => ({ ...choice, at: choice.at + shift })) };
}
