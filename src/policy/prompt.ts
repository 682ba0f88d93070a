/** How an episode becomes one append-only text: rules block and goal once, then observation and action turns. */
import type { Task } from '../types.ts';

/** Marks where the agent speaks; every text that the policy reads ends with it. */
const SPEAK = '\n>';

/** The room description inside an AlfWorld opening: without the banner before it and the task sentence after it. */
export function openingOf(firstObservation: string): string {
  const paragraphs = firstObservation.split('\n\n');
  return paragraphs.length >= 3 ? paragraphs.slice(1, -1).join('\n\n') : firstObservation;
}

/**
 * What stands before the first action: task, working rules (one line each, quoted as data after a dash), opening.
 * The rules are fixed for the episode, so that a group shares this prefix.
 */
export function episodePrompt(task: Task, rules: readonly string[], opening: string): string {
  const block = rules.length === 0 ? '' : `Rules:\n${rules.map((rule) => `- ${rule}\n`).join('')}`;
  return `Task: ${task.goal}.\n${block}${opening}${SPEAK}`;
}

/** An observation as the policy reads it between two actions. */
export function readText(observation: string): string {
  return observation + SPEAK;
}

/** A command as the policy writes it; the newline ends it, so that "drawer 1" is not taken for "drawer 12". */
export function sayText(command: string): string {
  return ` ${command}\n`;
}

export function commandOf(said: string): string {
  return said.trim();
}

/** A product in a WebShop command; pages write its number in capitals, and the shop takes either. */
const product = /^click\[b0[a-z0-9]{8}\]$/;

/**
 * The commands offered to the policy. `help` never changes anything and is left out, as agent frameworks do; products
 * are spelled as the page spells them, so that the policy can copy.
 */
export function offered(admissible: readonly string[]): string[] {
  return admissible
    .filter((command) => command !== 'help')
    .map((command) => (product.test(command) ? `click[${command.slice(6, -1).toUpperCase()}]` : command));
}
