/** A few small things that this browser remembers for a person; where storage is forbidden nothing is remembered. */
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
