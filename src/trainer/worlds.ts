/** Environment workers for the trainer and the page: started, given a world, and a person's own files put into the store. */
import type { Game } from '../envs/alfworld/game.ts';
import { appHomes } from '../envs/alfworld/homes.ts';
import type { LoadProgress, NamedBlob } from '../envs/protocol.ts';
import { RemoteHost } from '../envs/remote.ts';
import { appShop } from '../envs/webshop/app-shop.ts';
import { maybeShopFile } from '../envs/webshop/files.ts';
import type { Clock } from '../lib/clock.ts';
import { UserError } from '../lib/errors.ts';
import type { DexieStore } from '../storage/dexie.ts';
import type { EnvName } from '../types.ts';
import type { Event } from './protocol.ts';

type WorldStore = Pick<DexieStore, 'gameSet' | 'games' | 'putGames'>;

/** An environment worker of one's own, so that reading files never disturbs a run. */
export function environment(): { host: RemoteHost; end: () => void } {
  const worker = new Worker(new URL('../envs/worker.ts', import.meta.url), { type: 'module', name: 'environment' });
  const host = new RemoteHost(worker);
  worker.onerror = (event) =>
    host.fail(`The environment worker stopped (${event.message || 'its program could not be loaded'}); reload the page to go on.`);
  return { host, end: () => worker.terminate() };
}

/** Gives the worker the world of a run. @param gameSet id of a stored set, or null for what comes with the app. */
export async function useWorld(
  host: RemoteHost,
  store: WorldStore,
  env: EnvName,
  gameSet: string | null,
  onProgress?: (progress: LoadProgress) => void,
): Promise<void> {
  if (gameSet === null) {
    if (env === 'alfworld') await host.useHomes(appHomes);
    else await host.useMadeShop(appShop);
    return;
  }
  const set = await store.gameSet(gameSet);
  const kept = await store.games(gameSet);
  const name = set?.name ?? 'your files';
  const stored = set?.env ?? 'alfworld';
  if (stored !== env)
    throw new UserError(`"${name}" is for ${stored}, but the run is set to ${env}; choose other files or the other environment.`);
  if (env === 'alfworld') await host.useGames(name, kept as Game[]);
  else await host.useShopFiles(name, kept as NamedBlob[], {}, onProgress);
}

/** The worker that reads a person's files now. */
let reading: ReturnType<typeof environment> | null = null;

/** Gives up reading; what was chosen before stays. */
export function stopReading(): void {
  reading?.host.fail('The reading was stopped; nothing of it was kept.');
  reading?.end();
}

const isGameFile = (path: string): boolean => /\.(tw-pddl|zip)$/i.test(path);

/** Chosen files that were not read beside the others, a sentence each. */
function notRead(files: readonly NamedBlob[], isRead: (path: string) => boolean): string[] {
  return files.flatMap(({ path }) => {
    if (isRead(path)) return [];
    const why = isGameFile(path) ? 'a shop and games are read one after the other; choose it alone' : 'it holds neither games nor products';
    return [`${path} was not read: ${why}.`];
  });
}

/** Reads a person's files into the store and tells the page what became of them. */
export async function loadWorld(
  { name, files }: { name: string; files: NamedBlob[] },
  store: WorldStore,
  clock: Clock,
  post: (event: Event) => void,
): Promise<void> {
  stopReading();
  const mine = (reading = environment());
  const { host, end } = mine;
  const onProgress = (progress: LoadProgress): void => post({ type: 'games', ...progress });
  const shop = files.filter(({ path }) => maybeShopFile(path));
  try {
    if (shop.length > 0) {
      const { note, products, dropped, droppedCount, ...world } = await host.useShopFiles(name, shop, {}, onProgress);
      // The catalogue is read again from the same files when it is played: they are smaller than what they become.
      await store.putGames({ id: world.hash, env: 'webshop', name, size: products, createdAt: clock.wall() }, shop);
      const unread = notRead(files, (path) => maybeShopFile(path));
      const all = { dropped: [...unread, ...dropped], droppedCount: unread.length + droppedCount };
      post({ type: 'gamesLoaded', gameSet: world.hash, world, kept: products, note, ...all });
      return;
    }
    const { games, dropped, droppedCount, skipped } = await host.load(name, files, onProgress);
    const { note, ...world } = await host.useGames(name, games);
    // The same games are one set, whatever the file was called.
    await store.putGames({ id: world.hash, env: 'alfworld', name, size: games.length, createdAt: clock.wall() }, games);
    const left =
      skipped > 0
        ? [`${skipped} games have sliced or movable things or are not called solvable, and are left out as in the original.`]
        : [];
    const unread = files.length > 1 ? notRead(files, isGameFile) : [];
    post({
      type: 'gamesLoaded',
      gameSet: world.hash,
      world,
      kept: games.length,
      note,
      dropped: [...unread, ...left, ...dropped],
      droppedCount: unread.length + skipped + droppedCount,
    });
  } finally {
    end();
    if (reading === mine) reading = null;
  }
}
