/** An IndexedDB that refuses a database which a newer page has written, where Dexie would open it and add what it misses. */
import { UserError } from '../lib/errors.ts';

export function guardedIndexedDb(): IDBFactory {
  const { indexedDB } = globalThis;
  return {
    open(name: string, version?: number): IDBOpenDBRequest {
      // Dexie names our version first; it asks again without one only after that was lower than what is there.
      if (version === undefined)
        throw new UserError(
          'The runs in this browser were stored by a newer version of this page; reload it, or clear its cache, to use them.',
        );
      return indexedDB.open(name, version);
    },
    deleteDatabase: (name) => indexedDB.deleteDatabase(name),
    databases: () => indexedDB.databases(),
    cmp: (a, b) => indexedDB.cmp(a, b),
  } as IDBFactory;
}
