/**
 * Episodes as conversations, one JSON object a line, in the `messages` form that TRL and verl read: system, user, assistant,
 * user, ... with reward, advantage and the group that the advantage was computed in.
 */
import { instruction } from '../policy/webllm/chat.ts';
import { episodePrompt } from '../policy/prompt.ts';
import type { RuleEvent, Trajectory } from '../types.ts';
import { isEvaluation, poolBefore } from './pool-before.ts';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string;
}

export interface ChatLine {
  messages: ChatMessage[];
  /** R(tau) */
  reward: number;
  advantage: number;
  won: boolean;
  /** Equal for the rollouts of one task under one policy, unique across runs: `<run>/<iteration>.<group>`. */
  group_id: string;
  id: string;
  run: string;
  iteration: number;
  env: string;
  task: string;
  stop: string;
}

/** The training episodes of a run, in the order they were played. Those of the validation panel are left out: nobody should train on them. */
export function chatLines(run: string, trajectories: readonly Trajectory[], events: readonly RuleEvent[]): ChatLine[] {
  // The pool changes between iterations only.
  const rulesAt = new Map<number, ReturnType<typeof poolBefore>['rules']>();
  return trajectories
    .filter(({ id }) => !isEvaluation(id))
    .map(({ id, task, ruleIds, opening, turns, reward, advantage, won, stop }) => {
      const [iteration = 0, group = 0] = id.split('.').map(Number);
      let rules = rulesAt.get(iteration);
      if (!rules) rulesAt.set(iteration, (rules = poolBefore(events, id).rules));
      const texts = ruleIds.flatMap((rule) => rules.get(rule)?.text ?? []);
      // The mark of who speaks next is the roles' to say.
      const first = episodePrompt(task, texts, opening).replace(/\n>$/, '');
      const messages: ChatMessage[] = [
        { role: 'system', content: instruction },
        { role: 'user', content: first },
      ];
      turns.forEach(({ action, observation }, i) => {
        messages.push({ role: 'assistant', content: action });
        // The last answer of the environment was read by nobody.
        if (i < turns.length - 1) messages.push({ role: 'user', content: observation });
      });
      return {
        messages,
        reward,
        advantage,
        won,
        group_id: `${run}/${iteration}.${group}`,
        id,
        run,
        iteration,
        env: task.env,
        task: task.id,
        stop,
      };
    });
}

export function chatJsonl(run: string, trajectories: readonly Trajectory[], events: readonly RuleEvent[]): string {
  return chatLines(run, trajectories, events)
    .map((line) => `${JSON.stringify(line)}\n`)
    .join('');
}
