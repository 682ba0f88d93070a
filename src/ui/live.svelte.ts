/** A database query that is run again whenever its data change, in this tab or another one. */
import { liveQuery } from 'dexie';

/** `key` is what the query depends on besides the database; undefined means nothing to ask for. */
export function live<K, T>(
  key: () => K | undefined,
  query: (key: K) => Promise<T>,
  initial: T,
): { readonly value: T; readonly loaded: boolean } {
  let value = $state.raw(initial);
  let loaded = $state(false);
  $effect(() => {
    const asked = key();
    loaded = false;
    if (asked === undefined) {
      value = initial;
      return;
    }
    const subscription = liveQuery(() => query(asked)).subscribe({
      next: (found) => {
        value = found;
        loaded = true;
      },
      error: (error: unknown) => console.error('A query of the page failed.', error),
    });
    return () => subscription.unsubscribe();
  });
  return {
    get value() {
      return value;
    },
    get loaded() {
      return loaded;
    },
  };
}
