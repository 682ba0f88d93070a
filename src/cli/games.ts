/** Opens the games a command plays: a zip or folder on disk, or the generated homes that come with the app. */
import { openAsBlob } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { World } from '../envs/env.ts';
import { loadFolder, loadZip, type LoadedGames } from '../envs/alfworld/files.ts';
import { appHomes } from '../envs/alfworld/homes.ts';
import { GameFiles, GeneratedHomes } from '../envs/alfworld/world.ts';
import { UserError } from '../lib/errors.ts';

/** @param path a zip or folder with game.tw-pddl files; undefined for generated homes. What is left out is said on stderr. */
export async function openGames(path: string | undefined): Promise<World> {
  if (path === undefined) return GeneratedHomes.create(appHomes);
  const found = await stat(path).catch(() => null);
  if (!found) throw new UserError(`There is no file or folder ${path}; give a zip or folder with game.tw-pddl files.`);
  const loaded = found.isDirectory() ? await readFolder(path) : await readZip(path);
  for (const why of loaded.dropped) console.error(`Left out: ${why}`);
  const more = loaded.droppedCount - loaded.dropped.length;
  if (more > 0) console.error(`Left out: ${more} more.`);
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
  return loadFolder(entries.filter((entry) => entry.path.endsWith('.tw-pddl')).sort((a, b) => (a.path < b.path ? -1 : 1)), basename(path));
}
