/** The two supplies of household games: endless generated homes, and a person's own files. */
import { UserError } from '../../lib/errors.ts';
import { sha256 } from '../../lib/hash.ts';
import { Rng } from '../../lib/rng.ts';
import type { Task } from '../../types.ts';
import type { Env, World } from '../env.ts';
import { AlfworldEnv } from './engine.ts';
import type { Game, Wording } from './game.ts';
import { goalSentence } from './game.ts';
import type { GeneratedSplit, GeneratorOptions } from './generator.ts';
import { generateGame, generatedSplits } from './generator.ts';

/** Raise when a change of the engine changes any byte of an episode. */
const engineVersion = 1;

function taskOf(game: Game): Task {
  return { env: 'alfworld', id: game.id, family: game.family, goal: goalSentence(game) };
}

function checkIndex(split: string, index: number, splits: Record<string, number>): void {
  const size = Object.hasOwn(splits, split) ? splits[split] : undefined;
  if (size === undefined) {
    throw new UserError(`There is no split "${split}"; this world has ${Object.keys(splits).join(', ')}.`);
  }
  if (!Number.isInteger(index) || index < 0 || index >= size) {
    throw new UserError(`Game ${index} of split "${split}" does not exist; it holds ${size} games, counted from 0.`);
  }
}

/** Homes made on demand; only the last few hundred are kept. */
export class GeneratedHomes implements World {
  readonly env = 'alfworld' as const;
  readonly name = 'generated homes';
  readonly splits: Record<string, number> = Object.fromEntries(generatedSplits.map((split) => [split, Infinity]));
  private readonly recent = new Map<string, Game>();

  private constructor(
    readonly options: GeneratorOptions,
    readonly hash: string,
  ) {}

  static async create(options: GeneratorOptions): Promise<GeneratedHomes> {
    // A few games of each split stand for the generator itself: any change of it changes the hash.
    const samples = generatedSplits.flatMap((split) => Array.from({ length: 8 }, (_, i) => generateGame(split, i, options)));
    return new GeneratedHomes(options, await sha256(JSON.stringify([engineVersion, options, samples])));
  }

  game(split: string, index: number): Game {
    checkIndex(split, index, this.splits);
    const key = `${split}/${index}`;
    let game = this.recent.get(key);
    if (!game) {
      game = generateGame(split as GeneratedSplit, index, this.options);
      this.recent.set(key, game);
      if (this.recent.size > 400) this.recent.delete(this.recent.keys().next().value as string);
    }
    return game;
  }

  task(split: string, index: number): Task {
    return taskOf(this.game(split, index));
  }

  open(task: Task): Env {
    const found = /^generated\/(\w+)\/(\d+)$/.exec(task.id);
    if (!found) throw new UserError(`"${task.id}" is not a generated home; such ids look like generated/training/7.`);
    return new AlfworldEnv(this.game(found[1] as string, Number(found[2])));
  }
}

/** Released games; the evaluation folders are never trained on. */
export class GameFiles implements World {
  readonly env = 'alfworld' as const;
  readonly splits: Record<string, number>;
  /** How folders became roles, in a sentence for people. */
  readonly note: string;
  private readonly bySplit: Record<string, Game[]>;
  private readonly byId: Map<string, Game>;

  private constructor(
    readonly name: string,
    readonly hash: string,
    games: Game[],
    private readonly wording: Wording | undefined,
  ) {
    this.byId = new Map(games.map((game) => [game.id, game]));
    const { bySplit, note } = assignRoles(games);
    this.bySplit = bySplit;
    this.note = note;
    this.splits = Object.fromEntries(Object.entries(bySplit).map(([split, list]) => [split, list.length]));
  }

  /** @param wording plays all games in this wording instead of their own. */
  static async create(name: string, games: readonly Game[], wording?: Wording): Promise<GameFiles> {
    if (games.length === 0) throw new UserError(`${name} holds no games; choose a zip or folder with game.tw-pddl files.`);
    const unique = new Map(games.map((game) => [game.id, game]));
    const sorted = [...unique.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return new GameFiles(name, await sha256(JSON.stringify([engineVersion, wording ?? null, sorted])), sorted, wording);
  }

  game(split: string, index: number): Game {
    checkIndex(split, index, this.splits);
    return this.bySplit[split]?.[index] as Game;
  }

  task(split: string, index: number): Task {
    return taskOf(this.game(split, index));
  }

  open(task: Task): Env {
    const game = this.byId.get(task.id);
    if (!game) throw new UserError(`${this.name} has no game "${task.id}"; load the file that the run was made with.`);
    return new AlfworldEnv(game, this.wording ?? game.wording);
  }
}

function assignRoles(games: Game[]): { bySplit: Record<string, Game[]>; note: string } {
  // A map on the way: a folder may be called like something that every object has.
  const byFolder = new Map<string, Game[]>();
  for (const game of games) {
    const folder = game.id.split('/')[0] as string;
    const known = byFolder.get(folder);
    if (known) known.push(game);
    else byFolder.set(folder, [game]);
  }
  const folders = Object.fromEntries(byFolder);
  const { valid_seen: seen, valid_unseen: unseen, ...others } = folders;
  const training = Object.values(others).flat();
  const notes: string[] = [];
  // Role names win over a folder that happens to be called like one.
  let bySplit: Record<string, Game[]> = { ...folders, training, validation: seen ?? [] };
  if (seen) {
    notes.push(`Training plays ${Object.keys(others).join(' and ') || 'nothing'}, validation plays valid_seen.`);
  } else if (training.length > 0) {
    // No validation folder: a fifth by a hash of the id, so that the choice does not depend on order or company.
    const key = new Map(training.map((game) => [game.id, new Rng(1).split('validation', game.id).uint32()]));
    const ranked = [...training].sort((a, b) => (key.get(a.id) as number) - (key.get(b.id) as number));
    const held = new Set(ranked.slice(0, training.length > 1 ? Math.ceil(training.length / 5) : 0));
    // The carved folders are not listed themselves: they would overlap with validation.
    bySplit = {
      training: training.filter((game) => !held.has(game)),
      validation: training.filter((game) => held.has(game)),
    };
    if (unseen) bySplit.valid_unseen = unseen;
    notes.push(
      `There is no valid_seen folder: ${held.size} of ${training.length} games were set aside for validation by a hash of their names.`,
    );
  }
  if (unseen) {
    bySplit.test = unseen;
    notes.push('Test plays valid_unseen.');
  }
  if (training.length === 0) notes.push('There are no training games in it; it can only be evaluated on.');
  return { bySplit, note: notes.join(' ') };
}
