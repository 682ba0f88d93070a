/** What the commands share: arguments, help, a progress line with an ETA, and how errors end a command. */
import { constants } from 'node:fs';
import { access, mkdir, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { CheckFailed, sentence, UserError } from '../lib/errors.ts';
import { textOf } from '../lib/gzip.ts';

export interface Option {
  /** Shown in the help after the name: `ZIP`, `N`. A flag has none. */
  value?: string;
  default?: string;
  help: string;
}

export interface CommandHelp {
  /** `npm run train -- --env alfworld [options]` */
  usage: string;
  /** One or two sentences. */
  what: string;
  options: Record<string, Option>;
}

/** Reads `--name value` arguments; prints the help and exits 0 on --help. @throws UserError on an unknown option. */
export function readArguments(command: CommandHelp, argv = process.argv.slice(2)): { values: Record<string, string | undefined>; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries({ ...command.options, help: { help: 'Prints this.' } as Option }).map(([name, option]) => [name, { type: option.value ? ('string' as const) : ('boolean' as const) }]),
  );
  // A negative number would be taken for another option.
  const args: string[] = [];
  for (const arg of argv) {
    const before = args.at(-1) ?? '';
    if (/^-\.?\d/.test(arg) && before.startsWith('--') && command.options[before.slice(2)]?.value) args[args.length - 1] = `${before}=${arg}`;
    else args.push(arg);
  }
  let parsed;
  try {
    parsed = parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UserError(`${sentence(error).replace(/ To specify a positional.*/s, '').replace(/\.?$/, '.')} See --help for what is known.`);
  }
  if (parsed.values.help) {
    console.log(helpText(command));
    process.exit(0);
  }
  const values: Record<string, string | undefined> = {};
  for (const [name, option] of Object.entries(command.options)) {
    const given = parsed.values[name];
    values[name] = typeof given === 'boolean' ? String(given) : (given ?? option.default);
  }
  return { values, positionals: parsed.positionals };
}

function helpText({ usage, what, options }: CommandHelp): string {
  const rows = Object.entries({ ...options, help: { help: 'Prints this.' } as Option }).map(([name, option]) => [
    `  --${name}${option.value ? ` ${option.value}` : ''}`,
    option.help + (option.default === undefined ? '' : ` (${option.default})`),
  ]);
  const width = Math.max(...rows.map((row) => (row[0] as string).length)) + 2;
  return [`usage: ${usage}`, '', what, '', ...rows.map(([name, help]) => (name as string).padEnd(width) + help)].join('\n');
}

/** A person's JSON file, gzipped or not. @throws UserError when it cannot be read. */
export async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch(() => {
    throw new UserError(`The file ${path} cannot be read; give the path of a JSON file.`);
  });
  return textOf(new Blob([bytes]), path);
}

/** Makes a folder before the work that ends in it. @throws UserError naming the option when nothing can be written there. */
export async function writableFolder(option: string, path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
    await access(path, constants.W_OK);
  } catch (error) {
    throw new UserError(`--${option}: nothing can be written to the folder ${path} (${sentence(error)}); give another one.`);
  }
}

/** Asked for a stop by Ctrl-C or SIGTERM? The first one is told with `message`; a second one ends the process as ever. */
export function stopAsked(message: string): () => boolean {
  let asked = false;
  const stop = () => {
    if (!asked) console.error(message);
    asked = true;
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  return () => asked;
}

/** Runs a command: a UserError ends it with its sentence and exit code 2, a failed check with its sentence and 1, anything else with its stack and 1. */
export async function runCommand(main: () => Promise<void>): Promise<void> {
  try {
    await main();
    process.exit(0);
  } catch (error) {
    if (error instanceof UserError) {
      console.error(error.message);
      process.exit(2);
    }
    console.error(error instanceof CheckFailed ? error.message : error);
    process.exit(1);
  }
}

/** A positive whole number. @throws UserError naming the option and the value. */
export function wholeNumber(name: string, text: string, min = 1): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < min) throw new UserError(`--${name} must be a whole number of at least ${min}, not "${text}".`);
  return number;
}

export function duration(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}

/** One line on stderr that is rewritten in place on a terminal, and printed now and then elsewhere. */
export class ProgressLine {
  private readonly started = performance.now();
  private last = 0;

  /** `done` of `total` units of the whole job; the ETA assumes that the rest goes as the work so far. */
  show(done: number, total: number, text: string): void {
    const now = performance.now();
    const live = process.stderr.isTTY === true;
    if (done < total && now - this.last < (live ? 200 : 10_000)) return;
    this.last = now;
    const spent = (now - this.started) / 1000;
    const left = done > 0 && done < total ? `, ${duration((spent / done) * (total - done))} left` : '';
    const bar = '#'.repeat(Math.round((20 * done) / total)).padEnd(20, '.');
    const line = `[${bar}] ${text}, ${duration(spent)}${left}`;
    process.stderr.write(live ? `\r\x1b[2K${line}` : `${line}\n`);
  }

  end(): void {
    if (process.stderr.isTTY === true) process.stderr.write('\n');
  }
}
