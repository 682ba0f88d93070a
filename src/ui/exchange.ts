/** Runs and rules in and out as files, with what came of it told on the page. */
import { fromPage } from './from-page.ts';
import { sentence } from '../lib/errors.ts';
import type { AdapterState, PolicyInfo } from '../policy/policy.ts';
import type { DexieStore } from '../storage/dexie.ts';
import type { RunPart } from '../storage/worker.ts';
import { ask, save } from './file-worker.ts';
import { kept } from './kept.svelte.ts';
import type { NoticeAction, NoticeOptions, Notices } from './notices.svelte.ts';
import { isOpen, router } from './route.svelte.ts';
import { told } from './text.ts';

/** What it needs of the lab. */
interface Host {
  readonly store: DexieStore;
  readonly messages: Notices;
  tell(text: string, more?: string[], options?: NoticeOptions): void;
}

export class Exchange {
  constructor(private readonly lab: Host) {}

  /** Offers everything of a run as a file. */
  async exportRun(id: string): Promise<void> {
    await this.exported(`${id}.json`, () => ask('exportRun', { id }));
  }

  /** Offers the weights of a run alone, or its episodes, in forms that other programs read. */
  async exportPart(id: string, part: RunPart): Promise<void> {
    const names = { adapter: `${id}.adapter.json`, peft: `${id}.peft.zip`, chats: `${id}.chats.jsonl` };
    try {
      save(names[part], await ask('exportPart', { id, part }));
      this.lab.messages.clear('files');
    } catch (error) {
      this.lab.tell(sentence(error), [], { topic: 'files' });
    }
  }

  /** The adapter in chosen files; null when they are no adapter, and when they are one that cannot be used, which is told. */
  async readAdapter(files: File[], policy: PolicyInfo | null): Promise<{ adapter: AdapterState | null; refused: boolean }> {
    try {
      return { adapter: await ask('readAdapter', { files, policy }), refused: false };
    } catch (error) {
      this.lab.tell(sentence(error), [], { topic: 'files' });
      return { adapter: null, refused: true };
    }
  }

  /** Offers every run of this browser as one file. */
  async exportAll(): Promise<void> {
    await this.exported(`jerp-lab-${new Date().toISOString().slice(0, 10)}.json`, () => ask('exportAll', {}));
  }

  private async exported(name: string, make: () => Promise<Blob>): Promise<void> {
    try {
      save(name, await make());
      kept.exported();
      this.lab.messages.clear('files');
    } catch (error) {
      this.lab.tell(sentence(error), [], { topic: 'files' });
    }
  }

  /** Nothing more can be stored: what is here can be exported, and room be made. */
  tellFull(message: string): void {
    const actions: NoticeAction[] = [{ label: told.exportEverything, run: () => void this.exportAll() }];
    if (isOpen('runs')) actions.push({ label: told.makeRoom, run: () => router.go('runs', router.now.run) });
    this.lab.tell(message, [], { topic: 'full', actions });
  }

  /** A finished run that came with the page becomes one of this browser. @returns its name here. */
  async takeReadyRun(file: string): Promise<string[]> {
    try {
      return await this.importRuns(new File([await fromPage(`results/ready/${file}`)], file));
    } catch (error) {
      this.lab.tell(sentence(error), [], { topic: 'files' });
      return [];
    }
  }

  /** Takes in a run, or all runs of a file. @returns their names here. */
  async importRuns(file: File): Promise<string[]> {
    try {
      const { ids, report, more, whole } = await ask('importRuns', { file });
      this.lab.tell(report, more, { topic: 'files', good: whole });
      return ids;
    } catch (error) {
      this.lab.tell(sentence(error), [], { topic: 'files' });
      return [];
    }
  }
}
