/** Everything of a lab as one file: all runs of the browser, each as it would be exported alone. */
import { UserError, sentence } from '../lib/errors.ts';
import type { DexieStore } from './dexie.ts';
import { readRun, runToText } from './transfer.ts';

const format = 'jerp-lab everything';

export interface ImportReport {
  /** Names under which the runs are stored here. */
  ids: string[];
  report: string;
  /** Of a file with several runs, one sentence for each. */
  more: string[];
  /** Nothing was damaged or left out. */
  whole: boolean;
}

/** Every run that has something to export. @throws UserError when there is none. */
export async function exportAll(store: DexieStore): Promise<Blob> {
  const parts: string[] = [];
  for (const { id, iteration } of await store.runs()) {
    if (iteration >= 0) parts.push(`${parts.length ? ',' : ''}${runToText(await store.exportRun(id))}`);
  }
  if (parts.length === 0) throw new UserError('No run has a finished iteration yet, so there is nothing to export.');
  return new Blob([`{"format":${JSON.stringify(format)},"version":1,"runs":[`, ...parts, ']}'], { type: 'application/json' });
}

/** Takes in a run, or all runs of a file that `exportAll` wrote; what is no run is told and left out. */
export async function importRuns(store: DexieStore, text: string, file: string): Promise<ImportReport> {
  const inner = runsIn(text);
  if (!inner) {
    const { id, report, whole } = await importRun(store, text, file);
    return { ids: [id], report, more: [], whole };
  }
  const ids: string[] = [];
  const more: string[] = [];
  let whole = true;
  // Oldest first, so that the newest run is the newest here too.
  for (const [i, run] of [...inner.entries()].reverse()) {
    try {
      const taken = await importRun(store, JSON.stringify(run), `run ${i + 1} of ${file}`);
      ids.push(taken.id);
      more.push(taken.report);
      whole &&= taken.whole;
    } catch (error) {
      more.push(sentence(error));
      whole = false;
    }
  }
  const lost = inner.length - ids.length;
  const runs = `${ids.length} run${ids.length === 1 ? '' : 's'}`;
  return { ids, report: `${file} was read: ${runs}${lost ? `; ${lost} could not be taken in` : ''}.`, more, whole };
}

async function importRun(store: DexieStore, text: string, file: string): Promise<{ id: string; report: string; whole: boolean }> {
  const { run, report, whole } = readRun(text, file);
  const id = await store.importRun(run);
  return { id, report: id === run.manifest.id ? report : `${report} It is called ${id} here, because its name was taken.`, whole };
}

/** The runs of a file that holds everything; null for any other file. */
function runsIn(text: string): unknown[] | null {
  if (!text.slice(0, 200).includes(format)) return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const { format: named, version, runs } = value as { format?: unknown; version?: unknown; runs?: unknown };
  if (named !== format || !Array.isArray(runs)) return null;
  if (version !== 1)
    throw new UserError(`The file was written by a newer jerp-lab (version ${String(version)}); update this copy to read it.`);
  return runs;
}
