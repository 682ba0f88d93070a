/** Reads a person's download (a zip, however large, or a folder) into games, using every good file in it. */
import type { UnzipDecoder, UnzipFile } from 'fflate';
import { Unzip, UnzipInflate, UnzipPassThrough } from 'fflate';
import { sentence, UserError } from '../../lib/errors.ts';
import { AlfworldEnv } from './engine.ts';
import type { Game } from './game.ts';
import { familyOfPath, goalSentence } from './game.ts';
import { plan } from './planner.ts';
import { readGameFile } from './problem.ts';
import { walk } from './replay.ts';

export interface LoadedGames {
  games: Game[];
  /** Games that the original loader leaves out too: sliced or movable goals, other tasks, not called solvable. */
  skipped: number;
  /** The first sentences about files that could not be used. */
  dropped: string[];
  droppedCount: number;
}

export interface LoadProgress {
  /** Bytes of the zip, or files of the folder, read so far and in all. */
  done: number;
  total: number;
  games: number;
}

/** What a browser's `File` offers. */
export interface ZipSource {
  name: string;
  size: number;
  stream(): ReadableStream<Uint8Array>;
}

/** A file of a chosen folder, with its path below it. */
export interface FolderEntry {
  path: string;
  text(): Promise<string>;
}

const mostSentences = 20;
/** Names that start with a dot are what other programs leave beside files (`__MACOSX/._game.tw-pddl`). */
const isGame = (path: string): boolean => /(^|[/\\])[^./\\][^/\\]*\.tw-pddl$/.test(path);

/** `<split>/<task>/<trial>` from the path of a game file, whatever lies above; a file of another name than "game" names the trial. */
export function gameId(path: string): string {
  const parts = path
    .replaceAll('\\', '/')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  const file = (parts.pop() ?? '').replace(/\.tw-pddl$/, '');
  return ['games', 'games', ...parts, ...(file === 'game' ? [] : [file])].slice(-3).join('/');
}

class Collector {
  readonly result: LoadedGames = { games: [], skipped: 0, dropped: [], droppedCount: 0 };
  /** All files met, games or not. */
  files = 0;
  /** The first zip inside the zip. */
  inner: string | null = null;
  private readonly ids = new Set<string>();

  drop(why: string): void {
    this.result.droppedCount++;
    if (this.result.dropped.length < mostSentences) this.result.dropped.push(why);
  }

  add(path: string, text: string): void {
    const id = gameId(path);
    // Checked as the original loader does: by the path, before the file is read.
    if (/movable|Sliced/.test(path) || (/^\w+-\w+-\w+-\w+-\d+$/.test(id.split('/')[1] ?? '') && familyOfPath(id) === null)) {
      this.result.skipped++;
      return;
    }
    if (this.ids.has(id)) return this.drop(`${id}: there is another game of this name; only the first was read.`);
    try {
      const game = readGameFile(text, id);
      if (!game) {
        this.result.skipped++;
        return;
      }
      this.ids.add(id);
      // Whatever a file says of itself: a game that nobody can win teaches nothing and counts against every agent.
      if (plan(new AlfworldEnv(game)) !== null || walk(game) === null) this.result.games.push(game);
      else
        this.drop(
          `${id}: it cannot be won ("${goalSentence(game)}"): what the task needs is missing, cannot be taken, or fits nowhere; it was left out.`,
        );
    } catch (error) {
      this.drop(sentence(error));
    }
  }

  finish(name: string): LoadedGames {
    const { games, skipped, dropped, droppedCount } = this.result;
    if (games.length > 0) return this.result;
    if (droppedCount > 0) throw new UserError(`No game in ${name} could be read. ${dropped[0]}`);
    if (skipped > 0)
      throw new UserError(`${name} holds only games with sliced or movable things, or none called solvable; choose another file.`);
    const none = `${name} holds no games: no game.tw-pddl among its ${this.files} files.`;
    if (this.inner !== null) throw new UserError(`${none} It holds another zip, ${this.inner}; unpack it and choose that one.`);
    throw new UserError(`${none} Choose the zip with the game files of the official download.`);
  }
}

/** Throws away entries that are not games without inflating or keeping them. */
function decoderFor(compression: number, make: () => UnzipDecoder): { new (name: string): UnzipDecoder; compression: number } {
  return class {
    static compression = compression;
    private readonly inner: UnzipDecoder | null;
    ondata: UnzipDecoder['ondata'] = () => undefined;
    constructor(name: string) {
      this.inner = isGame(name) ? make() : null;
      if (this.inner) this.inner.ondata = (error, data, final) => this.ondata(error, data, final);
    }
    push(chunk: Uint8Array, final: boolean): void {
      this.inner?.push(chunk, final);
    }
  };
}

/** Small enough that the unzipper's recursion over tiny entries stays shallow. */
const sliceSize = 65536;

/** Is the directory that ends every complete zip in its last bytes? */
function hasDirectory(tail: Uint8Array): boolean {
  for (let i = tail.length - 4; i >= 0; i--) {
    if (tail[i] === 0x50 && tail[i + 1] === 0x4b && tail[i + 2] === 5 && tail[i + 3] === 6) return true;
  }
  return false;
}

/** Reads the games of a zip while it streams by; other entries are skipped unread. */
export async function loadZip(source: ZipSource, onProgress: (progress: LoadProgress) => void = () => undefined): Promise<LoadedGames> {
  const collector = new Collector();
  const pending = new Set<string>();
  const unzip = new Unzip((file: UnzipFile) => {
    if (!file.name.endsWith('/')) collector.files++;
    if (file.name.toLowerCase().endsWith('.zip')) collector.inner ??= file.name;
    const chunks: Uint8Array[] = [];
    const wanted = isGame(file.name);
    if (wanted) pending.add(file.name);
    file.ondata = (error, data, final) => {
      if (!wanted || !pending.has(file.name)) return;
      if (error) {
        pending.delete(file.name);
        return collector.drop(`${gameId(file.name)}: the entry cannot be unpacked (${error.message}); download ${source.name} again.`);
      }
      chunks.push(data);
      if (!final) return;
      pending.delete(file.name);
      collector.add(file.name, new TextDecoder().decode(concat(chunks)));
    };
    file.start();
  });
  unzip.register(decoderFor(8, () => new UnzipInflate()));
  unzip.register(decoderFor(0, () => new UnzipPassThrough()));

  let done = 0;
  let tail = new Uint8Array(0);
  let broken: string | null = null;
  const reader = source.stream().getReader();
  for (;;) {
    const { value } = await reader.read();
    if (!value) break;
    if (done === 0 && (value[0] !== 0x50 || (value.length > 1 && value[1] !== 0x4b))) {
      await reader.cancel();
      throw new UserError(`${source.name} is not a zip file; choose the zip of the official download or a folder of games.`);
    }
    done += value.length;
    tail = concat([tail, value]).slice(-sliceSize - 22);
    for (let at = 0; at < value.length && broken === null; at += sliceSize) {
      try {
        unzip.push(value.subarray(at, at + sliceSize), false);
      } catch (error) {
        broken = sentence(error);
      }
    }
    onProgress({ done, total: source.size, games: collector.result.games.length });
  }
  if (!hasDirectory(tail)) {
    for (const path of pending) collector.drop(`${gameId(path)}: cut off in the middle.`);
    const kept = collector.result.games.length;
    const why = `${source.name} is cut off: it ends after ${kept} complete games without the list of contents that closes a zip; download it again.`;
    if (kept === 0) throw new UserError(why);
    collector.result.dropped.unshift(why);
    collector.result.droppedCount++;
  } else if (broken !== null || pending.size > 0) {
    collector.drop(`${source.name} is damaged (${broken ?? `${pending.size} games end early`}); download it again.`);
  }
  return collector.finish(source.name);
}

/** Reads the games of a folder; other files are never opened. */
export async function loadFolder(
  entries: readonly FolderEntry[],
  name: string,
  onProgress: (progress: LoadProgress) => void = () => undefined,
): Promise<LoadedGames> {
  const collector = new Collector();
  collector.files = entries.length;
  const games = entries.filter((entry) => isGame(entry.path));
  for (const [i, entry] of games.entries()) {
    let text: string;
    try {
      text = await entry.text();
    } catch (error) {
      collector.drop(`${gameId(entry.path)}: the file cannot be opened (${sentence(error)}).`);
      continue;
    }
    collector.add(entry.path, text);
    onProgress({ done: i + 1, total: games.length, games: collector.result.games.length });
  }
  return collector.finish(name);
}

/** Reads what a person chose: one zip, several zips, or the files of a folder. */
export async function loadFiles(
  files: readonly { path: string; blob: Blob }[],
  name: string,
  onProgress: (progress: LoadProgress) => void = () => undefined,
): Promise<LoadedGames> {
  const zips = files.filter((file) => file.path.toLowerCase().endsWith('.zip'));
  if (zips.length === 0 && (files.length !== 1 || isGame(files[0]?.path ?? ''))) {
    return loadFolder(
      files.map(({ path, blob }) => ({ path, text: () => blob.text() })),
      name,
      onProgress,
    );
  }
  const all: LoadedGames = { games: [], skipped: 0, dropped: [], droppedCount: 0 };
  const ids = new Set<string>();
  const chosen = zips.length > 0 ? zips : files;
  const total = chosen.reduce((sum, { blob }) => sum + blob.size, 0);
  let before = 0;
  for (const { path, blob } of chosen) {
    const source: ZipSource = { name: path, size: blob.size, stream: () => blob.stream() };
    const done = before;
    const progress = (p: LoadProgress): void => onProgress({ done: done + p.done, total, games: all.games.length + p.games });
    const part = await loadZip(source, progress).catch((error: unknown): LoadedGames => {
      if (chosen.length === 1) throw error;
      return { games: [], skipped: 0, dropped: [sentence(error)], droppedCount: 1 };
    });
    before += blob.size;
    const again: string[] = [];
    for (const game of part.games) {
      if (ids.has(game.id)) again.push(`${game.id}: ${path} holds another game of this name; only the first was read.`);
      else all.games.push(game);
      ids.add(game.id);
    }
    all.skipped += part.skipped;
    all.dropped = [...all.dropped, ...part.dropped, ...again].slice(0, mostSentences);
    all.droppedCount += part.droppedCount + again.length;
  }
  if (all.games.length === 0)
    throw new UserError(`No game could be read from ${name}. ${all.dropped[0] ?? 'All of them are of kinds that are left out.'}`);
  return all;
}

function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    out.set(chunk, at);
    at += chunk.length;
  }
  return out;
}
