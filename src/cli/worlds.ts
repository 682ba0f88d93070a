/** Opens the world a command plays in: what comes with the app, or a person's own games or shop on disk. */
import { openAsBlob } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { World } from '../envs/env.ts';
import { loadFolder, loadZip, type LoadedGames } from '../envs/alfworld/files.ts';
import { appHomes } from '../envs/alfworld/homes.ts';
import { GameFiles, GeneratedHomes } from '../envs/alfworld/world.ts';
import { appShop } from '../envs/webshop/app-shop.ts';
import { isShopFile, loadShop } from '../envs/webshop/files.ts';
import type { GoalKind } from '../envs/webshop/goals.ts';
import { MadeShop, ShopFiles } from '../envs/webshop/world.ts';
import { UserError } from '../lib/errors.ts';
import { ProgressLine, type Option } from './terminal.ts';

/** The options that choose a world, the same for every command. */
export const worldOptions = {
  games: { value: 'PATH', help: 'AlfWorld: a zip or folder with game.tw-pddl files; without it, generated homes.' },
  shop: { value: 'PATH', help: 'WebShop: a folder with items_*.json files (plain or .gz); without it, the made-up shop.' },
  goals: { value: 'KIND', help: "WebShop with --shop: human or synthetic goals; by default people's where there are a hundred." },
} satisfies Record<string, Option>;

type WorldValues = Partial<Record<keyof typeof worldOptions, string | undefined>>;

/** What is left out of files is said on stderr. @throws UserError on a bad path, or an option of the other environment. */
export async function openWorld(env: string | undefined, { games, shop, goals }: WorldValues): Promise<World> {
  if (env === 'alfworld') {
    if (shop !== undefined || goals !== undefined)
      throw new UserError('--shop and --goals belong to --env webshop; use --games for AlfWorld.');
    return games === undefined ? GeneratedHomes.create(appHomes) : openGames(games);
  }
  if (env === 'webshop') {
    if (games !== undefined) throw new UserError('--games belongs to --env alfworld; use --shop for WebShop.');
    if (goals !== undefined && goals !== 'human' && goals !== 'synthetic')
      throw new UserError(`--goals must be human or synthetic, not "${goals}".`);
    if (shop !== undefined) return openShop(shop, goals);
    if (goals !== undefined) throw new UserError('--goals chooses among the goals of your own files; name their folder with --shop.');
    return MadeShop.create(appShop);
  }
  throw new UserError(`"${env ?? ''}" is not an environment; use alfworld or webshop.`);
}

async function openGames(path: string): Promise<World> {
  const found = await stat(path).catch(() => null);
  if (!found) throw new UserError(`There is no file or folder ${path}; give a zip or folder with game.tw-pddl files.`);
  const loaded = found.isDirectory() ? await readFolder(path) : await readZip(path);
  tellDropped(loaded);
  const world = await GameFiles.create(basename(path), loaded.games);
  console.error(`${loaded.games.length} games read from ${basename(path)}, ${loaded.droppedCount} left out. ${world.note}`);
  return world;
}

async function readZip(path: string): Promise<LoadedGames> {
  const blob = await openAsBlob(path);
  return loadZip({ name: basename(path), size: blob.size, stream: () => blob.stream() as ReadableStream<Uint8Array> });
}

async function readFolder(path: string): Promise<LoadedGames> {
  const names = await readdir(path, { recursive: true });
  const entries = names.map((name) => ({ path: name, text: () => readFile(join(path, name), 'utf8') }));
  return loadFolder(
    entries.filter((entry) => entry.path.endsWith('.tw-pddl')).sort((a, b) => (a.path < b.path ? -1 : 1)),
    basename(path),
  );
}

async function openShop(path: string, goals: GoalKind | undefined): Promise<World> {
  const found = await stat(path).catch(() => null);
  if (!found?.isDirectory())
    throw new UserError(`There is no folder ${path}; give a folder with items_shuffle.json and the files beside it.`);
  const names = (await readdir(path)).filter(isShopFile);
  if (names.length === 0)
    throw new UserError(`The folder ${path} holds no items_*.json (or .json.gz); give the folder with the product files.`);
  const files = await Promise.all(names.map(async (name) => ({ path: name, blob: await openAsBlob(join(path, name)) })));
  const line = new ProgressLine();
  const catalogue = await loadShop(files, basename(path), {
    onProgress: ({ done, total, products }) => line.show(done, total, `${products} products read`),
  });
  line.end();
  tellDropped(catalogue);
  const world = await ShopFiles.create(basename(path), catalogue, { goals });
  console.error(world.note);
  return world;
}

function tellDropped({ dropped, droppedCount }: { dropped: readonly string[]; droppedCount: number }): void {
  for (const why of dropped) console.error(`Left out: ${why}`);
  const more = droppedCount - dropped.length;
  if (more > 0) console.error(`Left out: ${more} more.`);
}
