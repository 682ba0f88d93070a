/** Names for new runs. */
import { runName } from '../lib/names.ts';
import { Rng } from '../lib/rng.ts';
import type { DexieStore } from '../storage/dexie.ts';

/** A name that no stored run has; it need not repeat, so it comes from the machine's own chance. */
export async function freeName(store: Pick<DexieStore, 'runs'>): Promise<string> {
  const taken = new Set((await store.runs()).map((run) => run.id));
  for (let i = 0; ; i++) {
    const [low, high] = crypto.getRandomValues(new Uint32Array(2));
    const name = runName(new Rng(low as number, high));
    if (!taken.has(name)) return name;
    if (i > 1000) return `${name}-${low}`;
  }
}
