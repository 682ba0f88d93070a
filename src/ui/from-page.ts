/** Files that come with the page and are fetched when asked for. */
import { UserError } from '../lib/errors.ts';

/**
 * @param path below the page's own folder.
 * @throws UserError with what to do when it cannot be had.
 */
export async function fromPage(path: string): Promise<Blob> {
  const address = new URL(path, document.baseURI);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const response = await fetch(address).catch(() => {
    throw new UserError(
      `${name} could not be loaded: ${navigator.onLine ? 'its server does not answer' : 'this device is offline, and the file is not kept here'}. Try again when it is there.`,
    );
  });
  if (!response.ok) throw new UserError(`${name} could not be loaded: the server answered ${response.status}.`);
  return response.blob();
}
