/** `npm run parity -- alfworld|webshop DIR`: compares what the true environments recorded with ours, byte for byte. */
import { UserError } from '../lib/errors.ts';
import { alfworld } from './parity-alfworld.ts';
import { webshop } from './parity-webshop.ts';
import { readArguments, runCommand } from './terminal.ts';

const help = {
  usage: 'npm run parity -- alfworld|webshop DIR',
  what: `alfworld: reads games.zip and parity.jsonl(.gz) in DIR, wins every walkthrough and replays every recorded episode:
opening, observations, admissible commands, won and done must be equal byte for byte.
webshop: reads items_shuffle*, items_ins_v2*, items_human_ins*, goals_*_seed*.json, search, analyzer, analyzer_random, cases
and noun_cases.jsonl in DIR (plain or .gz): products, goals, searches, rewards and episodes must be equal; analyzer_random and
noun_cases are only reported.
Absent files are skipped and said so. Ends with "N passed, M failed"; exit code 1 on any failure, 2 on a bad
argument or when nothing could be checked.`,
  options: { differences: { value: 'N', default: '5', help: 'How many differences to print.' } },
};

async function main(): Promise<void> {
  const { values, positionals } = readArguments(help);
  const [env, dir] = positionals;
  if (env !== 'alfworld' && env !== 'webshop') throw new UserError(`"${env ?? ''}" is not an environment; write: ${help.usage}`);
  if (dir === undefined) throw new UserError(`Name the folder with the recordings: ${help.usage}`);
  const most = Number(values.differences);
  if (!Number.isInteger(most) || most < 0) throw new UserError(`--differences must be a whole number, not "${values.differences}".`);
  const { passed, failed } = await (env === 'alfworld' ? alfworld : webshop)(dir, most);
  if (passed + failed === 0) throw new UserError(`Nothing in ${dir} could be checked for ${env}; see ${help.usage} --help for what is read.`);
  if (failed > 0) process.exit(1);
}

await runCommand(main);
