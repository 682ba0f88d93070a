/** Files that a person dropped or chose, folders opened, reduced to what can hold games. */
import { isShopFile } from '../envs/webshop/files.ts';
import { ownGames } from './text.ts';

export interface Found {
  path: string;
  blob: File;
}

/** Games lie in `game.tw-pddl` files or in a zip, shops in items_*.json; the pictures beside them are not read at all. */
export function mayHoldGames(path: string): boolean {
  return /\.(tw-pddl|zip)$/i.test(path) || isShopFile(path.slice(path.lastIndexOf('/') + 1));
}

/** Chosen files; the folder picker gives every file its path. */
export function fromInput(list: FileList): Found[] {
  return Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, blob: file }));
}

/** Dropped files and folders. Must be called in the drop event itself: the entries die with it. */
export async function fromDrop(data: DataTransfer): Promise<Found[]> {
  const entries = Array.from(data.items, (item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  if (entries.length === 0) return fromInput(data.files);
  const found: Found[] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (entry.isFile) {
      if (!entries.includes(entry) && !mayHoldGames(entry.name)) return;
      const blob = await new Promise<File>((good, bad) => (entry as FileSystemFileEntry).file(good, bad));
      found.push({ path: entry.fullPath.replace(/^\//, ''), blob });
    } else {
      const reader = (entry as FileSystemDirectoryEntry).createReader();
      // readEntries gives a part at a time; an empty part is the end.
      for (;;) {
        const part = await new Promise<FileSystemEntry[]>((good, bad) => reader.readEntries(good, bad));
        if (part.length === 0) break;
        for (const inner of part) await walk(inner);
      }
    }
  };
  for (const entry of entries) await walk(entry);
  return found;
}

/** What the person would call it: the zip, or the folder. */
export function nameOf(files: Found[]): string {
  const [first] = files;
  if (!first) return ownGames.theFiles;
  if (first.path.includes('/')) return files.length === 1 ? first.blob.name : (first.path.split('/')[0] as string);
  const main = files.find(({ path }) => /\.zip$|shuffle/i.test(path)) ?? first;
  return files.length === 1 ? main.blob.name : ownGames.andMore(main.blob.name, files.length - 1);
}
