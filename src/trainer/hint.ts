/** What the agent would do next in a game that a person plays: it reads the episode so far as its own, then chooses. */
import { Rng } from '../lib/rng.ts';
import type { Policy } from '../policy/policy.ts';
import { commandOf, episodePrompt, offered, openingOf, readText, sayText } from '../policy/prompt.ts';
import type { Alternative, Task, Turn } from '../types.ts';

/** An episode as a person left it. */
export interface Situation {
  task: Task;
  /** The first observation, as the environment wrote it. */
  opening: string;
  turns: readonly Pick<Turn, 'action' | 'observation'>[];
  admissible: readonly string[];
}

export interface Hint {
  action: string;
  /** log of its probability, in nats. */
  logprob: number;
  others: Alternative[];
  /** Rules that the agent read for it. */
  rules: string[];
}

/** @returns its likeliest command; null when the episode has outgrown its context. */
export async function nextAction(policy: Policy, { task, opening, turns, admissible }: Situation, rules: string[]): Promise<Hint | null> {
  const session = await policy.start([{ text: episodePrompt(task, rules, openingOf(opening)), copies: 1 }]);
  try {
    const choose = async (read: string, commands: readonly string[]) => {
      const request = { row: 0, read, choices: offered(commands).map(sayText), rng: new Rng(0) };
      return (await session.act([request], { temperature: 0 }))[0];
    };
    let read = '';
    for (const { action, observation } of turns) {
      // What agents are never offered is left out of what it remembers; otherwise the person chose, and nothing else can be said.
      if (offered([action]).length === 0) continue;
      if ((await choose(read, [action]))?.choice === null) return null;
      read = readText(observation);
    }
    const decision = await choose(read, admissible);
    if (!decision || decision.choice === null) return null;
    const others = (decision.others ?? []).map((other) => ({ ...other, action: other.action.trim() }));
    return { action: commandOf(decision.choice), logprob: decision.logprob, others, rules };
  } finally {
    session.dispose();
  }
}
