/** Files in and out: asked of a worker that is started when first needed. */
import { UserError } from '../lib/errors.ts';
import { told } from './text.ts';
import type { TaskName, TaskRequest, TaskResponse, Tasks } from '../storage/worker.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

let worker: Worker | null = null;
let next = 0;
const waiting = new Map<number, Waiting>();

function open(): Worker {
  const made = new Worker(new URL('../storage/worker.ts', import.meta.url), { type: 'module', name: 'files' });
  made.onmessage = ({ data }: MessageEvent<TaskResponse>) => {
    const caller = waiting.get(data.id);
    waiting.delete(data.id);
    if ('failure' in data) caller?.reject(new UserError(data.failure));
    else caller?.resolve(data.value);
  };
  made.onerror = (event) => {
    event.preventDefault();
    // Usually memory: the file was larger than the browser can hold.
    const why = new UserError(told.fileFailed(event.message || told.fileWorkerStopped));
    for (const { reject } of waiting.values()) reject(why);
    waiting.clear();
    made.terminate();
    worker = null;
  };
  return made;
}

/** @throws UserError with the sentence of what went wrong. */
export function ask<K extends TaskName>(task: K, send: Tasks[K]['send']): Promise<Tasks[K]['answer']> {
  worker ??= open();
  const id = next++;
  return new Promise((resolve, reject) => {
    // The id ties the answer to this call, so its type is known.
    waiting.set(id, { resolve: (value) => resolve(value as Tasks[K]['answer']), reject });
    worker?.postMessage({ id, task, send } as TaskRequest);
  });
}

/** Offers a text or a blob as a file. */
export function save(name: string, what: string | Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(typeof what === 'string' ? new Blob([what], { type: 'application/json' }) : what);
  link.download = name;
  link.click();
  // The browser has to have begun the download before its source goes away.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
