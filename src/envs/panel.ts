/** Panels: named, hashed, ordered lists of tasks on which results are measured. */
import { sha256 } from '../lib/hash.ts';
import type { Task } from '../types.ts';
import type { EnvHost } from './env.ts';

export interface Panel {
  name: string;
  tasks: Task[];
  /** SHA-256 over world hash and task ids; equal hashes mean equal panels. */
  hash: string;
}

/** The first `size` tasks of a split (all of them when it is shorter), spread evenly over the split's order. */
export async function makePanel(host: EnvHost, split: string, size: number): Promise<Panel> {
  const info = await host.info();
  const available = info.splits[split] ?? 0;
  const count = Math.min(size, available);
  const stride = Number.isFinite(available) ? available / count : 1;
  const tasks = await host.tasks(
    split,
    Array.from({ length: count }, (_, i) => Math.floor(i * stride)),
  );
  const hash = await sha256(JSON.stringify([info.hash, split, tasks.map((t) => t.id)]));
  return { name: `${info.name}/${split}/${count}`, tasks, hash };
}
