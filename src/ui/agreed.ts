/**
 * Which language model a person of this tab has agreed to download: a link that someone sent must not fetch gigabytes unasked,
 * but a reload in the middle of the download goes on.
 */
const key = 'agreed-download';

export function agree(model: string): void {
  try {
    sessionStorage.setItem(key, model);
  } catch {
    // Without a storage the page asks again.
  }
}

export function agreed(model: string): boolean {
  try {
    return sessionStorage.getItem(key) === model;
  } catch {
    return false;
  }
}
