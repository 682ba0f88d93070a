/** `npm run bench -- NAME`: measures speed; each bench lives in its own `bench-NAME.ts` and prints one JSON line per row. */
import { UserError } from '../lib/errors.ts';
import { benchList } from './bench-list.ts';
import type { CommandHelp } from './terminal.ts';
import { readArguments, runCommand } from './terminal.ts';

/** What a `bench-NAME.ts` exports as `bench`. */
export interface Bench {
  help: CommandHelp;
  run(values: Record<string, string | undefined>): Promise<void>;
}

const benches: Record<string, () => Promise<{ bench: Bench }>> = {
  envs: () => import('./bench-envs.ts'),
  sync: () => import('./bench-sync.ts'),
  // A language model's shape is measured by a file of its own.
  train: () => (process.argv.some((given) => /^--model(=|$)/.test(given)) ? import('./bench-train-model.ts') : import('./bench-train.ts')),
  sample: () => import('./bench-sample.ts'),
  stored: () => import('./bench-stored.ts'),
  ui: () => import('./bench-ui.ts'),
  wordings: () => import('./bench-wordings.ts'),
};

await runCommand(async () => {
  const [name, ...rest] = process.argv.slice(2);
  const known = Object.keys(benches);
  if (name === undefined || name === '--help') {
    const whats = await Promise.all(known.map(async (each) => [each, (await benches[each]?.())?.bench.help.what ?? ''] as const));
    console.log(
      ['usage: npm run bench -- NAME [options]', '', benchList(whats), '', 'npm run bench -- NAME --help lists the options of one.'].join(
        '\n',
      ),
    );
    if (name === undefined) throw new UserError('Name what to measure.');
    return;
  }
  const load = benches[name];
  if (!load) throw new UserError(`There is no bench "${name}"; there are ${known.join(', ')}.`);
  const { bench } = await load();
  const { values, positionals } = readArguments(bench.help, rest);
  if (positionals.length > 0) throw new UserError(`"${positionals[0]}" is not an option; write --name value. See --help.`);
  await bench.run(values);
});
