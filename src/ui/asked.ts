/** Which backend, which policy and how many threads the address asks for; what it cannot have is told in a sentence. */
import type { BackendName } from '../trainer/protocol.ts';
import { told } from './text.ts';

const backends: readonly BackendName[] = ['webgpu', 'wasm', 'cpu'];

export interface Asked {
  /** Null chooses the fastest that works. */
  backend: BackendName | null;
  /** Folder of weights below `models/`, or the name of a language model. */
  model: string;
  /** Threads that compute; by default as many as pay. */
  workers?: number;
  notes: string[];
}

export function askedFor(query: URLSearchParams): Asked {
  const notes: string[] = [];
  const named = query.get('backend');
  const backend = backends.find((name) => name === named) ?? null;
  if (named && !backend) notes.push(told.unknownBackend(named, backends.join(', ')));
  const model = query.get('model') ?? 'tiny';
  // It becomes part of an address: nothing that could lead elsewhere.
  const plain = /^[a-z0-9._-]{1,100}$/i.test(model) && !model.startsWith('.');
  if (!plain) notes.push(told.unknownModel(model.length > 100 ? `${model.slice(0, 40)}…` : model));
  const threads = query.get('workers');
  const workers = threads !== null && /^[1-9]\d?$/.test(threads) ? Number(threads) : undefined;
  if (threads !== null && !workers) notes.push(told.unknownThreads(threads));
  return { backend, model: plain ? model : 'tiny', workers, notes };
}
