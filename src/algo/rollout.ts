/** Rollouts: a policy plays several episodes of several tasks side by side. */
import type { EnvHost } from '../envs/env.ts';
import { UserError } from '../lib/errors.ts';
import type { Rng } from '../lib/rng.ts';
import type { Decision, Policy, PolicySession } from '../policy/policy.ts';
import { commandOf, episodePrompt, offered, openingOf, readText, sayText } from '../policy/prompt.ts';
import type { Group, Rule, StopReason, Task, Trajectory, Turn } from '../types.ts';

export interface RolloutOptions {
  policy: Policy;
  host: EnvHost;
  tasks: Task[];
  /** G rollouts of each task. */
  copies: number;
  /** The working rules of a task, fixed for the episode. */
  rulesFor: (task: Task) => Rule[];
  /** Most actions in an episode. */
  steps: number;
  /** 0 is greedy. */
  temperature: number;
  /** `free`: the policy says any line; what is no command changes nothing, as in the games themselves. Admissible commands only where absent. */
  decoding?: 'constrained' | 'free';
  /** Each episode draws from its own stream, split from this one by task index and member. */
  rng: Rng;
  /** Prefix of the trajectory ids. */
  name: string;
  /** Called and awaited after every joint step with all trajectories so far; throwing from it cancels. */
  onStep?: (trajectories: readonly Trajectory[], finished: number) => Promise<void> | void;
}

/** One episode being played. */
interface Episode {
  handle: number;
  row: number;
  trajectory: Trajectory;
  rng: Rng;
  /** What the agent has not read yet. */
  unread: string;
  admissible: string[];
  over: boolean;
}

/**
 * Plays every task `copies` times, all episodes in lockstep, or as many as the policy's memory holds.
 * @returns one group per task, in order, and the tokens that were fed to the policy.
 */
export async function rollOut(options: RolloutOptions): Promise<{ groups: Group[]; tokensFed: number }> {
  const { host, tasks, copies } = options;
  const opened = await host.open(tasks.flatMap((task) => Array.from({ length: copies }, () => task)));
  try {
    return await playOpened(options, opened);
  } finally {
    // Also where the policy refuses a prompt.
    await host.close(opened.map(({ episode }) => episode));
  }
}

async function playOpened(
  { policy, host, tasks, copies, rulesFor, steps, temperature, decoding, rng, name, onStep }: RolloutOptions,
  opened: Awaited<ReturnType<EnvHost['open']>>,
): Promise<{ groups: Group[]; tokensFed: number }> {
  const free = decoding === 'free';
  const prompts: { text: string; copies: number }[] = [];
  const episodes: Episode[] = tasks.flatMap((task, d) => {
    const rules = rulesFor(task);
    const opening = openingOf((opened[d * copies] as (typeof opened)[number]).first.text);
    prompts.push({
      text: episodePrompt(
        task,
        rules.map((rule) => rule.text),
        opening,
      ),
      copies,
    });
    return Array.from({ length: copies }, (_, i) => {
      const row = d * copies + i;
      const { episode: handle, first } = opened[row] as (typeof opened)[number];
      const trajectory: Trajectory = {
        id: `${name}.${d}.${i}`,
        task,
        ruleIds: rules.map((rule) => rule.id),
        opening,
        turns: [],
        reward: 0,
        won: false,
        stop: 'steps',
        advantage: 0,
        tokenCount: 0,
      };
      return { handle, row, trajectory, rng: rng.split(d, i), unread: '', admissible: offered(first.admissible), over: false };
    });
  });

  const session = await policy.start(prompts);
  try {
    for (;;) {
      const open = episodes.filter(({ over, trajectory }) => !over && trajectory.turns.length < steps);
      if (open.length === 0) break;
      // Where memory is too small for all, the others wait until some have ended.
      const rows = open.map(({ row }) => row);
      const fitting = new Set(session.fitting?.(rows) ?? rows);
      const playing = open.filter(({ row }) => fitting.has(row));
      await playOneStep(playing, policySessionStep(session, temperature, free), host, (ended) => session.finish(ended));
      // They make room.
      const stopped = playing.filter(({ over, trajectory }) => !over && trajectory.turns.length >= steps);
      if (playing.length < open.length) session.finish(stopped.map(({ row }) => row));
      await onStep?.(
        episodes.map((episode) => episode.trajectory),
        episodes.filter((episode) => episode.over).length,
      );
    }
    const groups = tasks.map((task, d) => ({
      task,
      rollouts: episodes.slice(d * copies, (d + 1) * copies).map(({ row, trajectory }) => {
        const tokens = session.tokens(row);
        trajectory.tokenCount = tokens.ids.length;
        return { trajectory, tokens };
      }),
    }));
    return { groups, tokensFed: session.tokensFed };
  } finally {
    session.dispose();
  }
}

type Speak = (playing: readonly Episode[]) => Promise<Decision[]>;

function policySessionStep(session: PolicySession, temperature: number, free: boolean): Speak {
  if (!free) {
    return (playing) =>
      session.act(
        playing.map(({ row, unread, admissible, rng }) => ({ row, read: unread, choices: admissible.map(sayText), rng })),
        { temperature },
      );
  }
  const say = session.say?.bind(session);
  if (!say) throw new UserError('This policy can only choose among commands; it cannot be decoded freely.');
  return (playing) =>
    say(
      playing.map(({ row, unread, rng }) => ({ row, read: unread, rng })),
      { temperature },
    );
}

/** One action in every episode that is still being played. */
async function playOneStep(playing: Episode[], speak: Speak, host: EnvHost, finish: (rows: number[]) => void): Promise<void> {
  const decisions = await speak(playing);
  const acting: { episode: Episode; said: Omit<Turn, 'observation'> }[] = [];
  const ended: Episode[] = [];
  const end = (episode: Episode, stop: StopReason) => {
    episode.over = true;
    episode.trajectory.stop = stop;
    ended.push(episode);
  };
  playing.forEach((episode, i) => {
    const said = spoken(decisions[i] as Decision);
    if (said === null) end(episode, 'context');
    else acting.push({ episode, said });
  });
  const results = await host.step(acting.map(({ episode, said }) => ({ episode: episode.handle, action: said.action })));
  acting.forEach(({ episode, said }, i) => {
    const { text, admissible, reward, done, won } = results[i] as (typeof results)[number];
    const { trajectory } = episode;
    trajectory.turns.push({ ...said, observation: text });
    trajectory.reward = reward;
    trajectory.won = won;
    episode.unread = readText(text);
    episode.admissible = offered(admissible);
    if (done) end(episode, won ? 'won' : 'done');
  });
  finish(ended.map((episode) => episode.row));
}

/** A decision as the turn keeps it: commands without the marks around them; null when nothing could be said. */
function spoken({ choice, logprob, others, chosen }: Decision): Omit<Turn, 'observation'> | null {
  if (choice === null) return null;
  const action = commandOf(choice);
  const inside = (at: number) => Math.min(action.length, Math.max(0, at - 1));
  return {
    action,
    logprob,
    ...(others ? { others: others.map((other) => ({ ...other, action: other.action.trim() })) } : {}),
    ...(chosen ? { chosen: chosen.map(([from, to]): [number, number] => [inside(from), inside(to)]) } : {}),
  };
}
