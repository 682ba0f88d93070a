/** Files that come with the page and are fetched when asked for. */
import { UserError } from '../lib/errors.ts';
import { told } from './text.ts';

/**
 * @param path below the page's own folder.
 * @throws UserError with what to do when it cannot be had.
 */
export async function fromPage(path: string): Promise<Blob> {
  const address = new URL(path, document.baseURI);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const response = await fetch(address).catch(() => {
    throw new UserError(told.notFetched(name, navigator.onLine));
  });
  if (!response.ok) throw new UserError(told.refused(name, response.status));
  return response.blob();
}
