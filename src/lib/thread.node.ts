/** Starts a TypeScript file as a thread of Node, and says how many are worth starting. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';

/** A thread does not inherit tsx's loader (Node 20), so it registers its own before it loads TypeScript. */
const bootstrap = (file: URL): string => `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => {
  register();
  return import(${JSON.stringify(file.href)});
});`;

export function startThread(file: URL, data: object): Worker {
  return new Worker(bootstrap(file), { eval: true, workerData: data });
}

export const cores = (): number => availableParallelism();
