/** `npm run generate -- alfworld|webshop`: writes generated homes or a made-up shop as files of the original formats. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync, type Zippable } from 'fflate';
import { searchHomeFiles } from '../envs/alfworld/archive.ts';
import { families, type Family } from '../envs/alfworld/game.ts';
import { generatedSplits, mostTries, type GeneratedSplit, type GeneratorOptions } from '../envs/alfworld/generator.ts';
import { rooms, type Room } from '../envs/alfworld/layouts.ts';
import { makeProduct, settingsOf } from '../envs/webshop/generator.ts';
import { shopFiles } from '../envs/webshop/made-shop.ts';
import { sentence, UserError } from '../lib/errors.ts';
import { ProgressLine, readArguments, runCommand, wholeNumber, type Option } from './terminal.ts';

/** The options of each environment, told apart so that one of the other is not passed over in silence. */
const own = {
  alfworld: {
    count: { value: 'N', help: 'how many homes (100).' },
    split: {
      value: 'NAME',
      help: 'training, validation, test (in the zip: train, valid_seen, valid_unseen), or all: 8, 1 and 1 of ten; no two share a home (all).',
    },
    families: { value: 'LIST', help: `kinds of task, of ${families.join(',')}.` },
    rooms: { value: 'LIST', help: `kinds of room, of ${rooms.join(',')}.` },
    receptacles: { value: 'N', help: 'most receptacles in a home.' },
    distractors: { value: 'X', help: 'share, 0 to 1, of the things that the task does not need.' },
    hidden: { value: 'yes|no', help: 'wanted things start behind doors, or in the open.' },
    distance: { value: 'A-B', help: 'fewest and most commands of the shortest way to win.' },
    wording: { value: '0.3|0.4', help: 'the texts of which release (0.4).' },
  },
  webshop: {
    products: { value: 'N', help: 'how many products (1000).' },
    siblings: { value: 'N', help: 'products that are alike but for an attribute, an option or the price; 1: none are alike (4).' },
    asked: { value: 'N', help: 'most attributes that an instruction asks for (4).' },
    options: { value: 'X', help: 'share, 0 to 1, of the products that have options, against the real share (1).' },
    tightness: {
      value: 'X',
      help: 'how near to the price bound a sibling lies that is too dear: 1 just beyond, 0.05 twenty times as far (1).',
    },
    leakage: { value: 'X', help: 'share, 0 to 1, of attributes that stand in the first bullet, which search reads (0.35).' },
    titleWords: { value: 'N', help: 'mean length of a title, 6 to 60 words (18).' },
  },
} satisfies Record<string, Record<string, Option>>;

type EnvName = keyof typeof own;

/** With the environment's name before each text. */
const told = (env: EnvName): Record<string, Option> =>
  Object.fromEntries(Object.entries<Option>(own[env]).map(([name, option]) => [name, { ...option, help: `${env}: ${option.help}` }]));

const help = {
  usage: 'npm run generate -- alfworld|webshop --out PATH [options]',
  what: `alfworld: a zip laid out as the official download, with game.tw-pddl and traj_data.json for every home.
webshop: a folder with items_shuffle.json, items_ins_v2.json, items_human_ins.json, and nouns.json for exact title scores.
The same seed and options give the same files.`,
  options: {
    out: { value: 'PATH', help: 'The zip, or the folder.' },
    seed: { value: 'N', default: '1', help: 'Another seed gives other homes, another shop.' },
    ...told('alfworld'),
    ...told('webshop'),
  },
};

type Values = Record<string, string | undefined>;

/** A comma-separated choice of names. */
function listOf<T extends string>(name: string, text: string | undefined, known: readonly T[]): T[] | undefined {
  if (text === undefined) return undefined;
  const chosen = text.split(',');
  const strange = chosen.find((each) => !known.includes(each as T));
  if (strange !== undefined) throw new UserError(`"${strange}" in --${name} is not known; use some of ${known.join(',')}.`);
  return chosen as T[];
}

function optionsOf(values: Values): GeneratorOptions {
  const { hidden, distance, distractors, receptacles, wording = '0.4' } = values;
  if (hidden !== undefined && hidden !== 'yes' && hidden !== 'no') throw new UserError(`--hidden must be yes or no, not "${hidden}".`);
  if (wording !== '0.3' && wording !== '0.4') throw new UserError(`--wording must be 0.3 or 0.4, not "${wording}".`);
  const range = distance === undefined ? undefined : /^(\d+)-(\d+)$/.exec(distance);
  if (range === null) throw new UserError(`--distance must be two numbers such as 4-8, not "${distance}".`);
  if (distractors !== undefined && !(Number(distractors) >= 0 && Number(distractors) <= 1)) {
    throw new UserError(`--distractors must be a number from 0 to 1, not "${distractors}".`);
  }
  const options: GeneratorOptions = {
    seed: wholeNumber('seed', values.seed as string, 0),
    families: listOf<Family>('families', values.families, families),
    rooms: listOf<Room>('rooms', values.rooms, rooms),
    maxReceptacles: receptacles === undefined ? undefined : wholeNumber('receptacles', receptacles),
    distractors: distractors === undefined ? undefined : Number(distractors),
    hidden: hidden === undefined ? undefined : hidden === 'yes',
    distance: range ? [Number(range[1]), Number(range[2])] : undefined,
    wording,
  };
  return options;
}

/** How many homes each split gets. Of three or more there is one to measure on in each role. */
function sizesOf(split: string, count: number): Partial<Record<GeneratedSplit, number>> {
  if (split === 'all') {
    const held = count < 3 ? 0 : Math.max(1, Math.floor(count / 10));
    return { training: count - 2 * held, validation: held, test: held };
  }
  if (!generatedSplits.includes(split as GeneratedSplit))
    throw new UserError(`There is no split "${split}"; there are all, ${generatedSplits.join(', ')}.`);
  return { [split]: count };
}

async function alfworld(out: string, values: Values): Promise<object> {
  const count = wholeNumber('count', values.count ?? '100');
  const splits = sizesOf(values.split ?? 'all', count);
  const options = optionsOf(values);
  const line = new ProgressLine();
  const files: Zippable = {};
  const made: Partial<Record<GeneratedSplit, number>> = {};
  let homes = 0;
  // Ctrl-C ends the search and keeps what was found; a second one ends the program.
  let stopped = false;
  process.once('SIGINT', () => (stopped = true));

  const search = async (split: GeneratedSplit, number: number): Promise<void> => {
    const found = searchHomeFiles(split, number, options);
    for (;;) {
      const { value, done } = found.next();
      if (done) {
        for (const [path, text] of value) files[path] = strToU8(text);
        return;
      }
      line.show(homes, count, `${homes} of ${count} homes, ${value} of at most ${mostTries(options)} tried for the next`);
      // Lets a Ctrl-C be heard.
      await new Promise(setImmediate);
      if (stopped) return;
    }
  };
  let fault: UserError | null = null;
  try {
    for (const [split, size] of Object.entries(splits) as [GeneratedSplit, number][]) {
      for (let i = 0; i < size && !stopped; i++) {
        await search(split, i);
        if (stopped) break;
        made[split] = i + 1;
        line.show(++homes, count, `${homes} of ${count} homes`);
        await new Promise(setImmediate);
      }
    }
  } catch (error) {
    if (!(error instanceof UserError) || homes === 0) throw error;
    fault = error;
  }
  line.end();
  if (homes === 0) throw new UserError('It was stopped before a home was found; nothing was written.');
  // A fixed date, so that the same homes are the same bytes.
  const bytes = zipSync(files, { mtime: '1990-01-01T12:00:00' });
  await writeFile(out, bytes).catch((error: unknown) => cannot(out, error));
  if (fault) throw new UserError(`${fault.message} The ${homes} homes found before that are in ${out}.`);
  return { out, homes, splits: made, bytes: bytes.length, ...(stopped ? { stopped } : {}) };
}

async function webshop(out: string, values: Values): Promise<object> {
  const products = wholeNumber('products', values.products ?? '1000');
  const given = Object.entries(values).filter(([name, value]) => name in own.webshop && value !== undefined);
  const settings = settingsOf({
    ...Object.fromEntries(given.map(([name, value]) => [name, Number(value)])),
    seed: wholeNumber('seed', values.seed as string, 0),
    products,
  });
  const line = new ProgressLine();
  const made = Array.from({ length: products }, (_, i) => {
    if ((i + 1) % 500 === 0) line.show(i + 1, products, `${i + 1} of ${products} products`);
    return makeProduct(i, settings);
  });
  line.end();
  const files = shopFiles(made);
  try {
    await mkdir(out, { recursive: true });
    for (const [name, value] of Object.entries(files)) await writeFile(join(out, name), JSON.stringify(value));
  } catch (error) {
    cannot(out, error);
  }
  return { out, products, files: Object.keys(files) };
}

function cannot(out: string, error: unknown): never {
  throw new UserError(`${out} cannot be written (${sentence(error)}); give another path to --out.`);
}

await runCommand(async () => {
  const { values, positionals } = readArguments(help);
  const [env, ...more] = positionals;
  if (env !== 'alfworld' && env !== 'webshop') throw new UserError(`"${env ?? ''}" is not an environment; write: ${help.usage}`);
  if (more.length > 0) throw new UserError(`"${more[0]}" is not an option; write --name value. See --help.`);
  const other = env === 'alfworld' ? 'webshop' : 'alfworld';
  const strange = Object.keys(own[other]).find((name) => values[name] !== undefined);
  if (strange !== undefined) throw new UserError(`--${strange} belongs to ${other}, not to ${env}; leave it out. See --help.`);
  if (values.out === undefined) throw new UserError('Say with --out where the files go.');
  console.log(JSON.stringify(await (env === 'alfworld' ? alfworld : webshop)(values.out, values)));
});
