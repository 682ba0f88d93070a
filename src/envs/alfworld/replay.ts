/** Replays what the true environment recorded and reports the first byte that differs. */
import { AlfworldEnv } from './engine.ts';
import type { Game, Wording } from './game.ts';

interface RecordedStep {
  action: string;
  obs: string;
  won: boolean;
  score: number;
  done: boolean;
  adm: string[];
}

/** One line of parity.jsonl. */
export interface Recording {
  /** `<split>/<task>/<trial>` */
  game: string;
  wording: Wording;
  policy: string;
  seed: number;
  init_obs: string;
  init_adm: string[];
  steps: RecordedStep[];
  won: boolean;
}

/** The first difference between two values as a sentence, or null. */
function difference(what: string, expected: unknown, got: unknown): string | null {
  const [a, b] = [JSON.stringify(expected), JSON.stringify(got)];
  return a === b ? null : `${what}\n    recorded: ${a}\n    here:     ${b}`;
}

/** Replays one recording. @returns the first difference, or null when every byte agrees. */
export function replay(recording: Recording, game: Game): string | null {
  const env = new AlfworldEnv(game, recording.wording);
  const opening =
    difference('opening', recording.init_obs, env.first.text) ?? difference('first admissible', recording.init_adm, env.first.admissible);
  if (opening !== null) return opening;
  for (const [i, step] of recording.steps.entries()) {
    const result = env.step(step.action);
    const at = `step ${i + 1} "${step.action}"`;
    const found =
      difference(`${at}: observation`, step.obs, result.text) ??
      difference(`${at}: admissible`, step.adm, result.admissible) ??
      difference(`${at}: won, done, score`, [step.won, step.done, step.score], [result.won, result.done, result.reward]);
    if (found !== null) return found;
  }
  return difference('won at the end', recording.won, recording.steps.at(-1)?.won ?? false);
}

/** Plays the walkthrough. @returns what went wrong, or null when it wins. */
export function walk(game: Game): string | null {
  const env = new AlfworldEnv(game);
  const steps = game.walkthrough ?? [];
  return steps.some((action) => env.step(action).won) ? null : `its walkthrough does not win: ${steps.join(', ')}`;
}
