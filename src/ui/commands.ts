/** How commands are laid out as buttons: by verb, what changes something before what only looks. */

export interface CommandGroup {
  verb: string;
  commands: { command: string; /** What stands on the button, the verb being its heading. */ label: string }[];
}

const order = [
  'take',
  'move',
  'put',
  'open',
  'close',
  'use',
  'clean',
  'heat',
  'cool',
  'slice',
  'go to',
  'examine',
  'look',
  'inventory',
  'help',
];

function verbOf(command: string): string {
  return order.find((verb) => command === verb || command.startsWith(`${verb} `)) ?? command;
}

/** Numbers in the order that people count: drawer 2 before drawer 10. */
const natural = (a: { label: string }, b: { label: string }): number => a.label.localeCompare(b.label, 'en', { numeric: true });

/** @param typed only commands that hold these letters are kept. */
export function grouped(commands: readonly string[], typed = ''): CommandGroup[] {
  const wanted = typed.trim().toLowerCase();
  const groups = new Map<string, CommandGroup>();
  for (const command of commands) {
    if (!command.toLowerCase().includes(wanted)) continue;
    const verb = verbOf(command);
    // Verbs without an object share a row, and are their own labels.
    const bare = command === verb;
    const heading = bare ? '' : verb;
    const group = groups.get(heading) ?? { verb: heading, commands: [] };
    group.commands.push({ command, label: bare ? command : command.slice(verb.length + 1) });
    groups.set(heading, group);
  }
  const place = ({ verb }: CommandGroup): number => (verb === '' ? order.length : order.indexOf(verb));
  return [...groups.values()].map((group) => ({ ...group, commands: group.commands.sort(natural) })).sort((a, b) => place(a) - place(b));
}

/** What Enter sends: the only command that matches, else what was typed, which the game may refuse. */
export function chosenBy(typed: string, commands: readonly string[]): string {
  const text = typed.trim();
  if (commands.includes(text)) return text;
  const left = commands.filter((command) => command.toLowerCase().includes(text.toLowerCase()));
  return left.length === 1 ? (left[0] as string) : text;
}
