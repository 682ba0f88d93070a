/** A few small things that this browser remembers for a person; where storage is forbidden nothing is remembered. */

/** The name of the run that was last trained or looked at. */
export const LAST_RUN = 'last-run';

export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(`jerp-lab ${key}`);
  } catch {
    return null;
  }
}

export function remember(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`jerp-lab ${key}`);
    else localStorage.setItem(`jerp-lab ${key}`, value);
  } catch {
    // Nothing depends on it.
  }
}
