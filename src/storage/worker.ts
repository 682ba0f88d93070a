/** Reads, writes and compares files beside the page: megabytes and thousands of rules must not stop what a person sees. */
import { sentence } from '../lib/errors.ts';
import { exportAll, importRuns, type ImportReport } from './bundle.ts';
import { comparePools, type Comparison, type Said } from '../rules/compare.ts';
import type { Rule } from '../types.ts';
import { DexieStore } from './dexie.ts';
import { readRules, runToText, type SharedRule } from './transfer.ts';

export interface Tasks {
  readRules: { send: { file: File }; answer: { name: string; rules: SharedRule[]; report: string } };
  comparePools: { send: { mine: readonly Rule[]; theirs: readonly Said[] }; answer: Comparison<Rule, Said> };
  /** A file with one run, or everything of a lab. */
  importRuns: { send: { file: File }; answer: ImportReport };
  exportRun: { send: { id: string }; answer: Blob };
  exportAll: { send: object; answer: Blob };
}
export type TaskName = keyof Tasks;
export type TaskRequest = { [K in TaskName]: { id: number; task: K; send: Tasks[K]['send'] } }[TaskName];
export type TaskResponse = { id: number; value: Tasks[TaskName]['answer'] } | { id: number; failure: string };

const store = new DexieStore();
const scope = self as unknown as DedicatedWorkerGlobalScope;

async function answer(request: TaskRequest): Promise<Tasks[TaskName]['answer']> {
  switch (request.task) {
    case 'readRules':
      return readRules(await request.send.file.text(), request.send.file.name);
    case 'comparePools':
      return comparePools(request.send.mine, request.send.theirs);
    case 'importRuns':
      return importRuns(store, await request.send.file.text(), request.send.file.name);
    case 'exportRun':
      return new Blob([runToText(await store.exportRun(request.send.id))], { type: 'application/json' });
    case 'exportAll':
      return exportAll(store);
  }
}

scope.onmessage = ({ data }: MessageEvent<TaskRequest>): void => {
  answer(data).then(
    (value) => scope.postMessage({ id: data.id, value } satisfies TaskResponse),
    (error: unknown) => scope.postMessage({ id: data.id, failure: sentence(error) } satisfies TaskResponse),
  );
};
