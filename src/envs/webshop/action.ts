/** The shopper's commands: `search[words]` and `click[label]`. */

export interface Action {
  name: string;
  argument: string | null;
}

/** Greedy and anchored at the start only: `search[a][b]` is no search, and text after the last bracket is ignored. */
const form = /^([^\n]+)\[([^\n]+)\]/;

export function parseAction(text: string): Action {
  const found = form.exec(text);
  return found ? { name: found[1] as string, argument: found[2] as string } : { name: text, argument: null };
}

/** The command that clicks on a label, or null when none can: empty labels, or brackets that would be read otherwise. */
export function clickOn(label: string): string | null {
  const command = `click[${label}]`;
  const { name, argument } = parseAction(command);
  return name === 'click' && argument?.toLowerCase() === label ? command : null;
}
