/** Reads, writes and compares files beside the page: megabytes and thousands of rules must not stop what a person sees. */
import { sentence, UserError } from '../lib/errors.ts';
import { textOf } from '../lib/gzip.ts';
import type { AdapterState, PolicyInfo } from '../policy/policy.ts';
import { comparePools, type Comparison } from '../rules/compare.ts';
import type { RunConfig } from '../trainer/config.ts';
import { knownKinds } from '../trainer/known-kinds.ts';
import type { Rule } from '../types.ts';
import { adapterToText, isAdapterFile, peftZip, readAdapter } from './adapter-files.ts';
import { exportAll, importRuns, type ImportReport } from './bundle.ts';
import { chatJsonl } from './chat-lines.ts';
import { DexieStore } from './dexie.ts';
import type { RunExport } from './store.ts';
import { readRules, runToText, type SharedRule } from './transfer.ts';

export interface Tasks {
  readRules: { send: { file: File }; answer: { name: string; rules: SharedRule[]; report: string } };
  /** `unread`: kinds of the other pool's rules that no task of a run with these settings is known to read. */
  comparePools: {
    send: { mine: readonly Rule[]; theirs: readonly SharedRule[]; config: Pick<RunConfig, 'env' | 'keys' | 'method'> };
    answer: Comparison<Rule, SharedRule> & { unread: string[] };
  };
  /** A file with one run, or everything of a lab. */
  importRuns: { send: { file: File }; answer: ImportReport };
  exportRun: { send: { id: string }; answer: Blob };
  exportAll: { send: object; answer: Blob };
  /** The weights of a run alone, or its episodes, in forms that other programs read. */
  exportPart: { send: { id: string; part: RunPart }; answer: Blob };
  /** Chosen files that may be an adapter; null when they are none. */
  readAdapter: { send: { files: File[]; policy: PolicyInfo | null }; answer: AdapterState | null };
}
/** Our own adapter file, PEFT's two files in a zip, or episodes as chats. */
export type RunPart = 'adapter' | 'peft' | 'chats';
export type TaskName = keyof Tasks;
export type TaskRequest = { [K in TaskName]: { id: number; task: K; send: Tasks[K]['send'] } }[TaskName];
export type TaskResponse = { id: number; value: Tasks[TaskName]['answer'] } | { id: number; failure: string };

const store = new DexieStore();
const scope = self as unknown as DedicatedWorkerGlobalScope;

async function answer(request: TaskRequest): Promise<Tasks[TaskName]['answer']> {
  switch (request.task) {
    case 'readRules':
      return readRules(await textOf(request.send.file, request.send.file.name), request.send.file.name);
    case 'comparePools':
      return compared(request.send);
    case 'importRuns':
      return importRuns(store, await textOf(request.send.file, request.send.file.name), request.send.file.name);
    case 'exportRun':
      return new Blob([runToText(await store.exportRun(request.send.id))], { type: 'application/json' });
    case 'exportAll':
      return exportAll(store);
    case 'exportPart':
      return exportPart(await store.exportRun(request.send.id), request.send.part);
    case 'readAdapter':
      return adapterIn(request.send.files, request.send.policy);
  }
}

function compared({ mine, theirs, config }: Tasks['comparePools']['send']): Tasks['comparePools']['answer'] {
  const known = knownKinds(config);
  // A kind that the run has rules for may be of a person's own games.
  for (const { scope } of mine) known.add(scope);
  const unread = [...new Set(theirs.map(({ scope }) => scope))].filter((scope) => !known.has(scope));
  return { ...comparePools(mine, theirs), unread };
}

function exportPart({ manifest, checkpoint, trajectories, events }: RunExport, part: RunPart): Blob {
  if (part === 'adapter') return new Blob([adapterToText(manifest.policy, checkpoint.adapter)], { type: 'application/json' });
  if (part === 'peft') return new Blob([peftZip(manifest.policy, checkpoint.adapter) as Uint8Array<ArrayBuffer>], { type: 'application/zip' });
  const lines = chatJsonl(manifest.id, trajectories, events);
  if (lines === '') throw new UserError(`No training episode of ${manifest.id} is kept here, so there is nothing to export.`);
  return new Blob([lines], { type: 'application/jsonl' });
}

async function adapterIn(files: File[], policy: PolicyInfo | null): Promise<AdapterState | null> {
  const beginnings = await Promise.all(files.map((file) => file.slice(0, 200).text()));
  if (!files.some(({ name }, i) => isAdapterFile(name, beginnings[i] as string))) return null;
  if (!policy) throw new UserError('The model that the adapter belongs to is not open yet; wait until the bar names it, then import again.');
  const read = files.map(async (file) => ({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) }));
  return readAdapter(await Promise.all(read), policy);
}

scope.onmessage = ({ data }: MessageEvent<TaskRequest>): void => {
  answer(data).then(
    (value) => scope.postMessage({ id: data.id, value } satisfies TaskResponse),
    (error: unknown) => scope.postMessage({ id: data.id, failure: sentence(error) } satisfies TaskResponse),
  );
};
